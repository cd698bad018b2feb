"""Progress of long work: one line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from drumlin.em import Iteration

SECONDS_BETWEEN = 0.1
"""Between two updates of the line: more of them could not be read."""

STAGES = {"start": "short run", "subsample": "some rows", "full": "all rows"}


class Counted(Protocol):
    """A record of work in steps."""

    @property
    def done(self) -> int:
        """Number of steps done."""

    @property
    def total(self) -> int:
        """Number of all steps."""


Record = TypeVar("Record")
Step = TypeVar("Step", bound=Counted)


class ProgressLine(Generic[Record]):
    """A context manager with the ``observers`` to pass to the work; none without a terminal.

    describe : the text of the line after a record
    count : (done, total) after a record, for a bar that fills; None where the total is unknown
    """

    def __init__(
        self,
        describe: Callable[[Record], str],
        count: Callable[[Record], tuple[int, int]] | None = None,
    ) -> None:
        self._describe = describe
        self._count = count
        self._bar: Any = None
        self._next_update = 0.0

    @property
    def observers(self) -> tuple[Callable[[Record], object], ...]:
        """The observer that updates the line."""
        return () if self._bar is None else (self._update,)

    def __enter__(self) -> ProgressLine[Record]:
        if sys.stderr.isatty():
            from rich import progress as rich
            from rich.console import Console

            self._bar = rich.Progress(
                rich.BarColumn(bar_width=20),
                *([] if self._count is None else [rich.MofNCompleteColumn()]),
                rich.TextColumn("{task.description}"),
                rich.TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("starting", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _update(self, record: Record) -> None:
        now = time.monotonic()
        done, total = (0, None) if self._count is None else self._count(record)
        if now < self._next_update and done != total:
            return
        self._next_update = now + SECONDS_BETWEEN
        text = self._describe(record)
        self._bar.update(self._task, completed=done, total=total, description=text)


def fit_progress() -> ProgressLine[Iteration]:
    """The line of a fit."""
    return ProgressLine(_describe_pass)


def step_progress(describe: Callable[[Step], str]) -> ProgressLine[Step]:
    """The bar of work in counted steps; ``describe`` gives the text after a step."""
    return ProgressLine(describe, lambda step: (step.done, step.total))


def _describe_pass(iteration: Iteration) -> str:
    stage = STAGES.get(iteration.stage, iteration.stage)
    return (
        f"run {iteration.run + 1}, {stage}, pass {iteration.index + 1}, "
        f"log-likelihood {iteration.log_likelihood:.3f}"
    )
