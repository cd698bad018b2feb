"""For programs that are not Python: the trial as raw numbers, and a command that reads it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import Trial


def run(command: Sequence[str], trial: Trial, *arguments: object) -> dict[str, Any]:
    """COMMAND FOLDER N D K FAMILY ARGUMENTS...; the last line that it prints is JSON."""
    case = trial.case
    sizes = (case.n_samples, case.n_features, case.n_components, case.family)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("x", "weights", "means", "covariances"):
            np.ascontiguousarray(getattr(trial, name), dtype=np.float64).tofile(Path(folder) / name)
        whole = [*command, folder, *map(str, sizes), *map(str, arguments)]
        done = subprocess.run(whole, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise RuntimeError(lines[-1])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
