"""Wall-clock samples: the best is what a program can do, the median how steady the machine was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Timing:
    """Seconds of the same work, several times."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The shortest."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.seconds)


def timed(work: Callable[[], object], times: int) -> Timing:
    """Runs ``work`` ``times`` times; the best of them is warm."""
    return Timing(tuple(_seconds(work) for _ in range(times)))


def gaps(stamps: list[float]) -> Timing:
    """The time between successive stamps."""
    return Timing(tuple(later - sooner for sooner, later in pairwise(stamps)))


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
