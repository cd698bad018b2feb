"""Clusters that are hard to see: behind an outlier, or in two columns of twenty."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import drumlin
from drumlin.errors import DrumlinWarning
from tests.hostile.ingredients import assert_usable, variances


def with_outlier(columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Two clusters of 300 rows and variance 1, ten apart, and one row at 1e6."""
    rng = np.random.default_rng(9)
    labels = np.repeat([0, 1, 2], [300, 300, 1])
    x = rng.normal(size=(601, columns)) + 10.0 * (labels == 1)[:, None]
    x[-1] = 1e6
    return x, labels


@pytest.mark.parametrize("columns", [1, 2])
def test_a_far_outlier_does_not_blur_the_clusters(family: str, columns: int) -> None:
    """Assert that two clusters keep variance 1 beside an outlier at 1e6, from its start."""
    x, labels = with_outlier(columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)  # one row is no healthy component
        fitted = drumlin.fit(x, 3, family, starts=labels)
    assert_usable(fitted, x)
    # The relative floor is 1e-10 · (1e6)² / 601 = 0.17; the standard error of a variance is 0.08.
    np.testing.assert_allclose(variances(fitted.mixture)[:2], 1.0, atol=0.35)
    np.testing.assert_allclose(fitted.mixture.weights, [300 / 601, 300 / 601, 1 / 601], atol=1e-6)


@pytest.mark.parametrize("columns", [1, 3])
def test_a_far_outlier_is_found_by_default(family: str, columns: int) -> None:
    """Assert that drumlin.fit, left alone, sets the outlier apart and keeps the two clusters."""
    x, labels = with_outlier(columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)  # one row is no healthy component
        fitted = drumlin.fit(x, 3, family, rng=0)
    np.testing.assert_allclose(variances(fitted.mixture)[:2], 1.0, atol=0.35)
    found = fitted.mixture.labels(x)
    assert len(np.unique(found[labels == 0])) == len(np.unique(found[labels == 1])) == 1


def noisy_columns() -> tuple[np.ndarray, np.ndarray]:
    """Six clusters in 2 of 20 columns; the other 18 are noise of larger variance."""
    rng = np.random.default_rng(10)
    labels = rng.integers(0, 6, size=1200)
    angle = labels * np.pi / 3.0
    x = rng.normal(size=(1200, 20)) * 3.0
    x[:, 4] = 8.0 * np.cos(angle) + rng.normal(size=1200)
    x[:, 11] = 8.0 * np.sin(angle) + rng.normal(size=1200)
    return x, labels


@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_six_clusters_in_two_of_twenty_columns(family: str) -> None:
    """Assert that the fit is as good as the one started at the true labels."""
    x, labels = noisy_columns()
    truth = drumlin.fit(x, 6, family, starts=labels)
    fitted = drumlin.fit(x, 6, family, rng=0)
    assert fitted.healthy
    # 200 rows per component of 231 parameters: optima within a nat of each other, of 59 000
    assert fitted.log_likelihood > truth.log_likelihood - 1.0
    found = fitted.mixture.labels(x)
    table = np.zeros((6, 6), dtype=int)
    np.add.at(table, (labels, found), 1)
    assert table.max(axis=1).sum() > 0.97 * len(x)


@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize("far", [1e3, 1e10, 1e75, 1e139])
def test_far_rows_keep_finite_densities(family: str, backend: str, far: float) -> None:
    """Assert that a row however far has a finite log-density and responsibilities that sum to 1."""
    x, labels = with_outlier(2)
    mixture = drumlin.fit(x[:-1], 2, family, starts=labels[:-1]).mixture
    rows = far * np.array([[1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    density = mixture.log_density(rows, backend=backend)
    assert np.isfinite(density).all()
    assert (density < -0.1 * far).all() or far > 1e100
    np.testing.assert_allclose(
        mixture.responsibilities(rows, backend=backend).sum(axis=1), 1.0, atol=1e-12
    )
