"""This process: chunks one after another, the rows of each shared among threads."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from drumlin.errors import InvalidParameterError
from drumlin.execution.executor import Chunk, Chunks, Result, tree_sum

THREADS_VARIABLE = "DRUMLIN_NUM_THREADS"

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux (cgroup v2) writes how much processor time a container may use."""

MOST_THREADS = 65536

_ALLOWED = ContextVar("threads of a pass at most", default=MOST_THREADS)


@dataclass(frozen=True)
class Threads:
    """An executor: chunks one after another, each with ``n_threads`` threads."""

    n_threads: int

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: Chunks[Chunk]) -> Result:
        """The sum of function(chunk, n_threads), in the order of `tree_sum`."""
        n_threads = min(self.n_threads, _ALLOWED.get())
        if len(source) == 1:
            return function(source[0], n_threads)
        return tree_sum(function(source[index], n_threads) for index in range(len(source)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, every pass takes one thread: other workers have the other processors."""
    before = _ALLOWED.set(1)
    try:
        yield
    finally:
        _ALLOWED.reset(before)


def available_threads() -> int:
    """Processors this process may use: DRUMLIN_NUM_THREADS, else its affinity and cgroup quota.

    Raises InvalidParameterError when the variable is not a positive whole number.
    """
    wanted = os.environ.get(THREADS_VARIABLE, "")
    if wanted:
        return check_n_threads(int(wanted) if wanted.isdecimal() else wanted, THREADS_VARIABLE)
    affinity, quota = _affinity(), _quota(CGROUP_QUOTA)
    return max(1, affinity if quota is None else min(affinity, quota))


def check_n_threads(n_threads: object, place: str = "n_threads") -> int:
    """A whole number from 1 to 65536. Raises InvalidParameterError."""
    try:
        number = 0 if isinstance(n_threads, bool) else operator.index(n_threads)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if not 1 <= number <= MOST_THREADS:
        raise InvalidParameterError(
            f"{place} is {n_threads!r}: it must be a whole number from 1 to {MOST_THREADS}"
        )
    return number


def _affinity() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this operating system
        return os.cpu_count() or 1


@cache
def _quota(file: Path) -> int | None:
    """Processors that the cgroup's quota amounts to, rounded up; None without cgroup v2 or limit.

    Read once: to open a file takes as long as to label a few rows.
    """
    try:
        quota, period = file.read_text().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None
