"""One cell of a table at work: its starts compete, and the best goes on to all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from drumlin.em import (
    Outcome,
    PassCounter,
    Problem,
    RunOptions,
    State,
    StopRequest,
    expect,
    maximise,
    run,
)
from drumlin.fitting.growing_subsamples import run_growing
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


@dataclass(frozen=True, eq=False)
class CellProblem:
    """What a cell works on.

    problem : Problem           on all rows
    sample : WhitenedSample     rows on which starts are compared, with the family of the cell
    seed : int                  of the subsamples through which it grows where the data are large
    """

    n_components: int
    problem: Problem
    sample: WhitenedSample
    options: RunOptions
    seed: int

    @property
    def few(self) -> bool:
        """Whether the sample is only a part of all rows."""
        return len(self.sample.rows) < self.problem.source.n_samples

    def heeding(self, stop: StopRequest, counter: PassCounter) -> CellProblem:
        """The same, which listens to ``stop`` and counts its passes in ``counter``."""
        if stop is self.options.stop and counter is self.problem.engine.counter:
            return self
        engine = replace(self.problem.engine, counter=counter)
        inner = replace(self.sample.problem, engine=engine)
        return replace(
            self,
            problem=replace(self.problem, engine=engine),
            sample=replace(self.sample, problem=inner),
            options=replace(self.options, stop=stop),
        )


@dataclass(frozen=True, eq=False)
class CellState:
    """How far a cell has come: what a task takes and returns.

    failure : str    what went wrong last, in words
    """

    counter: PassCounter
    restarts: tuple[Restart, ...] = ()
    best: Restart | None = None
    failure: str = ""

    @property
    def unhealthy(self) -> bool:
        """Whether the best so far is unhealthy."""
        return self.best is not None and not self.best.run.last.healthy

    def failed(self, error: Exception) -> CellState:
        """The state after an error that others survive."""
        return replace(self, failure=in_words(error))


@dataclass(eq=False)
class CellSearch:
    """The starts of one cell, while a task is done."""

    cell: CellProblem
    restarts: list[Restart] = field(default_factory=list)
    best: Restart | None = None
    failure: str = ""

    @property
    def problem(self) -> Problem:
        """On the sample."""
        return self.cell.sample.problem

    @property
    def stopped(self) -> bool:
        """Whether the selection was asked to stop."""
        return self.cell.options.stop.outcome() is not None

    def state(self) -> CellState:
        """How far it has come."""
        counter = self.cell.problem.engine.counter
        return CellState(counter, tuple(self.restarts), self.best, self.failure)

    def try_start(self, name: str, moments: Callable[[], Moments]) -> None:
        """A start from these moments: a short run, and further where it is the best so far."""
        try:
            state = maximise(moments(), self.problem)
            if not self._been_at(state.mixture):
                self._race(name, state)
        except FAILURES as error:
            self.failure = in_words(error)

    def try_best_of(self, name: str, several: Sequence[Moments]) -> None:
        """The start from these moments that looks best after one pass, of those elsewhere."""
        try:
            states = [maximise(moments, self.problem) for moments in several]
            states = [state for state in states if not self._been_at(state.mixture)]
            if states:
                self._race(name, max(states, key=self._first_value))
        except FAILURES as error:
            self.failure = in_words(error)

    def reseed(self) -> None:
        """While the best is unhealthy: it again, bad components at badly explained rows."""
        rng = np.random.default_rng(self.cell.seed)
        for _ in range(RESEEDINGS):
            if self.best is None or self.best.run.last.healthy or self.stopped:
                return
            last = self.best.run.last
            self.try_start("reseeded", partial(reseeded, self.cell.sample, last, rng))

    def finish(self) -> None:
        """The best to the end, on all rows: to one pass at least when it was asked to stop."""
        cell, few, closed = self.cell, self.cell.few, self.cell.n_components == 1
        if self.best is None or (closed and not few):
            return
        before = self.best.run
        options = replace(
            cell.options,
            run=self.best.number,
            n_before=0 if few else before.passes - 1,
            closed_form=closed,
        )
        try:
            if few and not closed and not self.stopped:
                rng = np.random.default_rng(cell.seed)
                result = run_growing(before.state, cell.problem, options, rng)
            else:
                result = run(before.state, cell.problem, options)
        except FAILURES as error:
            self.failure, self.best = in_words(error), None
            return
        self.best = replace(self.best, result=result if few else before.then(result))
        self.restarts = [replace(restart, result=None) for restart in self.restarts]
        self.restarts[self.best.number] = self.best

    def _first_value(self, state: State) -> float:
        return expect(state.mixture, self.problem).log_likelihood

    def _been_at(self, mixture: Mixture) -> bool:
        """Whether the best so far is at about this place."""
        return self.best is not None and near(mixture, self.best.run.last.mixture)

    def _race(self, name: str, state: State) -> None:
        number, options = len(self.restarts), self.cell.options
        options = replace(options, run=number, closed_form=self.cell.n_components == 1)
        short, rough = (min(n, options.max_iter) for n in (SHORT_PASSES, ROUGH_PASSES))
        result = run(state, self.problem, replace(options, max_iter=short, accelerated=False))
        restart = Restart(number, name, result.last.log_likelihood, result)
        if result.outcome is Outcome.REACHED_LIMIT and self._leads(restart):
            onward = replace(
                options,
                n_before=result.passes - 1,
                max_iter=rough,
                rule=options.rule.coarser(ROUGH),
            )
            further = result.then(run(result.state, self.problem, onward))
            restart = replace(restart, result=further)
        leads = self._leads(restart)
        self.restarts.append(restart if leads else replace(restart, result=None))
        self.best = restart if leads else self.best

    def _leads(self, restart: Restart) -> bool:
        return self.best is None or rank(restart) > rank(self.best)


def full_moments(cell: CellProblem, state: CellState) -> Moments:
    """Full moments of the best so far on the sample."""
    assert state.best is not None  # asked only of a cell that has one
    return expect(state.best.run.last.mixture, cell.sample.problem, Form.FULL)


def rank(restart: Restart) -> tuple[bool, bool, float]:
    """Healthy before unhealthy, then by the objective.

    A run that has met the floor on its way may be healthy again, but is often bound to collapse:
    it comes after those that have not.
    """
    last = restart.run.last
    return last.healthy, not last.regularised, last.objective


def near(mixture: Mixture, other: Mixture) -> bool:
    """Whether the means of both, in their order, are less than `NEAR` apart."""
    far = np.abs(mixture.means - other.means) > NEAR * other.covariance.standard_deviations
    return not far.any()


def in_words(error: Exception) -> str:
    """The kind of an error and its message."""
    return f"{type(error).__name__}: {error}"
