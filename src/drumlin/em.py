"""The algorithm: `expect`, `maximise`, and `iterates`, which alternates them and lets you look.

E-step   w_j⁽ⁱ⁾ = φ_j N(x⁽ⁱ⁾; μ_j, Σ_j) / Σ_s φ_s N(x⁽ⁱ⁾; μ_s, Σ_s)
M-step   φ_j = Σ_i w_j⁽ⁱ⁾ / n,  μ_j = Σ_i w_j⁽ⁱ⁾ x⁽ⁱ⁾ / Σ_i w_j⁽ⁱ⁾,
         Σ_j = Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − μ_j)(x⁽ⁱ⁾ − μ_j)ᵀ / Σ_i w_j⁽ⁱ⁾ and what the family makes of it

Source: Dempster, Laird & Rubin 1977; the rules per family: Celeux & Govaert 1995.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from drumlin.backends import Backend
from drumlin.constraints import total_moments
from drumlin.covariance import Family, Floor, Structure, computed
from drumlin.data import Rows, Source
from drumlin.execution import Executor
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.observation import Complete
from drumlin.ordering import Ordering

Array = np.ndarray

SMALLEST_WEIGHT = 1e-300
"""An empty component keeps this weight, so that its logarithm exists."""

FARTHEST = {np.dtype(np.float64): 1e4, np.dtype(np.float32): 1e2}
"""Total over within, in any direction, up to which within = total − between, per float type.

Measured: the relative error of the difference is at most 2e-16 times the ratio; in float32, where
the means are off by about 4e-8 standard deviations, 1e-7 times its square root.
"""

POOLED_FEATURES, POOLED_WORK = 6, 1e6
"""Columns, and n k d², from which the pooled pass saves more than it costs: measured."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What a run works on, and who does the work."""

    source: Source
    family: Family
    floor: Floor
    backend: Backend
    executor: Executor
    ordering: Ordering | None = None

    @cached_property
    def total(self) -> Moments:
        """All rows as one component, measured when first asked for: a pooled pass needs it."""
        return total_moments(self.source, self.backend, self.executor)

    @cached_property
    def least_within(self) -> Array:
        """(d, d) the scatter within components below which total − between is not exact enough.

        On the floor it need not be: there the M-step puts the floor in its place.
        """
        total = self.total.centred()
        farthest = FARTHEST[self.source.dtype]
        return total.scatter[0] / farthest - total.mass[0] * self.floor.matrix


@dataclass(frozen=True, eq=False)
class Step:
    """What an M-step returns: the mixture, and which components rest on the floor, (k,) bool."""

    mixture: Mixture
    on_floor: Array


@dataclass(frozen=True, eq=False)
class Iteration:
    """One pass of a run; the log-likelihood belongs to the mixture beside it.

    index : ()              0 for the start
    mixture : Mixture       the parameters of this pass
    log_likelihood : ()     Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) in nats; rows of known label count log p(x, z)
    mass : (k,)             soft counts under this mixture
    on_floor : (k,) bool    components that rest on the floor
    healthy : bool          whether every component has enough mass and is off the floor
    handicap : ()           nats that its unhealthy components may owe to being so; 0 when healthy
    candidate : bool        a jump of the accelerator, not a step of EM
    accepted : bool         False for a candidate that was worse than the step of EM before it
    remaining : ()          the accelerator's estimate of the nats still to be gained; else nan
    run, stage : int, str   set by `fit`: which start, and "full" on all of the data; on a part of
                            them "start" in a short run, then "subsample"
    """

    index: int
    mixture: Mixture
    log_likelihood: float
    mass: Array
    on_floor: Array
    healthy: bool
    handicap: float = 0.0
    candidate: bool = False
    accepted: bool = True
    remaining: float = math.nan
    run: int = 0
    stage: str = "full"


def expect(mixture: Mixture, problem: Problem, form: Form | None = None) -> Moments:
    """E-step over the whole source: the moments about the mixture's means.

    ``form`` is what the family needs unless said otherwise. Where that pays, pooled moments are
    made of masses and shifts alone, the total scatter being known, and are about their own means;
    but of the scatter of each component where those are too far apart.
    """
    needed = problem.family.form if form is None else form
    n_components, d = mixture.means.shape
    pays = d >= POOLED_FEATURES and problem.source.n_samples * n_components * d * d >= POOLED_WORK
    if needed is Form.POOLED and pays:
        pooled = _expect(mixture, problem, Form.MEANS).pooled(problem.total)
        if _positive_definite(pooled.scatter[0] - problem.least_within):
            return pooled
    return _expect(mixture, problem, needed)


