"""What the machine can do, measured with the same instructions as a pass uses.

A pass of case (n, d, k) cannot take less than

    max( 2 · multiply-adds / peak + exponentials / their rate,  bytes / read rate )

whatever the machine: the peak is that of multiply-adds which touch registers only, the exponentials
are our own in registers, the bytes are the data, read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.cases import Case
from benchmarks.clock import timed
from benchmarks.findings import table
from drumlin.backends import instruction_sets

FLOAT_TYPES = ("float64", "float32")
SECONDS = 0.03
SQUARE, TALL = 1500, (32, 64)
"""DGEMM: a large square, and d x d times d x n as a pass at large d would use it."""

Key = tuple[str, str, int]
"""Instruction set, float type, threads."""


@dataclass
class Limits:
    """The best rates seen so far: other processes only ever slow a loop down.

    peak : operations per second, a multiply-add is two
    exponentials : per second
    reading : bytes per second, by the size of what is read and threads
    matrix_product : operations per second of NumPy's, by float type
    """

    thread_counts: tuple[int, ...]
    peak: dict[Key, float] = field(default_factory=dict)
    exponentials: dict[Key, float] = field(default_factory=dict)
    reading: dict[tuple[float, int], float] = field(default_factory=dict)
    matrix_product: dict[str, float] = field(default_factory=dict)

    def look(self, case: Case) -> None:
        """Measures again, reading as much as a case does; no rates without a compiled backend."""
        for float_type in FLOAT_TYPES:
            _raise(self.matrix_product, float_type, _matrix_product(float_type))
        if not instruction_sets():
            return
        from drumlin._native import exponential_rate, multiply_add_rate, read_rate

        for n_threads in self.thread_counts:
            for name in instruction_sets():
                reading = read_rate(int(case.bytes), n_threads, SECONDS, name)
                _raise(self.reading, (case.bytes, n_threads), reading)
                for float_type in FLOAT_TYPES:
                    how = (float_type == "float32", n_threads, SECONDS, name)
                    key = (name, float_type, n_threads)
                    _raise(self.peak, key, multiply_add_rate(*how))
                    _raise(self.exponentials, key, exponential_rate(*how))

    def of_peak(self, case: Case, key: Key, seconds: float) -> float | None:
        """Rate of the multiply-adds that the case needs, over the peak."""
        peak = self.peak.get(key)
        return None if peak is None else 2.0 * case.multiply_adds / peak / seconds

    def of_limit(self, case: Case, key: Key, seconds: float) -> float | None:
        """The least time that the case can take, over the time it took."""
        if key not in self.peak:
            return None
        arithmetic = 2.0 * case.multiply_adds / self.peak[key]
        exponentials = case.exponentials / self.exponentials[key]
        reading = case.bytes / self.reading[case.bytes, key[2]]
        return max(arithmetic + exponentials, reading) / seconds

    def of_product(self, case: Case, seconds: float) -> float | None:
        """Rate of the pass over that of the best matrix product."""
        best = self.matrix_product.get(case.float_type)
        return None if best is None else 2.0 * case.multiply_adds / seconds / best

    def text(self) -> str:
        """The rates as a table."""
        rows = [
            (name, kind, str(threads), f"{peak / 1e9:.0f}", f"{self.exponentials[key] / 1e9:.2f}")
            for key, peak in self.peak.items()
            for name, kind, threads in (key,)
        ]
        titles = ("instruction set", "float type", "threads", "Gflop/s", "10⁹ exp/s")
        most = max((size for size, _ in self.reading), default=0.0)
        reading = ", ".join(
            f"{rate / 1e9:.0f} GB/s with {n}"
            for (size, n), rate in self.reading.items()
            if size == most
        )
        products = ", ".join(
            f"{rate / 1e9:.0f} Gflop/s in {kind}" for kind, rate in self.matrix_product.items()
        )
        return (
            f"{table(titles, rows)}\n\nReading {most / 1e6:.0f} MB: {reading} threads. "
            f"Best matrix product of NumPy, all threads: {products}."
        )


def _matrix_product(float_type: str) -> float:
    rng = np.random.default_rng(0)
    shapes = [(SQUARE, SQUARE, SQUARE), *((d, d, 100_000) for d in TALL)]
    rates = []
    for rows, inner, columns in shapes:
        a = rng.standard_normal((rows, inner)).astype(float_type)
        b = rng.standard_normal((inner, columns)).astype(float_type)
        out = np.empty((rows, columns), dtype=float_type)
        seconds = min(timed(lambda a=a, b=b, out=out: np.matmul(a, b, out=out), 3))  # type: ignore[misc]
        rates.append(2.0 * rows * inner * columns / seconds)
    return max(rates)


def _raise(best: dict[Any, float], key: Any, rate: float) -> None:
    best[key] = max(best.get(key, 0.0), rate)
