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
from drumlin.covariance import Family
from drumlin.data import ArraySource, Rows
from drumlin.em import Counting, DataSummary, PassCounter, Problem, RunOptions, summarise
from drumlin.execution import Executor, Pool
from drumlin.fitting.growing_subsamples import first_rows
from drumlin.fitting.restart import Restart
from drumlin.moments import Moments
from drumlin.selection.cell import FAILURES, Audience, Entry, near
from drumlin.selection.workers import Task, work
from drumlin.starts import WhitenedSample, fewer, more, planned, whitened_sample

Key = tuple[int, int]
"""The number of components, and the place of the family in the list."""


TREE_ROWS = 2000
"""Rows of the tree of merges, whose cost is about quadratic."""


@dataclass(frozen=True, eq=False)
class Incumbent:
    """What a cell had found when a stage began, and full moments of it."""

    candidate: Restart
    moments: Moments

    def near(self, other: Incumbent) -> bool:
        """Whether both are at about one place."""
        return near(*(each.candidate.traced.last.mixture for each in (self, other)))


@dataclass(frozen=True, eq=False)
class Grid:
    """All cells at work.

    entries : dict     by number of components and family
    frame : Frame      the rows on which starts are made and compared
    few : Frame        those of the tree
    """

    entries: dict[Key, Entry]
    frame: WhitenedSample
    few: WhitenedSample
    whole: DataSummary
    families: Sequence[Family]
    n_starts: int
    rng: np.random.Generator
    pool: Pool | None

    def work(self, audience: Audience) -> None:
        """Every stage for every cell; once somebody has asked to stop, only what must be."""
        stages = self.stages()
        steps = len(stages) * len(self.entries)
        done = audience.part * steps
        for stage, tasks in stages:
            last = stage == stages[-1][0]
            for entry in work(self.entries.values(), tasks, self.pool, last=last):
                done += 1
                for observer in audience.observers:
                    observer(entry.seen(stage, done, audience.parts * steps))

    def stages(self) -> tuple[tuple[str, Iterator[Task | None]], ...]:
        """What is done one after another, and for each a task for every cell."""
        return (
            ("tree", self._shared(self._from_tree)),
            ("clusterings", self._shared(self._clustered)),
            ("families", self._families()),
            ("neighbours", self._neighbours()),
            ("families again", self._families()),
            ("reseeding", (Entry.reseed if each.sick else None for each in self.entries.values())),
            ("all rows", (Entry.finish for _ in self.entries)),
        )

    def _shared(
        self, starts: Callable[[int], Iterator[tuple[str, Moments]]]
    ) -> Iterator[Task | None]:
        """Starts that depend on k alone, made once for all families."""
        made: dict[int, list[tuple[str, Moments]]] = {}
        for (k, _), entry in self.entries.items():
            if k not in made:
                try:
                    made[k] = list(starts(k))
                except FAILURES as error:
                    made[k] = []
                    entry.failure = f"{type(error).__name__}: {error}"
            yield partial(_try_all, starts=made[k]) if made[k] else None

    def _from_tree(self, n_components: int) -> Iterator[tuple[str, Moments]]:
        """The groups of the tree; for one component the closed form."""
        if n_components == 1:
            yield "closed form", self.whole.moments
            return
        labels = self.few.tree.labels(n_components)
        if labels.max() + 1 == n_components:
            yield "tree", self.few.moments_of_labels(labels, n_components)

    def _clustered(self, n_components: int) -> Iterator[tuple[str, Moments]]:
        if n_components > 1:
            for entry in planned(self.n_starts, self.frame.y.shape[1]):
                yield entry.name, entry.moments(self.frame, n_components, self.rng)

    def _found(self) -> dict[Key, Incumbent]:
        return {
            key: Incumbent(entry.best, entry.moments())
            for key, entry in self.entries.items()
            if entry.best is not None and not entry.halted
        }

    def _families(self) -> Iterator[Task | None]:
        """What the most similar families found at the same k, each place once."""
        found = self._found()
        places: dict[int, list[tuple[int, Incumbent]]] = {}
        for (k, family), there in found.items():
            known = places.setdefault(k, [])
            if k > 1 and not any(there.near(other) for _, other in known):
                known.append((family, there))
        similar = _similar(self.families)
        for (k, family), entry in self.entries.items():
            fresh = [
                there.moments
                for other, there in places.get(k, ())
                if other in similar[family] and entry.meets(there.candidate)
            ]
            tries = partial(Entry.tries_best_of, name="another family", several=fresh)
            yield tries if fresh else None

    def _neighbours(self) -> Iterator[Task | None]:
        found = self._found()
        for (k, family), entry in self.entries.items():
            below, above = found.get((k - 1, family)), found.get((k + 1, family))
            if below is not None and not entry.meets(below.candidate):
                below = None
            if above is not None and not entry.meets(above.candidate):
                above = None
            tries = partial(_try_neighbours, below=below, above=above)
            yield tries if below is not None or above is not None else None


