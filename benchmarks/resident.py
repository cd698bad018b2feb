"""The child process of `benchmarks.memory`: python -m benchmarks.resident PROGRAM X.npy K."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.peers import LIBRARIES

STATUS = Path("/proc/self/status")
"""Linux only. getrusage would not do: its maximum is inherited from the process that started us."""


def main(program: str, path: str, n_components: int) -> None:
    """Loads, measures, fits, measures; one line of JSON."""
    library = next(library for library in LIBRARIES if library.name == program)
    few = np.random.default_rng(0).standard_normal((1000, 2))
    library.fit(few, 2)  # imports and thread pools are there before the count begins
    x = np.load(path)
    before = _kilobytes("VmRSS")
    start = perf_counter()
    library.fit_large(x, n_components)
    seconds = perf_counter() - start
    figures = {"before": before * 1024, "peak": _kilobytes("VmHWM") * 1024, "seconds": seconds}
    print(json.dumps(figures))


def _kilobytes(name: str) -> int:
    for line in STATUS.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise LookupError(f"{STATUS} has no line {name}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
