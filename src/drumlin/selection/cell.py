"""One cell of a table at work: its starts compete, and the best goes on to all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from drumlin.em import Outcome, Problem, RunOptions, State, expect, last_step, maximise, run
from drumlin.fitting.growing_subsamples import grown
from drumlin.fitting.restart import Restart
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.starts import WhitenedSample, reseeded

SHORT_PASSES = 4
"""Plain passes of a start before it is compared with the best so far."""

ROUGH, ROUGH_PASSES = 0.05, 60
"""Nats that are left to be gained until the best start is known, and passes at most until then."""

NEAR = 0.1
"""Mixtures whose means are within so many standard deviations lead to the same place."""

RESEEDINGS = 3

FAILURES = (ArithmeticError, ValueError, RuntimeError)
"""What a cell may fail with without harm to the others."""


@dataclass(frozen=True)
class Progress:
    """What observers are told whenever a cell has been worked on.

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
class Audience:
    """Who sees the steps, and which part of the whole work this grid is."""

    observers: Sequence[Callable[[Progress], object]] = ()
    part: int = 0
    parts: int = 1


@dataclass(eq=False)
class Entry:
    """One cell: its problem on all rows and on those of the frame, its starts, and the best.

    seed : of the subsamples through which it grows where the data are large
    failure : what went wrong last, in words
    met : what other cells had found when it was tried here
    """

    n_components: int
    whole: Problem
    frame: WhitenedSample
    watch: RunOptions
    seed: int
    candidates: list[Restart] = field(default_factory=list)
    best: Restart | None = None
    failure: str = ""
    met: set[Restart] = field(default_factory=set)

    @property
    def problem(self) -> Problem:
        """On the frame."""
        return self.frame.problem

    @property
    def halted(self) -> bool:
        """Whether somebody asked to stop."""
        return self.watch.halt.outcome() is not None

    def tries(self, name: str, moments: Callable[[], Moments]) -> None:
        """A start from these moments: a short run, and further where it is the best so far."""
        try:
            step = maximise(moments(), self.problem)
            if not self._been_at(step.mixture):
                self._race(name, step)
        except FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"

    def tries_best_of(self, name: str, several: Sequence[Moments]) -> None:
        """The start from these moments that looks best after one pass, of those elsewhere."""
        try:
            steps = [maximise(moments, self.problem) for moments in several]
            steps = [step for step in steps if not self._been_at(step.mixture)]
            if steps:
                self._race(name, max(steps, key=self._first_value))
        except FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"

    def _first_value(self, step: State) -> float:
        return expect(step.mixture, self.problem).log_likelihood

    def meets(self, found: Restart) -> bool:
        """Whether this, found by another cell, has not been seen here before."""
        if found in self.met:
            return False
        self.met.add(found)
        return True

    def _been_at(self, mixture: Mixture) -> bool:
        """Whether the best so far is at about this place."""
        return self.best is not None and near(mixture, self.best.traced.last.mixture)

    def _race(self, name: str, step: State) -> None:
        number = len(self.candidates)
        watch = replace(self.watch, run=number, closed_form=self.n_components == 1)
        short, rough = (min(n, self.watch.max_iter) for n in (SHORT_PASSES, ROUGH_PASSES))
        trace = run(step, self.problem, replace(watch, max_iter=short, accelerated=False))
        entry = Restart(number, name, trace.last.log_likelihood, trace)
        if trace.outcome is Outcome.REACHED_LIMIT and self._leads(entry):
            made = trace.passes - 1  # the first pass of what follows is its last, done again
            tol = max(ROUGH, self.watch.tol)
            onward = replace(watch, passed=made, max_iter=rough, tol=tol)
            on = run(last_step(trace), self.problem, onward)
            path = trace.path[:-1] + on.path
            entry = replace(entry, trace=replace(on, path=path, passes=made + on.passes))
        self._enter(entry)

    def _leads(self, entry: Restart) -> bool:
        return self.best is None or rank(entry) > rank(self.best)

    def _enter(self, entry: Restart) -> None:
        leads = self._leads(entry)
        self.candidates.append(entry if leads else replace(entry, trace=None))
        self.best = entry if leads else self.best

    @property
    def sick(self) -> bool:
        """Whether the best so far is unhealthy."""
        return self.best is not None and not self.best.traced.last.healthy

    def reseed(self) -> None:
        """While the best is unhealthy: it again, its sick components at badly explained rows."""
        rng = np.random.default_rng(self.seed)
        for _ in range(RESEEDINGS):
            if self.best is None or not self.sick or self.halted:
                return
            self.tries("reseeded", partial(reseeded, self.frame, self.best.traced.last, rng))

    def seen(self, stage: str, done: int, total: int) -> Progress:
        """What observers are told of it."""
        value = None if self.best is None else self.best.traced.last.log_likelihood
        code = self.problem.family.called(self.problem.source.n_features)
        return Progress(self.n_components, code, stage, value, done, total)

    def moments(self) -> Moments:
        """Full moments of the best so far."""
        assert self.best is not None  # asked only of who has one
        return expect(self.best.traced.last.mixture, self.problem, Form.FULL)

    def finish(self) -> None:
        """The best to the end, on all rows: to one pass at least when somebody asked to stop."""
        few = len(self.frame.rows) < self.whole.source.n_samples
        if self.best is None or (self.n_components == 1 and not few):
            return
        before = self.best.traced
        made = 0 if few else before.passes - 1
        closed = self.n_components == 1
        watch = replace(self.watch, run=self.best.number, passed=made, closed_form=closed)
        try:
            if few and not closed and not self.halted:
                rng = np.random.default_rng(self.seed)
                trace = grown(last_step(before), self.whole, watch, rng)
            else:
                trace = run(last_step(before), self.whole, watch)
        except FAILURES as error:
            self.failure, self.best = f"{type(error).__name__}: {error}", None
            return
        if not few:
            path = before.path[:-1] + trace.path
            trace = replace(trace, path=path, passes=made + trace.passes)
        self.best = replace(self.best, trace=trace)
        self.candidates = [replace(entry, trace=None) for entry in self.candidates]
        self.candidates[self.best.number] = self.best


def rank(entry: Restart) -> tuple[bool, bool, float]:
    """Healthy before unhealthy, then by the objective.

    A run that has met the floor on its way may be healthy again, but is often bound to collapse:
    it comes after those that have not.
    """
    last = entry.traced.last
    return last.healthy, not last.regularised, last.objective


def near(mixture: Mixture, other: Mixture) -> bool:
    """Whether the means of both, in their order, are less than `NEAR` apart."""
    far = np.abs(mixture.means - other.means) > NEAR * other.covariance.standard_deviations
    return not far.any()
