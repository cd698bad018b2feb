"""One run: iterations of EM, plain or accelerated, from a start until a rule says stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from drumlin.covariance import prior_of
from drumlin.em.acceleration.accelerated import accelerated
from drumlin.em.interruption import STOP_REASONS, Ending, Outcome, StopRequest
from drumlin.em.iteration import Iteration
from drumlin.em.problem import Problem, State
from drumlin.em.row_order import row_ordering
from drumlin.em.steps import iterates
from drumlin.em.stopping import Path, StoppingRule, blurred, rounding

Observer = Callable[[Iteration], object]
"""Sees every pass; one that returns True stops the run, and the fit."""

LOOK, LAST = 10, 3
"""`run_towards` looks after so many passes; what the last few gained is the rate of the run."""


@dataclass(frozen=True)
class RunOptions:
    """What ends a run, and what is done along it.

    rule : when it has converged;  max_iter : E-steps at most
    stop : requests from outside
    observers : callables that see every pass, with ``run`` and ``stage``
    n_before : E-steps that were made before, and count
    closed_form : the start is the answer, one pass measures it
    accelerated : whether jumps are tried
    """

    rule: StoppingRule
    max_iter: int
    stop: StopRequest
    observers: Sequence[Observer] = ()
    stage: str = "full"
    run: int = 0
    n_before: int = 0
    closed_form: bool = False
    accelerated: bool = True


@dataclass(frozen=True, eq=False)
class RunResult:
    """Where a run ended: its last accepted iteration, the path of ℓ up to it, and why.

    passes : E-steps, jumps of the accelerator included
    accepted, refused : those jumps
    """

    last: Iteration
    path: tuple[float, ...]
    ending: Ending
    passes: int
    accepted: int = 0
    refused: int = 0

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return self.ending.outcome

    @property
    def state(self) -> State:
        """Where it ended, as a start."""
        return self.last.state

    def rank(self) -> float:
        """The objective, less what unhealthy components may owe to being unhealthy."""
        return self.last.objective - self.last.degeneracy_allowance

    def then(self, more: RunResult) -> RunResult:
        """This run and another that went on from its end, and measured that again."""
        passes = self.passes - 1 + more.passes
        return replace(more, path=self.path[:-1] + more.path, passes=passes)


def run(start: State, problem: Problem, options: RunOptions) -> RunResult:
    """Iterates until ``options`` say stop. The result ends with the best iteration.

    A fall of the objective by more than rounding ends the run with DECREASED, and the iteration
    before the fall is the last. A refused jump is no fall: the run does not go there.
    """
    result = _run(start, with_row_ordering(problem, start.mixture.n_components), options)
    n_samples = problem.source.n_samples
    problem.engine.counter.add(n_samples, result.passes, result.accepted, result.refused)
    return result


def run_towards(start: State, problem: Problem, options: RunOptions, target: float) -> RunResult:
    """The run from ``start``, given up where its rate would not bring it to ``target``.

    target : nats of `RunResult.rank`, to be reached until max_iter. EM slows down, but from a split
    it may creep before it gains speed: so the rate is taken as it is, which is seldom too little.
    """
    first = run(start, problem, replace(options, max_iter=min(LOOK, options.max_iter)))
    ahead = options.max_iter - first.passes
    if first.outcome is not Outcome.REACHED_LIMIT or ahead <= 0:
        return first
    rate = (first.path[-1] - first.path[-1 - LAST]) / LAST
    if first.rank() + ahead * rate < target:
        return first
    return first.then(run(first.state, problem, replace(options, max_iter=ahead + 1)))


def with_row_ordering(problem: Problem, n_components: int) -> Problem:
    """The same for one run, which may order the rows when that makes its passes cheaper."""
    if not problem.observation.complete:
        return problem
    form = problem.family.form
    ordering = row_ordering(problem.source, problem.engine, n_components, form)
    return problem if ordering is None else replace(problem, row_ordering=ordering)


def _run(start: State, problem: Problem, options: RunOptions) -> RunResult:
    monitor = ConvergenceMonitor(options, problem)
    jumps = options.accelerated and not options.closed_form
    tol = options.rule.tol
    for iteration in accelerated(start, problem, tol) if jumps else iterates(start, problem):
        if options.observers:
            seen = replace(iteration, run=options.run, stage=options.stage)
            options.stop.notify(options.observers, seen)
        ending = monitor.see(iteration)
        if ending is not None:
            return monitor.result(ending)
    raise AssertionError("iterates never ends")


@dataclass(eq=False)
class ConvergenceMonitor:
    """A run so far, and whether it goes on.

    path : ℓ of the accepted iterations;  seen : what the stopping rule looks at
    """

    options: RunOptions
    problem: Problem
    path: list[float] = field(default_factory=list)
    seen: Path = field(default_factory=Path)
    last: Iteration | None = None
    accepted: int = 0
    refused: int = 0

    @property
    def passes(self) -> int:
        """E-steps so far."""
        return len(self.path) + self.refused

    def see(self, iteration: Iteration) -> Ending | None:
        """None, or how and why the run ends with this iteration, or before it."""
        if not iteration.accepted:
            self.refused += 1
            return self._limits()
        gain = 0.0 if self.last is None else iteration.gain_over(self.last)
        noise = self._noise(iteration, gain)
        if gain < -noise:
            what = "penalised log-likelihood" if iteration.regularised else "log-likelihood"
            reason = f"the {what} fell by {-gain:.3g} nats after pass {self.passes}"
            return Ending(Outcome.DECREASED, reason)
        if gain == np.inf:
            self.seen.objectives.clear()
        self.path.append(iteration.log_likelihood)
        self.seen.objectives.append(iteration.objective)
        self.last = iteration
        self.accepted += iteration.extrapolated
        reached = self._reason(iteration, gain, noise)
        return self._limits() if reached is None else Ending(Outcome.CONVERGED, reached)

    def result(self, ending: Ending) -> RunResult:
        """The record of the run."""
        assert self.last is not None  # the first iteration is always accepted
        passes = self.passes + (ending.outcome is Outcome.DECREASED)
        path = tuple(self.path)
        return RunResult(self.last, path, ending, passes, self.accepted, self.refused)

    def _noise(self, iteration: Iteration, gain: float) -> float:
        """What rounding hides; the conditioning is looked at only where the gain is in doubt."""
        value = abs(iteration.log_likelihood) + iteration.penalty
        weight = self.seen.total_weight = self.seen.total_weight or float(iteration.mass.sum())
        doubtful = bool(self.path) and gain < self.options.rule.tol
        conditioning = iteration.mixture.covariance.conditioning if doubtful else 1.0
        noise = rounding(value, weight, self.problem.source.dtype, conditioning)
        if iteration.regularised:
            least = prior_of(self.problem.floor).smallest_eigenvalue
            noise += blurred(weight, iteration.mixture.n_features, least)
        return noise

    def _reason(self, iteration: Iteration, gain: float, noise: float) -> str | None:
        """Why the run has converged, if it has. Jumps are not looked at, only steps of EM."""
        if self.options.closed_form:
            return "closed form: one M-step is the maximum"
        if iteration.extrapolated:
            return None
        if not math.isnan(iteration.remaining):
            self.seen.gains.append(gain)
            self.seen.remaining.append(iteration.remaining)
        self.seen.noise = noise
        return self.options.rule.reason(self.seen)

    def _limits(self) -> Ending | None:
        requested = self.options.stop.outcome()
        if requested is not None:
            return Ending(requested, STOP_REASONS[requested])
        if self.options.n_before + self.passes >= self.options.max_iter:
            return Ending(Outcome.REACHED_LIMIT, f"max_iter is {self.options.max_iter} passes")
        return None
