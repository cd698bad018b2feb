"""Where and when the figures were measured."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from drumlin.backends import instruction_sets
from drumlin.execution import available_threads

BUSY = 0.5
"""Processes that wanted a core in the minute before: above this, figures are rough."""


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

    def text(self) -> str:
        """A paragraph."""
        programs = ", ".join(f"{name} {version}" for name, version in self.programs.items())
        busy = (
            " **The machine was busy when the run began: the figures are rough.**"
            if self.load > BUSY
            else ""
        )
        return (
            f"{self.date}, {self.cpu}, {self.cores} cores, {self.threads} usable, load "
            f"{self.load:.1f} at the start, {self.system}. Python {self.python}, NumPy "
            f"{self.numpy}; {programs}. Each program at its best number of threads.{busy}"
        )


def describe(programs: dict[str, str]) -> Machine:
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
        programs=programs,
    )


def thread_counts() -> tuple[int, ...]:
    """One thread, two, and all."""
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
