"""What is done with a cell, one after another: picklable, and independent of all other cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from drumlin.em import Iteration, StopRequest
from drumlin.moments import Moments
from drumlin.selection.cell import CellProblem, CellSearch, CellState
from drumlin.starts import one_fewer, one_more


class Task(Protocol):
    """One stage of the work on a cell."""

    def __call__(self, search: CellSearch, /) -> None:
        """Changes the search, and nothing else."""


def done(cell: CellProblem, state: CellState, task: Task, stop: StopRequest) -> CellState:
    """The state of a cell after a task; the given one stays as it is."""
    own = cell.heeding(stop, replace(state.counter))
    search = CellSearch(own, list(state.restarts), state.best, state.failure)
    task(search)
    return search.state()


@dataclass(frozen=True, eq=False)
class TryAll:
    """Starts from these moments, each with a name."""

    starts: Sequence[tuple[str, Moments]]

    def __call__(self, search: CellSearch) -> None:
        """One after another."""
        for name, moments in self.starts:
            search.try_start(name, partial(_as_given, moments))


def _as_given(moments: Moments) -> Moments:
    return moments


@dataclass(frozen=True, eq=False)
class TryBestOf:
    """The most promising of these moments, which other families found."""

    several: Sequence[Moments]

    def __call__(self, search: CellSearch) -> None:
        """One start."""
        search.try_best_of("another family", self.several)


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best of a cell when a stage began, and full moments of it.

    key : which cell, and which of its starts
    """

    key: tuple[int, int, int]
    last: Iteration
    moments: Moments


@dataclass(frozen=True, eq=False)
class TryAdjacent:
    """A split of the best with one component less, a merge of the best with one more."""

    below: Incumbent | None
    above: Incumbent | None

    def __call__(self, search: CellSearch) -> None:
        """One or two starts."""
        sample, below, above = search.cell.sample, self.below, self.above
        if search.cell.n_components > 1 and above is not None:
            search.try_start("a merge", partial(one_fewer, sample, above.moments))
        if below is not None:
            search.try_start("a split", partial(one_more, sample, below.last, below.moments))


@dataclass(frozen=True)
class Reseed:
    """Unhealthy components of the best are moved."""

    def __call__(self, search: CellSearch) -> None:
        """A few starts at most."""
        search.reseed()


@dataclass(frozen=True)
class Finish:
    """The best to the end, on all rows."""

    def __call__(self, search: CellSearch) -> None:
        """One run."""
        search.finish()
