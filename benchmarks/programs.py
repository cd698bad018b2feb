"""Which programs are measured, and the processes they run in."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.cases import Case, Trial, write

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"
"""Made by `make bench-peers`: the programs there need what drumlin does not want to depend on."""
LOGS = ROOT / "build" / "bench" / "logs"
PATIENCE = 900.0
"""Seconds after which a request is given up."""
NOT_INSTALLED = "not installed"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Program:
    """A program, the file in `peers/` that runs it, whose Python that needs, what it can do.

    everywhere : whether the quick run times its passes on every case, not only on the common ones
    patient : whether only the full run has the time for it
    serial : whether it has one thread whatever it is given
    traced, library : whether it is a `TracedPeer`, a `Library`
    """

    name: str
    module: str
    own_environment: bool = True
    everywhere: bool = False
    patient: bool = False
    serial: bool = False
    traced: bool = False
    library: bool = False


DRUMLIN = Program("drumlin", "drumlin", False, everywhere=True, traced=True, library=True)
YARDSTICK = Program(
    "scikit-learn", "scikit_learn", False, everywhere=True, traced=True, library=True
)
"""Ratios are taken to this program."""

PROGRAMS = (
    DRUMLIN,
    YARDSTICK,
    Program("Armadillo", "armadillo", False, everywhere=True, traced=True),
    Program("pomegranate", "pomegranate", traced=True),
    Program("gmmx", "gmmx"),
    Program("tgmm", "tgmm", traced=True),
    Program("mlpack", "mlpack"),
    Program("mclust", "mclust", False, serial=True),
    Program("Spark", "spark", patient=True),
)
"""Every program; adding one is one file and one line here."""


class PeerError(Exception):
    """A program could not do what was asked; the message is for the table."""


@dataclass(frozen=True)
class Reply:
    """What a peer returned, and how much memory it took, in bytes."""

    value: Any
    memory: float


class Worker:
    """One process that runs one program with one number of threads."""

    def __init__(self, program: Program, n_threads: int) -> None:
        python = str(PEERS) if program.own_environment else sys.executable
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / f"{program.module}-{n_threads}.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.worker", program.module, str(n_threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env={**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(n_threads))},
            )

    def ask(
        self, do: str, trial: Path | None = None, arguments: dict[str, Any] | None = None
    ) -> Reply:
        """Sends a request, waits for the reply; `PeerError` when there is no answer in it."""
        request = {"do": do, "trial": trial and str(trial), "arguments": arguments or {}}
        reply = self._exchange(json.dumps(request) + "\n")
        for reason in ("missing", "error"):
            if reason in reply:
                raise PeerError(reply[reason])
        return Reply(reply["value"], reply["memory"])

    def _exchange(self, request: str) -> dict[str, Any]:
        sending, receiving = self._process.stdin, self._process.stdout
        assert sending is not None
        assert receiving is not None
        ready: list[Any] = [receiving]
        try:
            sending.write(request)
            sending.flush()
            ready, _, _ = select.select([receiving], [], [], PATIENCE)
            line = receiving.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            self.stop()
            return {"error": "its process ended" if ready else "took too long"}
        reply: dict[str, Any] = json.loads(line)
        return reply

    def stop(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


@dataclass
class Fleet:
    """The processes of a run, one for each program and number of threads, kept between requests."""

    thread_counts: Sequence[int]
    workers: dict[tuple[str, int], Worker] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    _kept: int = 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers.values():
            worker.stop()
        self._folder.cleanup()

    def version(self, program: Program) -> str:
        """The version, or why there is none."""
        if program.name not in self.versions:
            try:
                self.versions[program.name] = str(self.ask(program, 1, "version").value)
            except PeerError as failure:
                self.versions[program.name] = f"{NOT_INSTALLED} ({failure})"
        return self.versions[program.name]

    def installed(self, program: Program) -> bool:
        """Whether it can be run here."""
        return not self.version(program).startswith(NOT_INSTALLED)

    def variants(self, program: Program, case: Case) -> list[str]:
        """The ways in which the program can do a case."""
        return list(self.ask(program, 1, "variants", case=asdict(case)).value)

    def threads(self, program: Program) -> Sequence[int]:
        """The numbers of threads to try."""
        return self.thread_counts[:1] if program.serial else self.thread_counts

    def keep(self, trial: Trial) -> Path:
        """Writes a trial where workers can read it; the one before is forgotten."""
        for earlier in Path(self._folder.name).iterdir():
            earlier.unlink()
        self._kept += 1  # workers remember what they read by its name
        path = Path(self._folder.name) / f"{self._kept}.npz"
        write(trial, path)
        return path

    def ask(
        self, program: Program, threads: int, do: str, trial: Path | None = None, **arguments: Any
    ) -> Reply:
        """The reply of the program; `PeerError` when there is none."""
        if program.own_environment and not PEERS.exists():
            raise PeerError("make bench-peers")
        worker = self.workers.get((program.name, threads))
        if worker is None:
            worker = self.workers[program.name, threads] = Worker(program, threads)
            worker.ask("version")  # what it imports is there before anything is measured
        return worker.ask(do, trial, arguments)
