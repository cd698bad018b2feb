"""Data far from zero, and columns whose units differ: only the shape of the data may matter."""

from __future__ import annotations

import numpy as np
import pytest

import drumlin
from drumlin.backends import Backend, resolve
from drumlin.covariance import family_named
from drumlin.data import ArraySource, Rows
from drumlin.em import Problem, summarise
from drumlin.starts import whitened_sample
from tests.hostile.ingredients import variances
from tests.ingredients import engine_for

Clusters = tuple[np.ndarray, np.ndarray]


def within(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(2, d) variances of the two groups, in float64."""
    wide = np.asarray(x, dtype=np.float64)
    return np.stack([wide[labels == j].var(axis=0) for j in (0, 1)])


def expected(family: str, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What the family makes of the variances of groups of 240 and 160.

    Of families without a formula: their fit to the labels, near zero and in float64.
    """
    spread = within(x, labels)
    if family == "tied":
        return np.repeat((0.6 * spread[0] + 0.4 * spread[1])[None], 2, axis=0)
    if family == "spherical":
        return np.repeat(spread.mean(axis=1)[:, None], spread.shape[1], axis=1)
    if family in ("full", "diag"):
        return spread
    centred = np.asarray(x, dtype=np.float64) - np.mean(x, axis=0, dtype=np.float64)
    return variances(drumlin.fit(centred, 2, family, labels=labels).mixture)


@pytest.mark.parametrize(
    ("offset", "dtype", "tolerance"),
    # The tolerance is the rounding of the data themselves: x is known to ε·offset, its variance
    # of 1 to about 4·ε·offset at worst; the clusters overlap in e⁻²⁵ of a row.
    [(0.0, "float64", 1e-9), (1e8, "float64", 1e-7), (0.0, "float32", 1e-4), (1e6, "float32", 0.1)],
)
def test_offset_data_have_the_right_variances(
    two_clusters: Clusters,
    family: str,
    backend: Backend,
    offset: float,
    dtype: str,
    tolerance: float,
) -> None:
    """Assert that an offset changes neither the variances nor the weights."""
    x, labels = two_clusters
    x = (x + offset).astype(dtype)
    fitted = drumlin.fit(x, 2, family, backend=backend, rng=0, starts=3)
    assert fitted.healthy
    np.testing.assert_allclose(fitted.mixture.weights, [0.6, 0.4], atol=1e-6)
    np.testing.assert_allclose(variances(fitted.mixture), expected(family, x, labels), rtol=1e-5)
    np.testing.assert_allclose(
        variances(fitted.mixture), expected(family, two_clusters[0], labels), rtol=tolerance
    )


@pytest.mark.parametrize(("offset", "dtype"), [(1e9, "float64"), (1e6, "float32")])
def test_one_normal_far_from_zero(backend: Backend, offset: float, dtype: str) -> None:
    """Assert that N(1e9, 1) in float64 and N(1e6, 1) in float32 keep mean and variance."""
    x = (np.random.default_rng(2).normal(size=3000) + offset).astype(dtype)
    wide = x.astype(np.float64) - offset
    fitted = drumlin.fit(x, 1, backend=backend)
    # One mean of n values: the pair of mean and shift is exact to the rounding of the sum.
    assert abs((fitted.mixture.means[0, 0] - offset) - wide.mean()) < 1e-6
    np.testing.assert_allclose(variances(fitted.mixture)[0, 0], wide.var(), rtol=1e-6)


def test_raw_moments_would_fail() -> None:
    """Assert that the data of the test above are hard: E[x²] − E[x]² is useless on them."""
    x = np.random.default_rng(2).normal(size=3000) + 1e9
    assert abs((x * x).mean() - x.mean() ** 2 - x.var()) > 1.0


def test_columns_of_different_scale(two_clusters: Clusters, family: str) -> None:
    """Assert that a column in other units changes nothing, where the family allows it."""
    x, _ = two_clusters
    # some have one variance for both columns, or axes that turn: only a common scale is free
    free = family in ("full", "tied", "diag", "EEI", "VEI", "EVI", "VEE", "EVV")
    plain = drumlin.fit(x, 2, family, rng=0, starts=3)
    for scale in (1e-9, 1e9):
        scales = np.array([1.0 if free else scale, scale])
        scaled = drumlin.fit(x * scales, 2, family, rng=0, starts=3)
        assert scaled.healthy
        np.testing.assert_allclose(scaled.mixture.means / scales, plain.mixture.means, rtol=1e-7)
        np.testing.assert_allclose(
            variances(scaled.mixture) / scales**2, variances(plain.mixture), rtol=1e-7
        )


@pytest.mark.parametrize("scales", [(1.0, 1.0), (1e9, 1e-9), (-1e-6, 1e6)])
def test_starts_look_for_clusters_in_a_frame_without_units(
    two_clusters: Clusters, scales: tuple[float, float]
) -> None:
    """Assert that starts see mean 0 and covariance 1, the same rows whatever the units."""
    x, _ = two_clusters
    source = ArraySource(Rows(x * scales + 5.0 * np.asarray(scales)))
    engine = engine_for(len(x), resolve("auto"))
    problem = Problem(source, family_named("full", 2), summarise(source, engine), engine)
    y = whitened_sample(problem, 1000, np.random.default_rng(0)).y
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-7)
    np.testing.assert_allclose(y.T @ y / len(y), np.eye(2), atol=1e-7)


