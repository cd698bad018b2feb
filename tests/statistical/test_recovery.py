"""Fits recover the truth: (estimate − truth) / SE is standard normal over many replications.

The standard errors come from the observed scores of each fit, I = Σ_i s_i s_iᵀ, by finite
differences of the log-density: nothing of drumlin's M-step is in them.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import drumlin
from drumlin import Mixture
from drumlin._types import Array

REPLICATIONS = 200
ROWS = 400
TRUTH = np.array([np.log(0.4 / 0.6), -2.0, 2.5, np.log(0.8), np.log(1.3)])
CHANCE = 1e-7


def mixture_of(theta: Array) -> Mixture:
    """Two components on the line from (logit φ, μ_1, μ_2, log σ_1, log σ_2)."""
    weight = 1.0 / (1.0 + np.exp(-theta[0]))
    return Mixture.from_arrays([weight, 1.0 - weight], theta[1:3], np.exp(2.0 * theta[3:5]))


def theta_of(mixture: Mixture) -> Array:
    """The inverse of `mixture_of`."""
    first, second = mixture.weights
    sd = np.sqrt(mixture.covariance.matrices()[:, 0, 0])
    return np.concatenate([[np.log(first / second)], mixture.means[:, 0], np.log(sd)])


def standard_errors(theta: Array, x: Array) -> Array:
    """√ diag (Σ_i s_i s_iᵀ)⁻¹ with the scores s_i by central differences."""
    step = 1e-5
    scores = np.stack(
        [
            (mixture_of(theta + e).log_density(x) - mixture_of(theta - e).log_density(x))
            / (2 * step)
            for e in step * np.eye(5)
        ]
    )
    return np.sqrt(np.diagonal(np.linalg.inv(scores @ scores.T)))


@pytest.fixture(scope="module")
def errors() -> Array:
    """(replications, 5) standardised errors of fits to draws from the truth."""
    rng = np.random.default_rng(2024)
    truth = mixture_of(TRUTH)
    out = np.empty((REPLICATIONS, 5))
    for r in range(REPLICATIONS):
        x, z = truth.sample(ROWS, rng)
        theta = theta_of(drumlin.fit(x, 2, "V", starts=z).mixture)
        out[r] = (theta - TRUTH) / standard_errors(theta, x)
    return out


def assert_standard_normal(errors: Array, bias: float = 0.0) -> None:
    """Assert mean 0 and variance 1 of every parameter, at 1e-7.

    n = 400 leaves a bias of size 1/√n in each standardised error, hence ``bias``, and the variance
    of a ratio with an estimated standard error is above 1 by a few 1/n: 1.1 is allowed.
    """
    z = stats.norm.isf(CHANCE / 2)
    assert (np.abs(errors.mean(axis=0)) < bias + z / np.sqrt(len(errors))).all(), "mean"
    low, high = stats.chi2.interval(1 - CHANCE, len(errors) - 1)
    squares = ((errors - errors.mean(axis=0)) ** 2).sum(axis=0)
    assert ((squares > low) & (squares < 1.1 * high)).all(), "variance"


def test_standardised_errors_are_standard_normal(errors: Array) -> None:
    """Assert that weight, means and standard deviations are recovered, no more and no less."""
    assert_standard_normal(errors, bias=1 / np.sqrt(ROWS))


def test_a_biased_or_too_confident_estimate_is_noticed(errors: Array) -> None:
    """Assert, as a control, that half a standard error of bias or 40 % of its size fails."""
    with pytest.raises(AssertionError, match="mean"):
        assert_standard_normal(errors + 0.5, bias=1 / np.sqrt(ROWS))
    with pytest.raises(AssertionError, match="variance"):
        assert_standard_normal(1.4 * errors, bias=0.5)
    with pytest.raises(AssertionError, match="variance"):
        assert_standard_normal(errors / 1.4, bias=0.5)
