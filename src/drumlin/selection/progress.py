"""What observers of a selection see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drumlin.em import StopRequest
from drumlin.selection.cell import CellProblem, CellState


@dataclass(frozen=True)
class Progress:
    """One step of a selection: a cell has been worked on.

    n_components, family : int, str   which cell
    stage : str                       what was tried there
    log_likelihood : () or None       of its best fit so far, on a part of large data until the
                                      last stage; None when it has none
    done, total : int                 steps of the whole work
    """

    n_components: int
    family: str
    stage: str
    log_likelihood: float | None
    done: int
    total: int


@dataclass(frozen=True)
class Reporter:
    """The observers of a selection, and which part of the whole work a grid is."""

    observers: Sequence[Callable[[Progress], object]]
    stop: StopRequest
    part: int = 0
    parts: int = 1

    def report(
        self, cell: CellProblem, state: CellState, stage: str, done: int, total: int
    ) -> None:
        """Tells every observer; one that returns True stops the selection."""
        value = None if state.best is None else state.best.run.last.log_likelihood
        code = cell.problem.family.called(cell.problem.source.n_features)
        event = Progress(cell.n_components, code, stage, value, done, total)
        self.stop.notify(self.observers, event)
