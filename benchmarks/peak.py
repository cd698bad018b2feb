"""The peak: multiply-adds that touch registers only, for every instruction set.

No pass can be faster. The loop is compiled with the same flags as the pass, so the share of the
peak says how much of the machine a pass uses, whatever the machine.
"""

from __future__ import annotations

from drumlin.backends import instruction_sets

FLOAT_TYPES = ("float64", "float32")

Peaks = dict[tuple[str, str, int], float]
"""(instruction set, float type, threads) -> operations per second; a multiply-add is two."""


def measure(thread_counts: tuple[int, ...], *, seconds: float = 0.05, times: int = 1) -> Peaks:
    """The best of ``times`` short loops per entry; empty without a compiled backend."""
    sets = instruction_sets()
    if not sets:
        return {}
    from drumlin._native import multiply_add_rate

    return {
        (name, float_type, n_threads): max(
            multiply_add_rate(float_type == "float32", n_threads, seconds, name)
            for _ in range(times)
        )
        for name in sets
        for float_type in FLOAT_TYPES
        for n_threads in thread_counts
    }


def best(first: Peaks, second: Peaks) -> Peaks:
    """The higher of two, entry by entry: other processes only ever slow a loop down."""
    return {key: max(first[key], second[key]) for key in first}
