"""The floor: relative to the covariance of the whole data, and set for columns that hardly vary."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin.backends import Backend, resolve
from drumlin.data import ArraySource, Rows
from drumlin.em import DataSummary, summarise
from drumlin.em.data_summary import FLOOR, RELATIVE_CONSTANT
from drumlin.execution import Threads
from tests.ingredients import engine_for


def whole(x: np.ndarray, sample_weight: np.ndarray | None = None, **options: object) -> DataSummary:
    """`summarise` of these rows."""
    source = ArraySource(Rows(x, sample_weight), options.get("chunk_rows"))  # type: ignore[arg-type]
    backend = options.get("backend", resolve("auto"))
    return summarise(source, engine_for(len(x), backend, Threads(2)))  # type: ignore[arg-type]


def cloud(n: int = 500) -> np.ndarray:
    """(n, 3) correlated columns of very different scale."""
    rng = np.random.default_rng(41)
    mixing = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-1.0, 0.3, 0.1]])
    return rng.normal(size=(n, 3)) @ mixing.T * [1.0, 1e3, 1e-3]


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_mean_and_covariance_of_the_whole(backend: Backend, offset: float) -> None:
    """Assert that S₊ is the covariance of all samples, also far from zero."""
    x = cloud() + offset * np.array([1.0, 1e3, 1e-3])
    measured = whole(x, backend=backend)
    np.testing.assert_allclose(measured.mean, x.mean(axis=0), rtol=1e-13, atol=1e-9)
    exact = np.cov((x - x.mean(axis=0)).T, bias=True)
    sd = np.sqrt(np.diagonal(exact))
    scaled = (measured.floor.total - exact) / np.outer(sd, sd)
    assert np.abs(scaled).max() < 1e-12
    assert measured.moments.count == 500.0
    assert not measured.constant.any()


def test_the_floor_is_a_fraction_of_the_whole() -> None:
    """Assert that the floor is ε S₊ for full, its diagonal, and its mean variance."""
    floor = whole(cloud()).floor
    np.testing.assert_allclose(floor.matrix, 1e-10 * floor.total, rtol=1e-6)
    np.testing.assert_allclose(floor.variances, 1e-10 * np.diagonal(floor.total), rtol=1e-12)
    assert floor.variance == pytest.approx(1e-10 * np.trace(floor.total) / 3.0)


def test_float32_has_a_higher_floor() -> None:
    """Assert that ε is 1e-7 for float32 data, 1e-10 for float64."""
    assert whole(cloud().astype(np.float32)).floor.epsilon == 1e-7
    assert whole(cloud()).floor.epsilon == 1e-10
    assert set(FLOOR.values()) == {1e-7, 1e-10}


def test_weights_are_counts() -> None:
    """Assert that integer weights measure as repeated rows, and weight zero as an absent row."""
    x = cloud(60)
    weight = np.random.default_rng(42).integers(0, 4, size=60)
    weighted = whole(x, weight.astype(float))
    repeated = whole(np.repeat(x, weight, axis=0))
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-12)
    np.testing.assert_allclose(weighted.floor.total, repeated.floor.total, rtol=1e-11)
    assert weighted.moments.count == weight.sum()


@pytest.mark.parametrize("chunk_rows", [1, 7, 499])
def test_chunks_do_not_matter(chunk_rows: int) -> None:
    """Assert that the measure is the same however the data are cut."""
    one, many = whole(cloud()), whole(cloud(), chunk_rows=chunk_rows)
    np.testing.assert_allclose(many.mean, one.mean, rtol=1e-12)
    np.testing.assert_allclose(many.floor.total, one.floor.total, rtol=1e-11)


def test_the_second_pass_is_about_the_mean(backend: Backend) -> None:
    """Assert that far rows with hardly any weight do not spoil S₊."""
    near = np.random.default_rng(43).normal(size=500)
    x = np.concatenate([near, np.full(500, 1e8)])[:, None]
    weight = np.repeat([1.0, 1e-22], 500)
    measured = whole(x, weight, backend=backend)
    # about the rough mean of 5e7 the sum of squares is 2.5e15 per row, good to 0.5 at best
    assert measured.floor.total[0, 0] == pytest.approx(near.var() + 1e-6, rel=1e-9)


@pytest.mark.parametrize("value", [1.0, -3e7, 1e-30])
def test_a_constant_column_gets_a_variance_of_its_size(value: float) -> None:
    """Assert that a column of one value counts as constant, with the variance (2⁻²⁶ |x|)²."""
    x = np.column_stack([cloud()[:, 0], np.full(500, value)])
    measured = whole(x)
    np.testing.assert_array_equal(measured.constant, [False, True])
    assert measured.floor.scale[1, 1] == pytest.approx((RELATIVE_CONSTANT * value) ** 2)
    assert measured.floor.scale[0, 1] == 0.0
    np.testing.assert_array_equal(measured.floor.flat_columns, [False, True])


def test_a_column_of_zeros_gets_variance_one() -> None:
    """Assert that an all-zero column, which has no size, gets the variance 1."""
    measured = whole(np.column_stack([cloud()[:, 0], np.zeros(500)]))
    np.testing.assert_array_equal(measured.constant, [False, True])
    assert measured.floor.scale[1, 1] == 1.0


@pytest.mark.parametrize(("factor", "constant"), [(0.5, True), (2.0, False)])
def test_the_limit_of_constant(factor: float, constant: bool) -> None:
    """Assert that a column is constant below an sd of 2⁻²⁶ max|x|, and not above."""
    side = np.where(np.arange(500) % 2 == 0, 1.0, -1.0)  # its sd is 1
    x = 1e3 * (1.0 + factor * RELATIVE_CONSTANT * side)
    assert bool(whole(x[:, None]).constant[0]) is constant


def test_a_singular_whole_has_a_floor() -> None:
    """Assert that a column given twice leaves a floor with a factor, one direction flat."""
    x = cloud()[:, :2]
    floor = whole(np.column_stack([x, x[:, 0]])).floor
    assert np.isfinite(floor.factor).all()
    assert (np.diagonal(floor.factor) > 0).all()
    assert floor.flat_directions == 1


def test_one_row_is_flat_everywhere() -> None:
    """Assert that a single row has no direction in which it varies."""
    floor = whole(np.array([[3.0, 0.0, -1e5]])).floor
    assert floor.flat
    assert floor.flat_directions == 3
    assert floor.flat_columns.all()
    assert (np.diagonal(floor.scale) > 0).all()


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_extreme_units(scale: float) -> None:
    """Assert that data of size 1e-100 and 1e100 have a finite positive floor."""
    floor = whole(scale * cloud()).floor
    assert np.isfinite(floor.factor).all()
    assert (np.diagonal(floor.factor) > 0).all()
    relative = floor.matrix / scale / scale / whole(cloud()).floor.matrix
    np.testing.assert_allclose(relative, 1.0, rtol=1e-6)
