"""Refusals before any work: each names the place, the value, and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from drumlin._types import Array
from drumlin.data import (
    Survey,
    SurveyPass,
    check_distinct_rows,
    check_finite,
    check_labels,
    check_n_components,
    check_sample_weight,
)
from drumlin.data.source import BLOCK_ROWS, Rows
from drumlin.errors import InvalidDataError, InvalidParameterError


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.inf, r"is infinite \(inf\): drop the row"),
        (-np.inf, r"is infinite \(-inf\)"),
        (np.nan, r"is missing \(NaN\): missing values are not supported yet"),
        (1e150, "is 1e\\+150, beyond 1e\\+140 where squares overflow"),
    ],
)
@pytest.mark.parametrize("row", [0, 5, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 7])
def test_the_first_bad_value_is_named(value: float, message: str, row: int) -> None:
    """Assert that row and column of the first bad value are in the message, in any block."""
    x = np.zeros((BLOCK_ROWS + 8, 3))
    x[row, 2] = x[-1, 0] = value
    place = f"row {row}, column 0" if row == len(x) - 1 else f"row {row}, column 2"
    with pytest.raises(InvalidDataError, match=f"^{place} {message}"):
        check_finite(x)
    with pytest.raises(InvalidDataError, match=f"^row {row}, column '[ac]' {message}"):
        check_finite(x, ("a", "b", "c"))


def test_large_finite_values_pass() -> None:
    """Assert that the largest allowed values pass in both float types, of either sign."""
    check_finite(np.array([[1e140, -1e140, 5e-324]]))
    check_finite(np.array([[1e15, -9e14, 1e-45]], dtype=np.float32))
    with pytest.raises(InvalidDataError, match="use float64"):
        check_finite(np.array([[1e20]], dtype=np.float32))


def survey(x: Array) -> Survey:
    """What a pass over these rows tells of them."""
    return SurveyPass()(Rows(x))


@pytest.mark.parametrize(("dtype", "value"), [("float64", 1e-150), ("float32", 1e-25)])
def test_columns_whose_squares_vanish(dtype: str, value: float) -> None:
    """Assert that a column too small for its float type is named, zeros pass."""
    x = np.ones((BLOCK_ROWS + 8, 2), dtype=dtype)
    x[:, 1] = -value
    with pytest.raises(
        InvalidDataError, match=r"^column 1 is nowhere larger than .*squares vanish"
    ):
        survey(x).check(x.dtype)
    with pytest.raises(InvalidDataError, match=r"^column 'b' is nowhere larger"):
        survey(x).check(x.dtype, ("a", "b"))
    x[-1, 1] = 1.0
    survey(x).check(x.dtype)
    survey(np.zeros((3, 2), dtype=dtype)).check(x.dtype)


WEIGHTS: dict[str, tuple[Any, str]] = {
    "negative": ([1.0, -0.5, 1.0], "sample_weight of row 1 is -0.5"),
    "all zero": ([0.0, 0.0, 0.0], "zero for every row: there is nothing to fit"),
    "too short": ([1.0, 1.0], r"shape \(2,\): it needs one value per row, shape \(3,\)"),
    "a column": (np.ones((3, 1)), r"shape \(3, 1\)"),
    "one number": (1.0, r"shape \(\)"),
    "NaN": ([1.0, np.nan, 1.0], "row 1 is nan"),
    "None": ([1.0, 1.0, None], "row 2 is nan"),
    "null": (pl.Series([1.0, None, 1.0]), "row 1 is nan"),
    "infinite": ([np.inf, 1.0, 1.0], "row 0 is inf"),
    "text": (["a", "b", "c"], "not numeric"),
    "text among objects": (np.array([1.0, "2", 3.0], dtype=object), "row 1 holds '2'"),
    "strings of numbers": (["1", "2", "3"], "not numeric"),
    "complex": (np.ones(3) * 1j, "not numeric: its type is complex128"),
    "dates": (np.array(["2024-01-01"] * 3, dtype="M8[D]"), "not numeric"),
    "sums overflow": ([1.0, 1e308, 1e308], "row 1 is 1e\\+308, so large that sums overflow"),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_sample_weights_that_are_no_counts(case: str) -> None:
    """Assert that every wrong sample_weight is refused with its row or its shape."""
    given, message = WEIGHTS[case]
    with pytest.raises(InvalidDataError, match=message):
        check_sample_weight(given, 3)


@pytest.mark.parametrize(
    "given",
    [
        [0, 1, 2],
        (0.0, 1.0, 2.0),
        np.array([0, 1, 2], dtype=">i2"),
        np.array([0, 9, 1, 9, 2], dtype=np.float32)[::2],
        pd.Series([0, 1, 2], index=[7, 8, 9]),
        pl.Series([0, 1, 2]),
    ],
)
def test_sample_weights_of_any_type(given: Any) -> None:
    """Assert that weights become contiguous float64."""
    weight = check_sample_weight(given, 3)
    assert weight is not None
    assert weight.dtype == np.float64
    assert weight.flags.c_contiguous
    np.testing.assert_array_equal(weight, [0.0, 1.0, 2.0])
    assert check_sample_weight(None, 3) is None


LABELS: dict[str, tuple[Any, str]] = {
    "too large": ([0, 1, 2], "label of row 2 is 2: labels are whole numbers from 0 to 1, or -1"),
    "below -1": ([0, -2, 1], "label of row 1 is -2"),
    "not whole": ([0, 0.5, 1], "label of row 1 is 0.5"),
    "infinite": ([0, np.inf, 1], "label of row 1 is inf"),
    "text": (["a", "b", "a"], "labels is not numeric"),
    "too long": ([0, 1, 0, 1], r"labels has shape \(4,\)"),
    "a matrix": (np.zeros((3, 2)), r"labels has shape \(3, 2\)"),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_out_of_range(case: str) -> None:
    """Assert that every wrong label is refused with its row and the range."""
    given, message = LABELS[case]
    with pytest.raises(InvalidDataError, match=message):
        check_labels(given, 3, 2)


@pytest.mark.parametrize(
    "given",
    [
        [0, -1, 1],
        [0.0, np.nan, 1.0],
        [0, None, 1],
        pd.Series([0, None, 1], dtype="Int64"),
        pl.Series([0, None, 1]),
        pa.array([0, None, 1]),
        np.ma.masked_array([0, 5, 1], mask=[False, True, False]),
        np.array([0, pd.NA, 1], dtype=object),
        np.array([0, -1, 1], dtype=np.int8),
    ],
)
def test_unknown_labels(given: Any) -> None:
    """Assert that −1, NaN, None and null are unknown labels."""
    labels = check_labels(given, 3, 2)
    assert labels is not None
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, [0, -1, 1])


@pytest.mark.parametrize("value", [0, -3, np.int64(0)])
def test_too_few_components(value: int) -> None:
    """Assert that k below one is refused."""
    with pytest.raises(InvalidParameterError, match=f"n_components is {value}: .* at least 1"):
        check_n_components(value)


@pytest.mark.parametrize("value", [2.0, "2", True, None, np.nan, [2]])
def test_components_are_counted_in_whole_numbers(value: Any) -> None:
    """Assert that k which is not a whole number is refused, also 2.0 and True."""
    with pytest.raises(InvalidParameterError, match="must be a whole number"):
        check_n_components(value)
    assert check_n_components(np.int32(2)) == 2


def test_distinct_rows_are_counted() -> None:
    """Assert that k above the number of distinct rows of positive weight is refused."""
    x = np.repeat([[1.0, 2.0], [3.0, 4.0], [1.0, 4.0]], 50, axis=0)
    check_distinct_rows(Rows(x), 3)
    with pytest.raises(InvalidParameterError, match="is 4, but the data have only 3 distinct rows"):
        check_distinct_rows(Rows(x), 4)
    weight = np.where(np.arange(150) < 100, 1.0, 0.0)
    with pytest.raises(InvalidParameterError, match="only 2 distinct rows"):
        check_distinct_rows(Rows(x, weight), 3)


def test_negative_zero_is_zero() -> None:
    """Assert that 0 and −0 are one row."""
    with pytest.raises(InvalidParameterError, match="only 1 distinct rows"):
        check_distinct_rows(Rows(np.array([[0.0], [-0.0]])), 2)


def test_counting_stops_at_k() -> None:
    """Assert that counting looks at a few rows only when they are enough."""

    class Counted(np.ndarray):
        seen = 0

        def __getitem__(self, key: Any) -> Any:
            Counted.seen += 1
            return np.ndarray.__getitem__(self, key)

    x = np.arange(1_000_000.0)[:, None].view(Counted)
    check_distinct_rows(Rows(x), 5)
    assert Counted.seen < 10


def test_distinct_rows_far_into_the_data() -> None:
    """Assert that the second distinct row is found behind many equal ones."""
    x = np.zeros((3 * BLOCK_ROWS, 1))
    x[-1] = 1.0
    check_distinct_rows(Rows(x), 2)
