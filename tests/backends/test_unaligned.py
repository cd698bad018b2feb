"""Arrays at any address, as columns of packed records or offsets into bytes have them."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.moments import Form
from tests.backends.ingredients import random_density
from tests.ingredients import random_structure

native = pytest.importorskip("drumlin._native", reason="built without a compiler")

SETS = native.instruction_sets()


def unaligned(array: Array, offset: int = 1) -> Array:
    """The same numbers in memory that begins `offset` bytes behind a multiple of 64."""
    memory = np.zeros(array.nbytes + 128, dtype=np.uint8)
    first = -memory.ctypes.data % 64 + offset
    copy = memory[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    assert array.size == 0 or not copy.flags.aligned
    return copy


@pytest.fixture(params=["float64", "float32"])
def given(request: pytest.FixtureRequest) -> tuple[Array, Array, Array]:
    """x (700, 5), sample weights and labels of its rows, 3 components."""
    rng = np.random.default_rng(3)
    labels = np.where(rng.random(700) < 0.5, rng.integers(0, 3, size=700), -1)
    return rng.normal(size=(700, 5)).astype(request.param), rng.random(700), labels


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("offset", [1, 4])
def test_unaligned_arrays_give_the_same_bits(instruction_set, offset, given):
    """Assert that a pass, plain and ordered, reads x, weights, labels and parameters anywhere."""
    if offset == 4 and given[0].dtype == np.float32:
        given = given[0].astype(np.float64), *given[1:]
    density = random_density(np.random.default_rng(4), 5, 3)
    rows, edges = np.empty(700, dtype=np.int32), np.empty(4, dtype=np.int64)
    native.order_rows(given[0], *density, rows, edges, 1, instruction_set)
    moved = [unaligned(array, offset) for array in (*given, *density)]
    how = "full", 1, instruction_set
    for got, want in zip(
        native.expect(*moved, *how), native.expect(*given, *density, *how), strict=True
    ):
        np.testing.assert_array_equal(got, want)
    for got, want in zip(
        native.expect_ordered(*moved, unaligned(rows), unaligned(edges), *how),
        native.expect_ordered(*given, *density, rows, edges, *how),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", ["rows", "edges"])
def test_an_unaligned_array_to_be_written_is_refused(name):
    """Assert a ValueError that names it: a copy would be filled instead."""
    x, density = np.zeros((8, 2)), random_density(np.random.default_rng(4), 2, 3)
    out = {"rows": np.empty(8, dtype=np.int32), "edges": np.empty(4, dtype=np.int64)}
    out[name] = unaligned(out[name])
    with pytest.raises(ValueError, match=f"{name} must be aligned"):
        native.order_rows(x, *density, out["rows"], out["edges"], 1, SETS[-1])


def test_unaligned_weights_and_labels_serve_on_every_backend(backend, given):
    """Assert that a mixture's moments are those of aligned arrays, bit for bit."""
    x, weight, labels = given
    rng = np.random.default_rng(5)
    covariance = random_structure(rng, "full", 3, 5)
    mixture = Mixture(np.full(3, 1 / 3), rng.normal(size=(3, 5)), covariance)
    got, want = (
        backend.expect(mixture, x, sample_weight=w, labels=z, form=Form.FULL, n_threads=1)
        for w, z in [(unaligned(weight), unaligned(labels)), (weight, labels)]
    )
    np.testing.assert_array_equal(got.scatter, want.scatter)
    assert got.log_likelihood == want.log_likelihood
