"""How long work is getting on: one line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from drumlin.em import Iteration

SECONDS_BETWEEN = 0.1
"""A line that changes more often cannot be read."""

STAGES = {"start": "short run", "subsample": "some rows", "full": "all rows"}


class Counted(Protocol):
    """A record of work: steps that are done, of how many."""

    @property
    def done(self) -> int:
        """Steps."""

    @property
    def total(self) -> int:
        """All of them."""


Record = TypeVar("Record")
Event = TypeVar("Event", bound=Counted)


class Line(Generic[Record]):
    """A context manager; ``observers`` are what the work takes, none without a terminal.

    words : what the line says of a record
    steps : (done, total) of a record, for a bar that fills; None where nobody knows the end
    """

    def __init__(
        self,
        words: Callable[[Record], str],
        steps: Callable[[Record], tuple[int, int]] | None = None,
    ) -> None:
        self._words = words
        self._steps = steps
        self._live: Any = None
        self._next = 0.0

    @property
    def observers(self) -> tuple[Callable[[Record], object], ...]:
        """The observer that moves the line."""
        return () if self._live is None else (self._see,)

    def __enter__(self) -> Line[Record]:
        if sys.stderr.isatty():
            from rich import progress as rich
            from rich.console import Console

            self._live = rich.Progress(
                rich.BarColumn(bar_width=20),
                *([] if self._steps is None else [rich.MofNCompleteColumn()]),
                rich.TextColumn("{task.description}"),
                rich.TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._live.start()
            self._task = self._live.add_task("starting", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _see(self, record: Record) -> None:
        now = time.monotonic()
        done, total = (0, None) if self._steps is None else self._steps(record)
        if now < self._next and done != total:
            return
        self._next = now + SECONDS_BETWEEN
        self._live.update(self._task, completed=done, total=total, description=self._words(record))


def fit_progress() -> Line[Iteration]:
    """The line of a fit."""
    return Line(_pass)


def step_progress(words: Callable[[Event], str]) -> Line[Event]:
    """The bar of work in counted steps, with ``words`` for the step of the moment."""
    return Line(words, lambda step: (step.done, step.total))


def _pass(iteration: Iteration) -> str:
    stage = STAGES.get(iteration.stage, iteration.stage)
    return (
        f"run {iteration.run + 1}, {stage}, pass {iteration.index + 1}, "
        f"log-likelihood {iteration.log_likelihood:.3f}"
    )
