"""How much resident memory a fit takes beyond its data: each program in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cases import generate
from benchmarks.peers import LIBRARIES
from benchmarks.whole import LARGE


@dataclass(frozen=True)
class Growth:
    """Highest resident size during the fit minus that before it, in bytes; or why there is none."""

    program: str
    growth: float
    seconds: float
    remark: str = ""


def measure() -> list[Growth]:
    """1e6 x 8 float64 (64 MB), k = 8, loaded before the count begins."""
    trial = generate(LARGE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, trial.x)
        return [
            _in_a_process(library.name, path)
            for library in LIBRARIES
            if library.version() is not None
        ]


def _in_a_process(program: str, path: Path) -> Growth:
    """A fork would start with the parent's memory, so the child is a new interpreter."""
    command = [sys.executable, "-m", "benchmarks.resident", program, str(path)]
    done = subprocess.run(
        [*command, str(LARGE.n_components)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return Growth(program, float("nan"), float("nan"), f"failed: {lines[-1]}")
    figures = json.loads(done.stdout.splitlines()[-1])
    return Growth(program, figures["peak"] - figures["before"], figures["seconds"])
