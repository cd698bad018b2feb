"""One run: iterations of EM, plain or accelerated, from a start until a rule says stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from drumlin.em.acceleration.accelerated import accelerated
from drumlin.em.cost import PassCounter
from drumlin.em.interruption import STOP_REASONS, Outcome, StopRequest
from drumlin.em.iteration import Iteration
from drumlin.em.problem import Problem, State
from drumlin.em.row_order import ordering_of
from drumlin.em.steps import iterates
from drumlin.em.stopping import blurred, reason_among_jumps, reason_to_stop, rounding

Observer = Callable[[Iteration], object]


@dataclass(frozen=True)
class RunOptions:
    """What ends a run, and who looks on.

    tol : nats still to be gained;  max_iter : E-steps;  halt : Ctrl-C and time
    passed : E-steps that were already made, and count
    closed_form : the start is the answer, one pass measures it
    accelerated : whether jumps are run_towards
    ledger : where the passes are counted
    """

    tol: float
    max_iter: int
    halt: StopRequest
    counter: PassCounter
    observers: Sequence[Observer] = ()
    stage: str = "full"
    run: int = 0
    passed: int = 0
    closed_form: bool = False
    accelerated: bool = True


@dataclass(frozen=True, eq=False)
class RunResult:
    """Where a run ended: its last accepted iteration, the path of ℓ up to it, and why.

    passes : E-steps, candidates of the accelerator included
    accepted, refused : those candidates
    """

    last: Iteration
    path: tuple[float, ...]
    outcome: Outcome
    reason: str
    passes: int
    accepted: int = 0
    refused: int = 0

    def rank(self) -> float:
        """The objective, less what unhealthy components may owe to being unhealthy."""
        return self.last.objective - self.last.degeneracy_allowance

    def then(self, more: RunResult) -> RunResult:
        """This run and another that went on from its end, and measured that again."""
        passes = self.passes - 1 + more.passes
        return replace(more, path=self.path[:-1] + more.path, passes=passes)


def run(start: State, problem: Problem, watch: RunOptions) -> RunResult:
    """Iterates until ``watch`` says stop. The trace ends with its best iteration.

    A fall of the objective by more than rounding ends the run with DECREASED, and the
    iteration before the fall is the last. A refused candidate is no fall: nobody went there.
    """
    trace = _followed(start, in_order(problem, start.mixture.n_components), watch)
    watch.counter.add(problem.source.n_samples, trace.passes, trace.accepted, trace.refused)
    return trace


def in_order(problem: Problem, n_components: int) -> Problem:
    """The same for one run, which may order the rows when that makes its passes cheaper."""
    given = problem.source, problem.backend, problem.executor
    ordering = ordering_of(*given, n_components, problem.family.form)
    return problem if ordering is None else replace(problem, ordering=ordering)


def _followed(start: State, problem: Problem, watch: RunOptions) -> RunResult:
    course = ConvergenceMonitor(watch, problem)
    jumps = watch.accelerated and not watch.closed_form
    for iteration in accelerated(start, problem, watch.tol) if jumps else iterates(start, problem):
        if watch.observers:
            seen = replace(iteration, run=watch.run, stage=watch.stage)
            for observer in watch.observers:
                observer(seen)
        ended = course.go_on(iteration)
        if ended is not None:
            return course.trace(*ended)
    raise AssertionError("iterates never ends")


@dataclass(eq=False)
class ConvergenceMonitor:
    """A run so far, and whether it goes on.

    path : ℓ of the accepted iterations;  objectives : of those since it changed, if it did
    gains, remaining : of plain steps among jumps;  count : the mass of all, summed once
    """

    watch: RunOptions
    problem: Problem
    path: list[float] = field(default_factory=list)
    objectives: list[float] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)
    remaining: list[float] = field(default_factory=list)
    last: Iteration | None = None
    accepted: int = 0
    refused: int = 0
    count: float = 0.0

    @property
    def passes(self) -> int:
        """E-steps so far."""
        return len(self.path) + self.refused

    def go_on(self, iteration: Iteration) -> tuple[Outcome, str] | None:
        """None, or how and why the run ends with this iteration, or before it."""
        if not iteration.accepted:
            self.refused += 1
            return self._limits()
        gain = 0.0 if self.last is None else iteration.gain_over(self.last)
        noise = self._noise(iteration, gain)
        if gain < -noise:
            what = "penalised log-likelihood" if iteration.regularised else "log-likelihood"
            reason = f"the {what} fell by {-gain:.3g} nats after pass {self.passes}"
            return Outcome.DECREASED, reason
        if gain == np.inf:
            self.objectives.clear()
        self.path.append(iteration.log_likelihood)
        self.objectives.append(iteration.objective)
        self.last = iteration
        self.accepted += iteration.candidate
        why = self._reason(iteration, gain, noise)
        return self._limits() if why is None else (Outcome.CONVERGED, why)

    def _noise(self, iteration: Iteration, gain: float) -> float:
        """What rounding hides; the conditioning is looked at only where the gain is in doubt."""
        value = abs(iteration.log_likelihood) + iteration.penalty
        count = self.count = self.count or float(iteration.mass.sum())
        doubtful = bool(self.path) and gain < self.watch.tol
        conditioning = iteration.mixture.covariance.conditioning if doubtful else 1.0
        noise = rounding(value, count, self.problem.source.dtype, conditioning)
        if iteration.regularised:
            noise += blurred(count, iteration.mixture.n_features, self.problem.floor.least)
        return noise

    def _reason(self, iteration: Iteration, gain: float, noise: float) -> str | None:
        """Why the run has converged, if it has. Jumps are not looked at, only steps of EM."""
        if self.watch.closed_form:
            return "closed form: one M-step is the maximum"
        if iteration.candidate:
            return None
        if math.isnan(iteration.remaining):
            return reason_to_stop(self.objectives, self.watch.tol, noise)
        self.gains.append(gain)
        self.remaining.append(iteration.remaining)
        return reason_among_jumps(self.gains, self.remaining, self.watch.tol, noise)

    def _limits(self) -> tuple[Outcome, str] | None:
        halted = self.watch.halt.outcome()
        if halted is not None:
            return halted, STOP_REASONS[halted]
        if self.watch.passed + self.passes >= self.watch.max_iter:
            return Outcome.REACHED_LIMIT, f"max_iter is {self.watch.max_iter} passes"
        return None

    def trace(self, outcome: Outcome, reason: str) -> RunResult:
        """The record of the run."""
        assert self.last is not None  # the first iteration is always accepted
        path = tuple(self.path)
        passes = self.passes + (outcome is Outcome.DECREASED)
        return RunResult(self.last, path, outcome, reason, passes, self.accepted, self.refused)


def last_step(trace: RunResult) -> State:
    """Where a run ended, as a start."""
    last = trace.last
    return State(last.mixture, last.on_floor, last.regularised)


LOOK, LAST = 10, 3
"""After so many passes a trial is looked at; what the last few gained is its rate."""


def run_towards(start: State, problem: Problem, watch: RunOptions, target: float) -> RunResult:
    """The run from ``start``, given up where its rate would not bring it to ``target``.

    target : nats of `RunResult.rank`, to be reached until max_iter. EM slows down, but from a split
    it may creep before it gains speed: so the rate is taken as it is, which is seldom too little.
    """
    first = run(start, problem, replace(watch, max_iter=min(LOOK, watch.max_iter)))
    ahead = watch.max_iter - first.passes
    if first.outcome is not Outcome.REACHED_LIMIT or ahead <= 0:
        return first
    rate = (first.path[-1] - first.path[-1 - LAST]) / LAST
    if first.rank() + ahead * rate < target:
        return first
    return first.then(run(last_step(first), problem, replace(watch, max_iter=ahead + 1)))
