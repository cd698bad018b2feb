"""The process in which one program is measured: python -m benchmarks.worker PEER THREADS.

A request is a line of JSON on stdin, a reply one on stdout:

    {"do": "passes", "trial": "x.npz", "arguments": {"n_passes": 5}}
    {"value": {...}, "memory": 123}    or    {"error": "what went wrong"}

memory: highest resident size during the request minus that before it, in bytes. What the program
itself prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, Trial, read

STATUS = Path("/proc/self/status")
"""Linux only. getrusage would not do: its maximum is inherited from the process that started us."""


def main(module: str, n_threads: int) -> None:
    """Answers until stdin ends."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if sys.platform == "linux":  # before any thread pool is made
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_threads])
    for line in sys.stdin:
        replies.write(json.dumps(_answer(module, json.loads(line))) + "\n")


def _answer(module: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        peer = import_module(f"benchmarks.peers.{module}").PEER
        arguments = request["arguments"]
        if "case" in arguments:
            arguments["case"] = Case(**arguments["case"])
        if request["trial"] is not None:
            arguments["trial"] = _trial(request["trial"])
        before = _start_counting()
        value = getattr(peer, request["do"])(**arguments)
        return {"value": _plain(value), "memory": _resident("VmHWM") - before}
    except ImportError as error:
        return {"missing": str(error)}
    except FileNotFoundError as error:
        return {"missing": f"no {error.filename}"}
    except Exception as error:  # noqa: BLE001  one program that fails is one line in a table
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


@lru_cache(maxsize=1)
def _trial(path: str) -> Trial:
    return read(path)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _start_counting() -> int:
    """The resident size now; the highest is counted from here."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _resident("VmRSS")


def _resident(name: str) -> int:
    if not STATUS.exists():
        return 0
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
