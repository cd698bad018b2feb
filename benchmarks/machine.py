"""Where and when the figures were measured."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.peers import PEERS
from drumlin.backends import instruction_sets
from drumlin.execution import available_threads


@dataclass(frozen=True)
class Machine:
    """The facts without which a figure means nothing."""

    date: str
    cpu: str
    cores: int
    threads: int
    load: float
    system: str
    python: str
    numpy: str
    instruction_sets: tuple[str, ...]
    programs: dict[str, str]


def describe() -> Machine:
    """This machine, now; ``load`` counts the processes that wanted a core in the last minute."""
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        threads=available_threads(),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        numpy=np.__version__,
        instruction_sets=tuple(instruction_sets()),
        programs={peer.name: peer.version() or "not installed" for peer in PEERS},
    )


def thread_counts() -> tuple[int, ...]:
    """One thread, two, and all of them."""
    return tuple(sorted({1, min(2, available_threads()), available_threads()}))


def _cpu_model() -> str:
    """What Linux calls the processor; elsewhere what Python knows."""
    try:
        facts = [
            line.split(":", 1)
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith(("model name", "model\t"))
        ]
    except OSError:
        return platform.processor() or platform.machine()
    named = {key.strip(): value.strip() for key, value in facts}
    if "model name" not in named:
        return platform.machine()
    return f"{named['model name']} (model {named.get('model', '?')})"
