"""What the tests of hard data share: every family by name, and what a usable mixture is."""

from __future__ import annotations

import numpy as np

import drumlin
from drumlin import covariance

FAMILIES = tuple(family.name for family in covariance.FAMILIES)


def variances(mixture: drumlin.Mixture) -> np.ndarray:
    """(k, d) diagonals of the Σ_j."""
    return np.einsum("jaa->ja", mixture.covariance.matrices())


def assert_usable(fitted: drumlin.Fit, x: np.ndarray) -> None:
    """The mixture scores every row finitely, and what the fit says of itself is true."""
    mixture = fitted.mixture
    density = mixture.log_density(x)
    assert np.isfinite(density).all()
    sums = mixture.responsibilities(x).sum(axis=1)
    np.testing.assert_allclose(sums, 1.0, atol=1e-6 if x.dtype == np.float32 else 1e-12)
    assert np.isfinite(fitted.log_likelihood)
    assert np.isfinite(mixture.weights).all()
    assert abs(mixture.weights.sum() - 1.0) < 1e-12
    assert np.isfinite(mixture.means).all()
    assert np.isfinite(mixture.covariance.log_determinants).all()
