"""Every backend takes rows as they lie in memory: strided, backwards, Fortran, read-only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.moments import Form
from tests.backends.ingredients import case_of, expect
from tests.ingredients import assert_same_moments


def strided(x: Array) -> Array:
    """Every second column of a wider array."""
    wide = np.zeros((len(x), 2 * x.shape[1]), dtype=x.dtype)
    wide[:, ::2] = x
    return wide[:, ::2]


def spaced_rows(x: Array) -> Array:
    """Every third row of a longer array."""
    long = np.zeros((3 * len(x), x.shape[1]), dtype=x.dtype)
    long[::3] = x
    return long[::3]


def read_only(x: Array) -> Array:
    """A copy that may not be written."""
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def backwards(x: Array) -> Array:
    """Negative strides on both axes."""
    return np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]


LAYOUTS: list[Callable[[Array], Array]] = [
    strided,
    spaced_rows,
    read_only,
    backwards,
    np.asfortranarray,
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_the_layout_of_x_does_not_matter(
    backend: Backend, layout: Callable[[Array], Array], dtype: type
) -> None:
    """Assert that strided, reversed, Fortran and read-only rows give what plain ones give."""
    case = case_of("full", 1031, 3, 5)
    x: Array = case.x.astype(dtype)
    other = layout(x)
    np.testing.assert_array_equal(other, x)
    # the same numbers in the same order of rows; NumPy's own sums may depend on the layout
    relative = 1e-13 if dtype is np.float64 else 1e-5
    got = expect(backend, case, Form.FULL, x=other, weighted=True, labelled=True)
    assert_same_moments(
        got, expect(backend, case, Form.FULL, x=x, weighted=True, labelled=True), relative
    )
    np.testing.assert_allclose(
        backend.log_density(case.mixture, other, n_threads=1),
        backend.log_density(case.mixture, x, n_threads=1),
        rtol=relative,
    )
