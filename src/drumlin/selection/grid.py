"""A table of fits: numbers of components × families, which give each other their starts.

Every cell begins from the same clusterings of the rows, made once for all families. What one
family found at k is then tried by the others at k, and by its neighbours at k − 1 (the cheapest
merge) and k + 1 (the best split). Every stage looks only at what the one before left, and every
clustering has its own random numbers, so that the order in which cells are worked on, and by how
many threads, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from drumlin.covariance import Family
from drumlin.em import DataSummary, PassCounter, Problem, RunOptions
from drumlin.execution import Pool
from drumlin.fitting.growing_subsamples import first_rows
from drumlin.moments import Moments
from drumlin.selection.cell import (
    FAILURES,
    CellProblem,
    CellSearch,
    CellState,
    full_moments,
    near,
)
from drumlin.selection.progress import Reporter
from drumlin.selection.tasks import Incumbent, Task, done, try_adjacent, try_all
from drumlin.selection.workers import Key, sent, worth_sending
from drumlin.starts import WhitenedSample, recipes, whitened_sample

TREE_ROWS = 2000
"""Rows of the tree of merges, whose cost is about quadratic."""

Tasks = Iterator[Task | None]
"""A task for every cell in their order, or None for nothing to do."""


@dataclass(eq=False)
class Grid:
    """All cells at work.

    sample : WhitenedSample         the rows on which starts are made and compared
    tree_sample : WhitenedSample    those of the tree
    met : dict                      what each cell has been given of others, by `Incumbent.key`
    """

    cells: dict[Key, CellProblem]
    states: dict[Key, CellState]
    sample: WhitenedSample
    tree_sample: WhitenedSample
    plan: Plan
    rng: np.random.Generator
    met: dict[Key, set[tuple[int, int, int]]] = field(default_factory=dict)

    @property
    def summary(self) -> DataSummary:
        """Of all rows."""
        return self.sample.problem.summary

    def work(self, options: RunOptions, reporter: Reporter) -> None:
        """Every stage for every cell; once it was asked to stop, only what must be."""
        stages = self.stages()
        steps = len(stages) * len(self.cells)
        done_before = reporter.part * steps
        for number, (stage, tasks) in enumerate(stages):
            last = number == len(stages) - 1
            for step, key in enumerate(self._stage(tasks, options, last=last), start=1):
                cell, state = self.cells[key], self.states[key]
                so_far = done_before + number * len(self.cells) + step
                reporter.report(cell, state, stage, so_far, reporter.parts * steps)

    def stages(self) -> tuple[tuple[str, Tasks], ...]:
        """What is done one after another, and for each a task for every cell."""
        return (
            ("tree", self._shared(self._from_tree)),
            ("clusterings", self._shared(self._clustered)),
            ("families", self._families()),
            ("neighbours", self._neighbours()),
            ("families again", self._families()),
            ("reseeding", self._reseeding()),
            ("all rows", (CellSearch.finish for _ in self.cells)),
        )

    def _stage(self, tasks: Tasks, options: RunOptions, *, last: bool) -> Iterator[Key]:
        """The cells in the order in which they are done, or passed over.

        Once it was asked to stop only the last stage is worked on, and cells while there is nothing
        at all.
        """
        left: Iterator[tuple[Key, Task | None]] = zip(self.cells, tasks, strict=True)
        if self.plan.pool is not None and worth_sending(self.cells, all_rows=last):
            asked = dict(left)
            yield from (key for key, task in asked.items() if task is None)
            jobs = {
                key: (self.cells[key], self.states[key], task)
                for key, task in asked.items()
                if task is not None
            }
            answers = sent(jobs, self.plan.pool, options.stop, all_rows=last)
            waiting = yield from self._received(answers)
            left = ((key, asked[key]) for key in waiting)
        for key, task in left:
            nothing_yet = all(state.best is None for state in self.states.values())
            if task is not None and (last or nothing_yet or options.stop.outcome() is None):
                state = done(self.cells[key], self.states[key], task, options.stop)
                self.states[key] = state
            yield key

    def _received(
        self, answers: Generator[tuple[Key, CellState], None, list[Key]]
    ) -> Generator[Key, None, list[Key]]:
        """The cells that workers have done; returns those that are left."""
        while True:
            try:
                key, state = next(answers)
            except StopIteration as ended:
                return list(ended.value)
            cell, self.states[key] = self.cells[key], state
            self.cells[key] = cell.heeding(cell.options.stop, state.counter)
            yield key

    def _shared(self, starts: Callable[[int], Iterator[tuple[str, Moments]]]) -> Tasks:
        """Starts that depend on k alone, made once for all families."""
        made: dict[int, list[tuple[str, Moments]]] = {}
        for key in self.cells:
            k = key[0]
            if k not in made:
                try:
                    made[k] = list(starts(k))
                except FAILURES as error:
                    made[k] = []
                    self.states[key] = self.states[key].failed(error)
            yield partial(try_all, starts=made[k]) if made[k] else None

    def _from_tree(self, n_components: int) -> Iterator[tuple[str, Moments]]:
        """The groups of the tree; for one component the closed form."""
        if n_components == 1:
            yield "closed form", self.summary.moments
            return
        labels = self.tree_sample.tree.labels(n_components)
        if labels.max() + 1 == n_components:
            yield "tree", self.tree_sample.moments_of_labels(labels, n_components)

    def _clustered(self, n_components: int) -> Iterator[tuple[str, Moments]]:
        if n_components > 1:
            for recipe in recipes(self.plan.n_starts, self.sample.y.shape[1]):
                yield recipe.name, recipe.moments(self.sample, n_components, self.rng)

    def _incumbents(self) -> dict[Key, Incumbent]:
        found = {}
        for key, state in self.states.items():
            cell = self.cells[key]
            if state.best is not None and cell.options.stop.outcome() is None:
                counted = cell.heeding(cell.options.stop, state.counter)
                name = (*key, state.best.number)
                found[key] = Incumbent(name, state.best.run.last, full_moments(counted, state))
        return found

    def _is_new(self, key: Key, incumbent: Incumbent) -> bool:
        """Whether this cell has not been given it before."""
        met = self.met.setdefault(key, set())
        new = incumbent.key not in met
        met.add(incumbent.key)
        return new

    def _families(self) -> Tasks:
        """What the most similar families found at the same k, each place once."""
        places: dict[int, list[tuple[int, Incumbent]]] = {}
        for (k, family), found in self._incumbents().items():
            known = places.setdefault(k, [])
            here = found.last.mixture
            if k > 1 and not any(near(here, other.last.mixture) for _, other in known):
                known.append((family, found))
        similar = _similar(self.plan.families)
        for key in self.cells:
            fresh = [
                found.moments
                for other, found in places.get(key[0], ())
                if other in similar[key[1]] and self._is_new(key, found)
            ]
            found_by = partial(CellSearch.try_best_of, name="another family", several=fresh)
            yield found_by if fresh else None

    def _neighbours(self) -> Tasks:
        found = self._incumbents()
        for key in self.cells:
            k, family = key
            both = (found.get((k - 1, family)), found.get((k + 1, family)))
            below, above = (i if i is not None and self._is_new(key, i) else None for i in both)
            found_by = partial(try_adjacent, below=below, above=above)
            yield found_by if below is not None or above is not None else None

    def _reseeding(self) -> Tasks:
        for state in self.states.values():
            yield CellSearch.reseed if state.unhealthy else None


def _similar(families: Sequence[Family]) -> list[set[int]]:
    """For each family the places of those that differ from it in the fewest letters."""
    letters = [(family.volume, family.shape, family.orientation) for family in families]
    similar = []
    for own in letters:
        apart = [sum(a is not b for a, b in zip(own, other, strict=True)) for other in letters]
        least = min((number for number in apart if number), default=0)
        similar.append({place for place, number in enumerate(apart) if number == least > 0})
    return similar


@dataclass(frozen=True, eq=False)
class Plan:
    """The cells of a table, the number of clusterings they start from, and the pool if any."""

    n_components: Sequence[int]
    families: Sequence[Family]
    n_starts: int
    pool: Pool | None = None

    def grid(self, problem: Problem, options: RunOptions, rng: np.random.Generator) -> Grid:
        """The grid of the rows of a problem, before any work."""
        sample = whitened_sample(problem, first_rows(max(self.n_components)), rng)
        seeds = iter(rng.integers(2**32, size=len(self.n_components) * len(self.families)))
        n_samples = problem.source.n_samples
        cells, states = {}, {}
        for k in self.n_components:
            for place, family in enumerate(self.families):
                counter = PassCounter(n_samples)
                engine = replace(problem.engine, counter=counter)
                own = replace(problem, family=family, engine=engine)
                inner = replace(own, source=sample.problem.source)
                there = replace(sample, problem=inner)
                cells[k, place] = CellProblem(k, own, there, options, int(next(seeds)))
                states[k, place] = CellState(counter)
        few = sample
        if len(sample.rows) > TREE_ROWS:
            few = whitened_sample(problem, TREE_ROWS, rng)
        return Grid(cells, states, sample, few, self, rng)