def _expect(mixture: Mixture, problem: Problem, form: Form) -> Moments:
    observation = Complete(problem.backend)

    def pass_over(rows: Rows, n_threads: int) -> Moments:
        return observation.moments(mixture, rows, form=form, n_threads=n_threads)

    visit = partial(problem.executor.map_reduce, pass_over)
    if problem.ordering is None:
        return visit(problem.source)
    return problem.ordering.expect(mixture, form, visit)


def _positive_definite(matrix: Array) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def maximise(
    moments: Moments,
    family: Family,
    floor: Floor,
    *,
    previous: Structure | None = None,
    feature_names: tuple[str, ...] | None = None,
) -> Step:
    """M-step: the mixture of largest expected log-likelihood given the moments.

    An empty component keeps its mean, gets a weight of almost zero, and rests on the floor.
    """
    centred = moments.centred().in_form(family.form)
    estimate = family.estimate(centred, floor, previous)
    weights = np.maximum(centred.mass / centred.mass.sum(), SMALLEST_WEIGHT)
    mixture = computed(
        Mixture,
        weights=weights,
        means=centred.origin,
        covariance=estimate.covariance,
        feature_names=feature_names,
    )
    return Step(mixture, estimate.on_floor)


def iterates(start: Step, problem: Problem) -> Iterator[Iteration]:
    """The iterations of EM from ``start``, without end: stop when you have seen enough.

    Every item carries the mixture and its own log-likelihood, so the last one taken is an answer.
    """
    step, index = start, 0
    while True:
        moments = expect(step.mixture, problem)
        yield iteration_at(index, step, moments, problem)
        step = next_step(step, moments, problem)
        index += 1


def iteration_at(index: int, step: Step, moments: Moments, problem: Problem) -> Iteration:
    """What is told of a mixture and the moments of its E-step."""
    sick = unhealthy(moments.mass, step.on_floor, problem.family, step.mixture.n_features)
    ill = bool(sick.any())
    return Iteration(
        index,
        step.mixture,
        moments.log_likelihood,
        moments.mass,
        step.on_floor,
        not ill,
        handicap(moments.mass[sick], problem) if ill else 0.0,
    )


def next_step(step: Step, moments: Moments, problem: Problem) -> Step:
    """The M-step that follows the E-step of ``step``."""
    return maximise(
        moments,
        problem.family,
        problem.floor,
        previous=step.mixture.covariance,
        feature_names=step.mixture.feature_names,
    )


def own_moments(mixture: Mixture) -> Moments:
    """The moments per row of a mixture's own samples: the family's M-step of them is the mixture.

    Where the family cannot hold the mixture, or it is below the floor, that is the nearest one.
    """
    return Moments(
        0.0,
        1.0,
        mixture.weights,
        np.zeros_like(mixture.means),
        mixture.weights[:, None, None] * mixture.covariance.matrices(),
        mixture.means,
    )


def unhealthy(mass: Array, on_floor: Array, family: Family, n_features: int) -> Array:
    """(k,) bool: components below the family's smallest mass, or on the floor."""
    below: Array = mass < family.minimum_mass(n_features) * (1.0 - 1e-9)
    return below | on_floor


def handicap(mass: Array, problem: Problem) -> float:
    """Twice what components of this mass can gain by collapsing to the floor, ½ d log(1/ε) a row.

    An unhealthy run that is better than a healthy one by more than this owes it to something else:
    a lone far row, say, that would otherwise drag a broad component over true clusters.
    """
    n_features = problem.source.n_features
    rows = np.maximum(mass, problem.family.minimum_mass(n_features)).sum()
    return float(n_features * np.log(1.0 / problem.floor.epsilon) * rows)


def as_given(mixture: Mixture) -> Step:
    """A mixture from outside as a start: nobody knows yet of any component on the floor."""
    return Step(mixture, np.zeros(mixture.n_components, dtype=bool))
