"""Wall-clock samples: the best is what a program can do, the median how steady the machine was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Timing:
    """Seconds of the same work, several times."""

    seconds: Sequence[float]

    @property
    def best(self) -> float:
        """The shortest."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.seconds)


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Seconds of ``work``, ``times`` times; the best of them is warm."""
    return [_seconds(work) for _ in range(times)]


def gaps(stamps: Sequence[float]) -> list[float]:
    """The time between successive stamps."""
    return [later - sooner for sooner, later in pairwise(stamps)]


def watched(steps: Iterable[float], n_steps: int) -> tuple[list[float], float]:
    """Seconds of each step after the first, and what the last of them yielded."""
    stamps, values = [], []
    for value in islice(steps, n_steps + 1):
        stamps.append(perf_counter())
        values.append(value)
    return gaps(stamps), values[-1]


def until_converged(
    steps: Iterable[float], least_gain: float, max_seconds: float
) -> tuple[list[float], list[float], bool]:
    """Seconds and values of steps until one gains less than ``least_gain``, or time is over.

    Time runs from one typical step before the end of the first: set-up is left out.
    """
    stamps: list[float] = []
    values: list[float] = []
    finished = False
    for value in steps:
        stamps.append(perf_counter())
        finished = bool(values) and value - values[-1] < least_gain
        values.append(value)
        if finished or stamps[-1] - stamps[0] > max_seconds:
            break
    return since_start(stamps), values, finished


def since_start(stamps: Sequence[float]) -> list[float]:
    """Seconds since one typical step before the first stamp."""
    start = stamps[0] - (median(gaps(stamps)) if len(stamps) > 1 else 0.0)
    return [stamp - start for stamp in stamps]


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
