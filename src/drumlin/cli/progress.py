"""How long work is getting on: one line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from drumlin.em import Iteration
from drumlin.running import Observer

SECONDS_BETWEEN = 0.1
"""A line that changes more often cannot be read."""

STAGES = {"start": "short run", "subsample": "some rows", "full": "all rows"}


class FitProgress:
    """A context manager; ``observers`` are what `drumlin.fit` takes, none without a terminal."""

    def __init__(self) -> None:
        self._live: Any = None
        self._next = 0.0

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The observer that moves the line."""
        return () if self._live is None else (self._see,)

    def __enter__(self) -> FitProgress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._live = Progress(
                BarColumn(bar_width=20),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
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

    def _see(self, iteration: Iteration) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + SECONDS_BETWEEN
        self._live.update(
            self._task,
            description=f"run {iteration.run + 1}, {STAGES.get(iteration.stage, iteration.stage)}, "
            f"pass {iteration.index + 1}, log-likelihood {iteration.log_likelihood:.3f}",
        )


class Counted(Protocol):
    """A record of work: steps that are done, of how many."""

    @property
    def done(self) -> int:
        """Steps."""

    @property
    def total(self) -> int:
        """All of them."""


Step = TypeVar("Step", bound=Counted)


class BarProgress(Generic[Step]):
    """The same for work in counted steps: a bar, and ``words`` for the step of the moment."""

    def __init__(self, words: Callable[[Step], str]) -> None:
        self._words = words
        self._live: Any = None
        self._next = 0.0

    @property
    def observers(self) -> tuple[Callable[[Step], object], ...]:
        """The observer that moves the bar."""
        return () if self._live is None else (self._see,)

    def __enter__(self) -> BarProgress[Step]:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._live = Bar(
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
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

    def _see(self, step: Step) -> None:
        now = time.monotonic()
        if now < self._next and step.done < step.total:
            return
        self._next = now + SECONDS_BETWEEN
        self._live.update(
            self._task,
            completed=step.done,
            total=step.total,
            description=self._words(step),
        )