def test_a_huge_column_does_not_hide_the_clusters(two_clusters: Clusters) -> None:
    """Assert that a spherical fit beside a column 1e9 times larger still returns a mixture."""
    x, _ = two_clusters
    fitted = drumlin.fit(x * [1.0, 1e9], 2, "spherical", rng=0)
    assert np.isfinite(fitted.log_likelihood)


def test_units_do_not_matter(faithful: np.ndarray, family: str) -> None:
    """Assert the same partition, and −n d log|a| nats, after x -> a x + b in tiny or huge units."""
    plain = drumlin.fit(faithful, 3, family, rng=3, starts=3)
    for scale, shift in [(1e-6, 3.0), (1e6, -4e6), (1e-6, 0.0), (-1e6, 0.0)]:
        x = scale * faithful + shift
        moved = drumlin.fit(x, 3, family, rng=3, starts=3)
        # A shift of 3 rounds values of size 1e-6·50 to 3·ε: 1e-11 of their spread.
        change = -faithful.size * np.log(abs(scale))
        assert moved.log_likelihood - change == pytest.approx(plain.log_likelihood, abs=2e-3)
        np.testing.assert_array_equal(moved.mixture.labels(x), plain.mixture.labels(faithful))


@pytest.mark.parametrize("columns", [1, 3])
def test_tiny_and_huge_values_in_float32(family: str, columns: int) -> None:
    """Assert that float32 data of size 1e-12 and 1e12 give the same weights."""
    rng = np.random.default_rng(4)
    labels = rng.random(500) < 0.3
    x = rng.normal(size=(500, columns)) + 12.0 * labels[:, None]
    for scale in (1e-12, 1e12):
        fitted = drumlin.fit((scale * x).astype(np.float32), 2, family, rng=0, starts=3)
        assert fitted.mixture.weights[1] == pytest.approx(labels.mean(), abs=1e-3)


def test_a_wide_range_of_sample_weights(two_clusters: Clusters, family: str) -> None:
    """Assert that weights over eighteen decades are counts: the heavy rows decide."""
    x, labels = two_clusters
    heavy = np.random.default_rng(5).random(len(x)) < 0.5
    weight = np.where(heavy, 1e9, 1e-9)
    with_all = drumlin.fit(x, 2, family, sample_weight=weight, starts=labels)
    only_heavy = drumlin.fit(x[heavy], 2, family, sample_weight=weight[heavy], starts=labels[heavy])
    np.testing.assert_allclose(with_all.mixture.weights, only_heavy.mixture.weights, rtol=1e-9)
    np.testing.assert_allclose(
        variances(with_all.mixture), variances(only_heavy.mixture), rtol=1e-9
    )
