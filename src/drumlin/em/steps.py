"""The algorithm: `expect`, `maximise`, and `iterates`, which alternates them and lets you look.

E-step   w_j⁽ⁱ⁾ = φ_j N(x⁽ⁱ⁾; μ_j, Σ_j) / Σ_s φ_s N(x⁽ⁱ⁾; μ_s, Σ_s)
M-step   φ_j = Σ_i w_j⁽ⁱ⁾ / n,  μ_j = Σ_i w_j⁽ⁱ⁾ x⁽ⁱ⁾ / Σ_i w_j⁽ⁱ⁾,
         Σ_j = Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − μ_j)(x⁽ⁱ⁾ − μ_j)ᵀ / Σ_i w_j⁽ⁱ⁾ and what the family makes of it

Source: Dempster, Laird & Rubin 1977; the rules per family: Celeux & Govaert 1995.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from drumlin._types import Array
from drumlin.covariance import prior_of, unchecked
from drumlin.em.expect_pass import ExpectPass
from drumlin.em.iteration import Iteration, degeneracy_allowance, unhealthy
from drumlin.em.problem import Problem, State
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments

STRETCHED = 300.0
"""Conditioning from which passes over float32 data are made in float64.

In float32 a scatter is known to 1e-7 of its largest variance: of one that is smaller by this
squared two digits are left, and with fewer the objective would fall.
"""


def expect(mixture: Mixture, problem: Problem, form: Form | None = None) -> Moments:
    """E-step over the whole source: the moments about the mixture's means.

    ``form`` is what the family needs unless said otherwise. Where that pays, pooled moments are
    made of masses and shifts alone, the total scatter being known, and are about their own means;
    but of the scatter of each component where those are too far apart.
    """
    needed = problem.family.form if form is None else form
    if problem.sums_means(len(mixture.weights), needed):
        pooled = _expect(mixture, problem, Form.MEANS).pooled(problem.total)
        if _positive_definite(pooled.scatter[0] - problem.least_within):
            return pooled
    return _expect(mixture, problem, needed)


def _expect(mixture: Mixture, problem: Problem, form: Form) -> Moments:
    single = problem.source.dtype == np.float32
    double = single and mixture.covariance.conditioning > STRETCHED
    visit = ExpectPass(mixture, problem.observation, problem.backend, form, double)
    if problem.row_ordering is None:
        return problem.engine.map_reduce(visit, problem.source)
    return problem.row_ordering.expect(visit)


def _positive_definite(matrix: Array) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def maximise(moments: Moments, problem: Problem, *, after: State | None = None) -> State:
    """M-step: the mixture of largest expected log-likelihood given the moments.

    after : the state whose E-step made the moments; rules without a closed form go on from it

    An empty component keeps its mean, gets a weight of almost zero, and the covariance of the
    floor where it shares none and is clipped, else one like the others.
    """
    centred = moments.centred().in_form(problem.family.form)
    previous = None if after is None else after.mixture.covariance
    stays = after is not None and after.regularised
    estimate = problem.family.m_step.estimate(centred, problem.floor, previous, regularised=stays)
    mixture = unchecked(
        Mixture,
        weights=problem.constraints.weights(centred.mass),
        means=centred.origin,
        covariance=estimate.covariance,
        feature_names=None if after is None else after.mixture.feature_names,
    )
    return State(mixture, estimate.on_floor, estimate.regularised)


def iterates(start: State, problem: Problem) -> Iterator[Iteration]:
    """The iterations of EM from ``start``, without end: stop when you have seen enough.

    Every item carries the mixture and its own log-likelihood, so the last one taken is an answer.
    """
    state, index = start, 0
    while True:
        moments = expect(state.mixture, problem)
        yield iteration_at(index, state, moments, problem)
        state = maximise(moments, problem, after=state)
        index += 1


def iteration_at(index: int, state: State, moments: Moments, problem: Problem) -> Iteration:
    """The record of a state and the moments of its E-step."""
    family, floor, n_features = problem.family, problem.floor, state.mixture.n_features
    bad = unhealthy(moments.mass, state.on_floor, family, n_features)
    healthy = not bad.any()
    return Iteration(
        index,
        state,
        moments.log_likelihood,
        moments.mass,
        healthy,
        0.0 if healthy else degeneracy_allowance(moments.mass[bad], family, floor, n_features),
        _penalty(state, moments, problem),
    )


def _penalty(state: State, moments: Moments, problem: Problem) -> float:
    """½ Σ_j tr(Σ_j⁻¹ R) in nats."""
    if not state.regularised:
        return 0.0
    per_row = problem.family.m_step.penalty(state.mixture.covariance, problem.floor)
    return float(moments.mass.sum()) * per_row


def own_moments(state: State, problem: Problem) -> Moments:
    """The moments per row of a mixture's own samples: the family's M-step of them is the mixture.

    Where the family cannot hold the mixture, or it is below the floor, that is the nearest one.
    What the M-step will add is taken away.
    """
    mixture = state.mixture
    scatter = mixture.weights[:, None, None] * mixture.covariance.matrices()
    if state.regularised:
        scatter = scatter - prior_of(problem.floor).matrix
    else:  # in flat directions rounding would lift it off the floor, to and fro
        scatter = scatter - mixture.weights[:, None, None] * problem.floor.offset
    return Moments(
        0.0,
        1.0,
        mixture.weights,
        np.zeros_like(mixture.means),
        scatter,
        mixture.means,
    )
