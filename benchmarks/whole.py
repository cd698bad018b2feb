"""Whole jobs: inference on many rows, a fit of few rows, and the cost of starting the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cases import SEPARATED, Case, generate
from benchmarks.clock import Timing, timed
from benchmarks.peers import LIBRARIES

FAITHFUL = Path("examples/faithful.csv")
LARGE = Case(1_000_000, 8, 8, separation=SEPARATED)
TIMES = 3


@dataclass(frozen=True)
class Job:
    """What was done, by whom, how long it took, and a remark."""

    work: str
    program: str
    timing: Timing
    remark: str = ""


def inference(thread_counts: Sequence[int], *, times: int = TIMES) -> list[Job]:
    """log_density, responsibilities, labels and sample of 1e6 rows, each program at its best."""
    trial = generate(LARGE)
    jobs = []
    for library in LIBRARIES:
        if library.version() is not None:
            for operation, calls in library.inference(trial, thread_counts).items():
                timings = [timed(call, times) for call in calls]
                fastest = min(timings, key=lambda timing: timing.best)
                jobs.append(Job(operation, library.name, fastest))
    return jobs


def small_fits(*, times: int = TIMES) -> list[Job]:
    """Old Faithful, 272 rows, two components, from nothing to the answer."""
    x = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)
    jobs = []
    for library in LIBRARIES:
        if library.version() is not None:
            log_likelihood = library.fit(x, 2)
            timing = timed(lambda fit=library.fit: fit(x, 2), times)  # type: ignore[misc]
            remark = f"log-likelihood {log_likelihood:.5f}"
            jobs.append(Job("fit of Old Faithful, k = 2", library.name, timing, remark))
    return jobs


def start_up(*, times: int = TIMES) -> list[Job]:
    """The command from the shell: its help, and a fit."""
    commands = {
        "import drumlin": ["-c", "import drumlin"],
        "drumlin --help": ["-m", "drumlin.cli", "--help"],
        "drumlin fit": ["-m", "drumlin.cli", "fit", str(FAITHFUL), "-k", "2"],
    }
    return [_command(name, [sys.executable, *rest], times) for name, rest in commands.items()]


def _command(name: str, command: list[str], times: int) -> Job:
    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    try:
        return Job(name, "drumlin", timed(run, times))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        return Job(name, "drumlin", Timing((float("nan"),)), f"failed: {lines[-1]}")