def _similar(families: Sequence[Family]) -> list[set[int]]:
    """For each family the places of those that differ from it in the fewest letters."""
    letters = [(family.volume, family.shape, family.orientation) for family in families]
    similar = []
    for own in letters:
        apart = [sum(a is not b for a, b in zip(own, other, strict=True)) for other in letters]
        least = min((number for number in apart if number), default=0)
        similar.append({place for place, number in enumerate(apart) if number == least > 0})
    return similar


def _try_all(entry: Entry, starts: Sequence[tuple[str, Moments]]) -> None:
    for name, moments in starts:
        entry.tries(name, partial(_as_it_is, moments))


def _as_it_is(moments: Moments) -> Moments:
    return moments


def _try_neighbours(entry: Entry, below: Incumbent | None, above: Incumbent | None) -> None:
    if entry.n_components > 1 and above is not None:
        entry.tries("a merge", lambda: fewer(entry.frame, above.moments))
    if below is not None:
        last = below.candidate.traced.last
        entry.tries("a split", lambda: more(entry.frame, last, below.moments))


@dataclass(frozen=True, eq=False)
class Plan:
    """Which cells there are, and who works on them."""

    n_components: Sequence[int]
    families: Sequence[Family]
    n_starts: int
    backend: Backend
    executor: Executor
    equal_weights: bool
    pool: Pool | None = None

    def worked(
        self,
        rows: Rows,
        watch: RunOptions,
        rng: np.random.Generator,
        audience: Audience,
    ) -> Grid:
        """The grid of these rows, worked on until it is done, or somebody stops."""
        source = ArraySource(rows)
        whole = summarise(source, self.backend, self.executor)
        problem = Problem(
            source, self.families[0], whole.floor, self.backend, self.executor, self.equal_weights
        )
        frame = whitened_sample(problem, whole, first_rows(max(self.n_components)), rng)
        seeds = iter(rng.integers(2**32, size=len(self.n_components) * len(self.families)))
        entries = {
            (k, place): self._entry(k, family, problem, frame, watch, int(next(seeds)))
            for k in self.n_components
            for place, family in enumerate(self.families)
        }
        few = frame
        if len(frame.rows) > TREE_ROWS:
            few = whitened_sample(problem, whole, TREE_ROWS, rng)
        grid = Grid(entries, frame, few, whole, self.families, self.n_starts, rng, self.pool)
        grid.work(audience)
        return grid

    def _entry(
        self,
        n_components: int,
        family: Family,
        problem: Problem,
        frame: WhitenedSample,
        watch: RunOptions,
        seed: int,
    ) -> Entry:
        counter = PassCounter(problem.source.n_samples)
        executor = Counting(self.executor, counter)
        own = replace(problem, family=family, executor=executor)
        there = replace(frame, problem=replace(own, source=frame.problem.source))
        return Entry(n_components, own, there, replace(watch, counter=counter), seed)
