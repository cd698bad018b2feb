"""A table of fits: numbers of components × families, which give each other their starts.

Every cell begins from the same clusterings of the rows, made once for all families. What one
family found at k is then tried by the others at k, and by its neighbours at k − 1 (the cheapest
merge) and k + 1 (the best split). Every stage looks only at what the one before left, and every
clustering has its own random numbers, so that the order in which cells are worked on, and by how
many threads, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from drumlin.backends import Backend
from drumlin.cell import Entry
from drumlin.constraints import Whole, measure
from drumlin.covariance import Family
from drumlin.data import ArraySource, Rows
from drumlin.effort import Ledger
from drumlin.em import Iteration, Problem
from drumlin.execution import Counting, Executor
from drumlin.growth import first_rows
from drumlin.moments import Moments
from drumlin.running import Watch
from drumlin.starts import Frame, fewer, frame_of, more, planned

Array = np.ndarray
Key = tuple[int, int]
"""The number of components, and the place of the family in the list."""


TREE_ROWS = 500
"""Rows of the tree of merges, whose cost is cubic."""


@dataclass(frozen=True)
class Progress:
    """What observers are told whenever a cell has been worked on.

    n_components, family : int, str   which cell
    stage : str                       what was tried there
    log_likelihood : () or None       of its best fit so far; None when it has none
    done, total : int                 steps of the whole work
    """

    n_components: int
    family: str
    stage: str
    log_likelihood: float | None
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Found:
    """What a cell had found when a stage began: its last iteration, and full moments of it."""

    last: Iteration
    moments: Moments


@dataclass(frozen=True, eq=False)
class Grid:
    """All cells at work.

    entries : dict     by number of components and family
    frame : Frame      the rows on which starts are made and compared
    few : Frame        those of the tree
    """

    entries: dict[Key, Entry]
    frame: Frame
    few: Frame
    whole: Whole
    n_starts: int
    rng: np.random.Generator

    def work(self, observers: Sequence[Callable[[Progress], object]]) -> None:
        """Every stage for every cell, the first in any case, the others until somebody stops."""
        stages = ("clusterings", "families", "neighbours", "families", "all rows")
        total, done = len(stages) * len(self.entries), 0
        for stage, tasks in zip(stages, self._stages(), strict=True):
            for entry, task in zip(self.entries.values(), tasks, strict=True):
                if not entry.halted or not self._anything():
                    task()
                done += 1
                best = entry.best
                value = None if best is None else best.traced.last.log_likelihood
                seen = Progress(
                    entry.n_components, entry.problem.family.code, stage, value, done, total
                )
                for observer in observers:
                    observer(seen)

    def _anything(self) -> bool:
        return any(entry.best is not None for entry in self.entries.values())

    def _stages(self) -> Iterator[Iterator[Callable[[], None]]]:
        yield self._clusterings()
        yield self._families()
        yield self._neighbours()
        yield self._families()
        yield (entry.finish for entry in self.entries.values())

    def _clusterings(self) -> Iterator[Callable[[], None]]:
        made: dict[int, list[tuple[str, Moments]]] = {}
        for (k, _), entry in self.entries.items():
            if k not in made:
                made[k] = list(self._clustered(k))
            yield partial(_try_all, entry, made[k])

    def _clustered(self, n_components: int) -> Iterator[tuple[str, Moments]]:
        """Moments of clusterings of the rows into k groups."""
        if n_components == 1:
            yield "closed form", self.whole.moments
            return
        tree = self.few.tree.labels(n_components)
        if tree.max() + 1 == n_components:
            yield "tree", self.few.moments_of_labels(tree, n_components)
        for entry in planned(self.n_starts, self.frame.y.shape[1]):
            yield entry.name, entry.start(self.frame, n_components, self.rng)

    def _found(self) -> dict[Key, Found]:
        return {
            key: Found(entry.best.traced.last, entry.moments())
            for key, entry in self.entries.items()
            if entry.best is not None and not entry.halted
        }

    def _families(self) -> Iterator[Callable[[], None]]:
        """What the other families found at the same k."""
        found = self._found()
        for (k, family), entry in self.entries.items():
            others = [
                ("another family", there.moments)
                for (k_there, other), there in found.items()
                if k_there == k > 1 and other != family
            ]
            yield partial(_try_all, entry, others)

    def _neighbours(self) -> Iterator[Callable[[], None]]:
        found = self._found()
        for (k, family), entry in self.entries.items():
            yield partial(
                _try_neighbours, entry, found.get((k - 1, family)), found.get((k + 1, family))
            )


def _try_all(entry: Entry, starts: Sequence[tuple[str, Moments]]) -> None:
    for name, moments in starts:
        entry.tries(name, partial(_as_it_is, moments))


def _as_it_is(moments: Moments) -> Moments:
    return moments


def _try_neighbours(entry: Entry, below: Found | None, above: Found | None) -> None:
    if entry.n_components > 1 and above is not None:
        entry.tries("a merge", lambda: fewer(entry.frame, above.moments))
    if below is not None:
        entry.tries("a split", lambda: more(entry.frame, below.last, below.moments))


@dataclass(frozen=True, eq=False)
class Plan:
    """Which cells there are, and who works on them."""

    n_components: Sequence[int]
    families: Sequence[Family]
    n_starts: int
    backend: Backend
    executor: Executor
    equal_weights: bool

    def worked(
        self,
        rows: Rows,
        watch: Watch,
        rng: np.random.Generator,
        observers: Sequence[Callable[[Progress], object]],
    ) -> Grid:
        """The grid of these rows, worked on until it is done, or somebody stops."""
        source = ArraySource(rows)
        whole = measure(source, self.backend, self.executor)
        problem = Problem(
            source, self.families[0], whole.floor, self.backend, self.executor, self.equal_weights
        )
        frame = frame_of(problem, whole, first_rows(max(self.n_components)), rng)
        entries = {
            (k, place): self._entry(k, family, problem, frame, watch)
            for k in self.n_components
            for place, family in enumerate(self.families)
        }
        few = frame
        if len(frame.rows) > TREE_ROWS:
            few = frame_of(problem, whole, TREE_ROWS, rng)
        grid = Grid(entries, frame, few, whole, self.n_starts, rng)
        grid.work(observers)
        return grid

    def _entry(
        self, n_components: int, family: Family, problem: Problem, frame: Frame, watch: Watch
    ) -> Entry:
        ledger = Ledger(problem.source.n_samples)
        executor = Counting(self.executor, ledger)
        own = replace(problem, family=family, executor=executor)
        there = replace(frame, problem=replace(own, source=frame.problem.source))
        return Entry(n_components, own, there, replace(watch, ledger=ledger))
