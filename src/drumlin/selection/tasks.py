"""What is done with a cell, one task after another: picklable, and independent of other cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from drumlin.em import Iteration, StopRequest
from drumlin.moments import Moments
from drumlin.selection.cell import CellProblem, CellSearch, CellState
from drumlin.starts import one_fewer, one_more

Task = Callable[[CellSearch], None]
"""A function of this module or a method of `CellSearch`, with its arguments: changes the search."""


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best of a cell when a stage began, and full moments of it.

    key : which cell, and which of its starts
    """

    key: tuple[int, int, int]
    last: Iteration
    moments: Moments


def done(cell: CellProblem, state: CellState, task: Task, stop: StopRequest) -> CellState:
    """The state of a cell after a task; its counter counts on."""
    own = cell.heeding(stop, state.counter)
    search = CellSearch(own, list(state.restarts), state.best, state.failure)
    task(search)
    return search.state()


def try_all(search: CellSearch, starts: Sequence[tuple[str, Moments]]) -> None:
    """Starts from these moments, each with a name, one after another."""
    for name, moments in starts:
        search.try_start(name, partial(_as_given, moments))


def _as_given(moments: Moments) -> Moments:
    return moments


def try_adjacent(search: CellSearch, below: Incumbent | None, above: Incumbent | None) -> None:
    """A split of the best with one component less, and a merge of the best with one more."""
    sample = search.cell.sample
    if search.cell.n_components > 1 and above is not None:
        search.try_start("a merge", partial(one_fewer, sample, above.moments))
    if below is not None:
        search.try_start("a split", partial(one_more, sample, below.last, below.moments))
