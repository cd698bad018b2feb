"""Fisher's identity, the score at convergence, and the fixed point.

At any θ the gradient of Q(θ' | θ) at θ' = θ is the gradient of ℓ (Fisher 1925; Dempster, Laird &
Rubin 1977), and Q's gradient is written in moments:

∂ℓ/∂μ_j = Σ_j⁻¹ shift_j      ∂ℓ/∂Σ_j = ½ (Σ_j⁻¹ S_j Σ_j⁻¹ − mass_j Σ_j⁻¹)
∂ℓ/∂ log φ_j along Σ φ = 1: mass_j − n φ_j
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.covariance import tangent_of
from drumlin.em import Outcome, expect, maximise
from drumlin.moments import Form
from tests.ingredients import (
    EVERY_FAMILY,
    STRUCTURE_NAMES,
    assert_same_mixture,
    log_likelihood_gradient,
    moved_along,
    problem_of,
    random_mixture,
)

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
@settings(max_examples=8)
@given(seed=SEEDS, k=st.integers(1, 4), d=st.integers(1, 4))
def test_the_gradient_of_q_is_the_gradient_of_the_log_likelihood(
    structure: str, seed: int, k: int, d: int
) -> None:
    """Assert Fisher's identity at random parameters, far from any optimum."""
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, k, d, structure)
    x = 2.0 * rng.normal(size=(60, d))
    weight = rng.uniform(0.0, 3.0, size=60)
    moments = expect(mixture, problem_of(x, "full", sample_weight=weight), Form.FULL)
    by_weight, by_mean, by_covariance = log_likelihood_gradient(mixture, moments)
    noise = rng.normal(size=(k, d, d))
    direction = rng.normal(size=k), rng.normal(size=(k, d)), noise + noise.transpose(0, 2, 1)
    expected = float(
        by_weight @ direction[0]
        + (by_mean * direction[1]).sum()
        + (by_covariance * direction[2]).sum()
    )
    step = 1e-5  # error h² ℓ''' ~ 1e-10 and rounding ε |ℓ| / h ~ 1e-8, of sums of size |ℓ|
    above, below = (
        float(weight @ moved_along(mixture, direction, side * step).log_density(x))
        for side in (1, -1)
    )
    size = np.abs(by_mean).sum() + np.abs(by_covariance).sum() + abs(moments.log_likelihood)
    assert (above - below) / (2 * step) == pytest.approx(expected, abs=1e-6 * size)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_the_score_is_zero_at_convergence(family: str, faithful: Array) -> None:
    """Assert that at the limit the gradient vanishes, in units of n and standard deviations."""
    fit = drumlin.fit(faithful, 2, family, rng=0, tol=1e-9, max_iter=5000)
    assert fit.outcome is Outcome.CONVERGED
    problem = problem_of(faithful, family, backend=resolve())
    by_weight, by_mean, by_covariance = log_likelihood_gradient(
        fit.mixture, expect(fit.mixture, problem, Form.FULL)
    )
    sd = np.sqrt(np.diagonal(fit.mixture.total_covariance()))
    # a gain of s²/2c is still to be had with score s and curvature c, and c <= n in these units:
    # with 1e-9 nats to go, s <= √(2 · 1e-9 · n)
    tolerance = np.sqrt(2e-9 * len(faithful))
    assert np.abs(by_weight).max() < tolerance
    assert np.abs(by_mean * sd).max() < tolerance
    # each free direction changes Σ_j by a part of itself, so these are the same units
    tangent = tangent_of(fit.family, fit.mixture.covariance.matrices())
    slope, length = np.zeros((2, tangent.n_parameters))
    for j, (root, directions) in enumerate(zip(tangent.roots, tangent.components, strict=True)):
        white = root.T @ by_covariance[j] @ root
        slope[directions.parameters] += np.einsum("ab,gab->g", white, directions.derivatives)
        squares = 0.5 * np.einsum("gab,gab->g", directions.derivatives, directions.derivatives)
        length[directions.parameters] += fit.mixture.weights[j] * squares
    assert len(slope) == fit.family.n_covariance_parameters(2, 2)
    assert (np.abs(slope) < tolerance * np.sqrt(length)).all()


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize("data", ["faithful", "iris", "galaxies"])
def test_the_limit_is_a_fixed_point(family: str, data: str, request: pytest.FixtureRequest) -> None:
    """Assert that M(θ) = θ at convergence: what 1e-10 nats to go allow, their square root."""
    x: Array = request.getfixturevalue(data)
    near = drumlin.fit(x, 2, family, rng=0)
    fit = drumlin.fit(x, 2, family, starts=near.mixture, tol=1e-10, max_iter=5000)
    problem = problem_of(x, family, backend=resolve())
    step = maximise(expect(fit.mixture, problem), problem)
    assert_same_mixture(step.mixture, fit.mixture, 1e-5)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_elsewhere_the_score_is_not_zero_and_no_point_is_fixed(
    family: str, faithful: Array
) -> None:
    """Assert, as a control, that the two tests above fail at a mixture that is not the limit."""
    rng = np.random.default_rng(1)
    centre, sd = faithful.mean(axis=0), faithful.std(axis=0)
    mixture = random_mixture(rng, 2, 2, family)
    mixture = Mixture(mixture.weights, centre + 0.3 * sd * mixture.means, mixture.covariance)
    problem = problem_of(faithful, family)
    by_weight, by_mean, _ = log_likelihood_gradient(mixture, expect(mixture, problem, Form.FULL))
    assert np.abs(by_weight).max() + np.abs(by_mean * sd).max() > 1.0
    step = maximise(expect(mixture, problem), problem)
    with pytest.raises(AssertionError):
        assert_same_mixture(step.mixture, mixture, 1e-3)
