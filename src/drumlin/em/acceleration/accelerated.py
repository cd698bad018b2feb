"""Fewer passes to the same answer: EM whose steps are extrapolated, and never go down.

Where components overlap, EM shrinks its distance to the limit by a nearly constant factor close to
one. `accelerated` looks at its last steps and jumps ahead. A jump is kept only if its
objective is at least that of the plain EM step before it, so a run is as monotone as EM
itself. One cycle:

1. A plain step. Its gain, and by how much the next step is shorter, estimate what remains: at
   least what the last jump gained, and the slowest shrinkage of the last half of the run counts.
2. Candidate A, Anderson mixing: the combination of the last residuals f = M(θ) − θ that is
   shortest belongs to a point nearer to the limit.
3. Where A is refused, or was lately: candidate S, the squared extrapolation θ + 2ar + a²v with
   r = f₀, v = f₁ − f₀, a = ‖r‖ / ‖v‖.

Every candidate is a whole E-step, whose moments the next plain step uses.

Source: Anderson 1965; Walker & Ni 2011; Varadhan & Roland 2008 (SQUAREM).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from drumlin.em.acceleration.anderson import AndersonMixing
from drumlin.em.acceleration.parameter_vector import ParameterVector
from drumlin.em.acceleration.squarem import TINY, Squarem, length
from drumlin.em.iteration import Iteration
from drumlin.em.problem import Problem, State
from drumlin.em.steps import expect, iteration_at, maximise, own_moments
from drumlin.em.stopping import remaining_after
from drumlin.mixture import Mixture
from drumlin.moments import Moments

PLAIN_PASSES, LONG = 5, 10.0
"""Plain passes before the first jump; jumps pay where so many or more are left."""

FEWEST = 5
"""The estimate of what remains looks at the last half of the plain steps, at least so many."""


@dataclass(frozen=True, eq=False)
class EvaluatedState:
    """A state whose E-step has been made."""

    state: State
    moments: Moments
    iteration: Iteration
    problem: Problem

    @cached_property
    def next(self) -> State:
        """The plain step of EM from here."""
        return maximise(self.moments, self.problem, after=self.state)

    def keeps(self, jump: EvaluatedState) -> bool:
        """Whether a jump is at least as good as this plain step, and no worse in health."""
        lost_health = self.iteration.healthy and not jump.iteration.healthy
        return jump.iteration.objective >= self.iteration.objective and not lost_health

    def admits(self, mixture: Mixture | None) -> State | None:
        """A jump as the family holds it; None where a component meets or leaves the floor.

        To leave it is for plain steps: a jump may lie above it by its rounding alone, in ℓ too.
        """
        if mixture is None:
            return None
        jump = State(mixture, self.state.on_floor, self.state.regularised)
        held = maximise(own_moments(jump, self.problem), self.problem, after=jump)
        same = held.regularised == self.state.regularised
        return held if same and (held.on_floor == self.state.on_floor).all() else None


@dataclass(eq=False)
class Passes:
    """The one place where E-steps are made, and counted."""

    problem: Problem
    count: int = 0

    def at(self, state: State) -> EvaluatedState:
        """The E-step of this mixture."""
        moments = expect(state.mixture, self.problem)
        iteration = iteration_at(self.count, state, moments, self.problem)
        self.count += 1
        return EvaluatedState(state, moments, iteration, self.problem)


def accelerated(start: State, problem: Problem, tol: float = 0.0) -> Iterator[Iteration]:
    """The iterations of accelerated EM from ``start``, without end, like `drumlin.em.iterates`.

    tol : nats; a run that stops when so much remains is spared jumps that plain EM hardly needs

    Refused candidates are yielded too, with ``accepted`` false. The iterations of plain steps
    between jumps carry in ``remaining`` how much is left.
    """
    passes = Passes(problem)
    here = passes.at(start)
    yield here.iteration
    gain = before = 0.0
    while passes.count <= PLAIN_PASSES or passes_left(before, gain, tol) < LONG:
        plain = passes.at(here.next)
        before, gain = gain, plain.iteration.gain_over(here.iteration)
        here = plain
        yield here.iteration
    yield from _cycles(here, passes)


def _cycles(here: EvaluatedState, passes: Passes) -> Iterator[Iteration]:
    vectors = ParameterVector(here.state.mixture)
    shrinkage: list[float] = []
    start, jumped = vectors.of(here.state.mixture), np.inf
    rules = (AndersonMixing.of_size(len(start)), Squarem())
    while True:
        plain = passes.at(here.next)
        gain = plain.iteration.gain_over(here.iteration)
        first, second = (vectors.of(state.mixture) for state in (plain.state, plain.next))
        shrinkage.append(length(second - first) / max(length(first - start), TINY))
        slowest = max(shrinkage[-max(FEWEST, len(shrinkage) // 2) :])
        remaining = max(remaining_after(gain, slowest), jumped)
        yield replace(plain.iteration, remaining=remaining)
        for rule in rules:
            rule.see(start, first, second)
        here, start, jumped = plain, first, 0.0
        for rule in rules:
            vector = rule.extrapolate()
            state = None if vector is None else plain.admits(vectors.mixture(vector))
            if state is None:
                continue
            jump = passes.at(state)
            kept = plain.keeps(jump)
            yield replace(jump.iteration, extrapolated=True, accepted=kept)
            rule.learn(kept=kept)
            if kept:
                here, start = jump, vectors.of(state.mixture)
                jumped = jump.iteration.gain_over(plain.iteration)
                break


def passes_left(before: float, gain: float, tol: float) -> float:
    """Passes of plain EM until ``tol`` nats remain, were two gains in a row to shrink on so."""
    if not 0.0 < gain < before < np.inf:
        return np.inf if gain > before > 0.0 else 0.0
    factor = gain / before
    remaining = gain * factor / (1.0 - factor)
    if tol <= 0.0:
        return np.inf
    return float(np.log(max(remaining / tol, 1.0)) / -np.log(factor))
