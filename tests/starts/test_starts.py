"""One driver for every start, and what the caller may give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.moments import Form, Moments
from drumlin.starts import (
    WhitenedSample,
    agglomeration,
    kmeans,
    quantiles,
    random_rows,
    recipes,
)
from tests.ingredients import FAMILY_NAMES, random_mixture
from tests.starts.ingredients import framed

Start = Callable[[WhitenedSample, int, np.random.Generator], Moments]

STARTS: dict[str, Start] = {
    "k-means++": kmeans.start,
    "random rows": random_rows.start,
    "quantiles": quantiles.start,
    "agglomerative": agglomeration.start,
}


@pytest.fixture(params=STARTS, ids=str)
def start(request: pytest.FixtureRequest) -> Start:
    """Every start that draws its own clusters."""
    return STARTS[request.param]


def rows_for(start: Start, seed: int = 0, n: int = 200) -> Array:
    """Three clusters: on the line for quantiles, in three columns otherwise."""
    rng = np.random.default_rng(seed)
    return random_mixture(rng, 3, 1 if start is quantiles.start else 3).sample(n, rng)[0]


@pytest.mark.parametrize("k", [1, 3, 7])
def test_a_start_leaves_moments_of_all_components(start: Start, k: int) -> None:
    """Assert finite full moments of k components that all have mass, for an M-step to use."""
    x = rows_for(start)
    _, frame = framed(x)
    moments = start(frame, k, np.random.default_rng(1))
    assert moments.form is Form.FULL
    assert moments.mass.shape == (k,)
    assert (moments.mass > 0).all()
    centred = moments.centred()
    assert np.isfinite(centred.scatter).all()
    assert (np.linalg.eigvalsh(centred.scatter) > 0).all()


def test_a_start_repeats_with_its_seed(start: Start) -> None:
    """Assert that nothing but the generator is random."""
    _, frame = framed(rows_for(start))
    one, two = (start(frame, 3, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.scatter, two.scatter)


def test_a_start_sees_weights_as_counts(start: Start) -> None:
    """Assert that rows of weight zero are never touched: they lie far away."""
    x = rows_for(start)
    weight = np.ones(len(x))
    weight[::4] = 0.0
    wild = np.where(weight[:, None] > 0, x, 1e9)
    _, frame = framed(wild, sample_weight=weight)
    means = start(frame, 3, np.random.default_rng(2)).means
    assert np.abs(means).max() <= np.abs(x).max()


def test_a_start_does_not_depend_on_units(start: Start) -> None:
    """Assert that columns times 1e±6 move the means with them and change no mass."""
    x = rows_for(start)
    scale = np.array([1e-6, 1e6, 1.0])[: x.shape[1]]
    _, one = framed(x)
    _, two = framed(x * scale)
    here, there = (start(frame, 3, np.random.default_rng(3)) for frame in (one, two))
    np.testing.assert_allclose(there.mass, here.mass, rtol=1e-9)
    np.testing.assert_allclose(there.means / scale, here.means, rtol=1e-8, atol=1e-9)


def test_k_means_finds_clusters_that_are_there() -> None:
    """Assert that six clusters far apart are found by nearly every seed."""
    rng = np.random.default_rng(7)
    centres = 30.0 * np.array([[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1.0]])
    x = (centres[:, None, :] + rng.normal(size=(6, 40, 2))).reshape(-1, 2)
    _, frame = framed(x)
    found = 0
    for seed in range(20):
        means = kmeans.start(frame, 6, np.random.default_rng(seed)).means
        distance = np.linalg.norm(means[:, None] - centres, axis=2).min(axis=0)
        found += bool((distance < 1.0).all())
    assert found >= 18  # greedy seeding misses a cluster in a few seeds of a hundred


def test_quantiles_cut_the_line_into_equal_shares() -> None:
    """Assert four groups of equal weight in order, with counts and with weights."""
    x = np.random.default_rng(8).permutation(np.arange(100.0))[:, None]
    _, frame = framed(x)
    pseudo = 2.0  # d + 1 rows of the pooled variance are added to each group
    moments = quantiles.start(frame, 4, np.random.default_rng(0))
    np.testing.assert_allclose(moments.mass, 25.0 + pseudo)
    np.testing.assert_allclose(moments.means[:, 0], [12.0, 37.0, 62.0, 87.0], rtol=1e-12)
    weight = np.where(x[:, 0] < 50, 3.0, 1.0)
    _, heavy = framed(x, sample_weight=weight)
    moments = quantiles.start(heavy, 4, np.random.default_rng(0))
    np.testing.assert_allclose(moments.mass, 50.0 + pseudo, atol=3.0)


def test_shrinking_adds_pseudo_rows_of_the_pooled_covariance() -> None:
    """Assert (N_j S_j + (d + 1) W) / (N_j + d + 1) for each component."""
    x = rows_for(kmeans.start)
    _, frame = framed(x)
    labels = np.arange(len(x)) % 3
    moments = frame.moments_of_labels(labels, 3)
    shrunk = frame.shrunk(moments)
    own = np.stack([np.cov(x[labels == j].T, ddof=0) for j in range(3)])
    sizes = np.bincount(labels)
    pooled = np.einsum("j,jab->ab", sizes, own) / len(x)
    want = (sizes[:, None, None] * own + 4 * pooled) / (sizes + 4)[:, None, None]
    got = shrunk.centred().scatter / shrunk.mass[:, None, None]
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(shrunk.means, moments.means, rtol=1e-12)


def test_the_frame_is_white_and_follows_any_map() -> None:
    """Assert mean 0 and covariance I in the frame, whatever A and b the data went through."""
    x = rows_for(kmeans.start, n=300)
    a = np.array([[1e3, 0.0, 0.0], [5e3, 1.0, 0.0], [0.0, 0.0, 1e-4]])
    for rows in (x, x @ a.T + 1e4):
        _, frame = framed(rows)
        np.testing.assert_allclose(frame.y.mean(axis=0), 0.0, atol=1e-7)
        # a direction of relative variance 4e-8: sums of 300 rows keep some 100 ε / 4e-8 of it
        np.testing.assert_allclose(np.cov(frame.y.T, ddof=0), np.eye(3), atol=6e-7)
        np.testing.assert_allclose(
            frame.factor @ frame.factor.T, np.cov(rows.T, ddof=0), rtol=1e-6, atol=1e-12
        )


def test_a_subsample_is_of_rows_with_weight_drawn_once_each() -> None:
    """Assert that 50 of 200 rows are different rows of positive weight, in their order."""
    x = np.arange(200.0)[:, None]
    weight = (np.arange(200) % 2).astype(float)
    _, frame = framed(x, sample_weight=weight, n_rows=50)
    subsample = frame.rows.x[:, 0]
    assert len(subsample) == 50
    assert (np.diff(subsample) > 0).all()
    assert (subsample % 2 == 1).all()
    _, all_of_them = framed(x, n_rows=200)
    np.testing.assert_array_equal(all_of_them.rows.x, x)


@pytest.mark.parametrize("n", [1, 4, 10])
@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_a_plan_has_as_many_starts_as_were_asked_for(n: int, d: int, family: str) -> None:
    """Assert the number, a name for each, quantiles first on the line, and first steps that run."""
    rng = np.random.default_rng(n)
    x = random_mixture(rng, 2, d).sample(80, rng)[0]
    _, frame = framed(x, family=family)
    items = list(recipes(n, d))
    assert len(items) == n
    assert all(item.name for item in items)
    assert (items[0].name == "quantiles") == (d == 1)
    for item in items:
        state = item.first_state(frame, 3, rng)
        assert state.mixture.n_components == 3
        assert np.isfinite(state.mixture.log_density(x)).all()


def test_given_starts_of_a_wrong_shape_are_refused() -> None:
    """Assert a message with a remedy for each kind of start, before any pass."""
    x = np.random.default_rng(0).normal(size=(20, 2))
    small = Mixture.from_arrays([1.0], [[0.0, 0.0]], [np.eye(2)])
    cases: list[tuple[object, type[Exception], str]] = [
        (small, InvalidParameterError, "mixture of 1 components in 2 dimensions; the fit needs 2"),
        (0, InvalidParameterError, "starts is 0"),
        (np.zeros(5, dtype=int), InvalidDataError, "shape"),
        (np.full(20, 2), InvalidDataError, "label of row 0 is 2"),
        (np.zeros(20, dtype=int), InvalidDataError, "label 1 is on no row"),
        (np.full((20, 2), 0.6), InvalidDataError, "responsibilities of row 0"),
        (np.full((19, 2), 0.5), InvalidDataError, "19 rows of responsibilities, x 20"),
        (np.full((20, 3), 1 / 3), InvalidParameterError, "starts must be a number of starts"),
    ]
    for starts, error, message in cases:
        with pytest.raises(error, match=message):
            drumlin.fit(x, 2, starts=starts)


def test_a_mixture_as_a_start_is_the_first_iteration() -> None:
    """Assert that the first log-likelihood of the fit is the given mixture's own."""
    rng = np.random.default_rng(1)
    mixture = random_mixture(rng, 2, 2)
    x = mixture.sample(100, rng)[0]
    fit = drumlin.fit(x, 2, starts=mixture)
    first = mixture.log_density(x).sum()
    assert fit.log_likelihoods[0] == pytest.approx(first, rel=1e-13)
