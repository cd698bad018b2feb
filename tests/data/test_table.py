"""What may be given as x, and what is said of what may not."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from drumlin.data import as_table, check_finite
from drumlin.errors import InvalidDataError

NUMBERS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
DAY = datetime.date(2024, 2, 29)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("view", ["plain", "Fortran", "reversed", "every other", "read-only"])
def test_float_arrays_are_not_copied(dtype: str, view: str) -> None:
    """Assert that a float array of any strides is used where it lies."""
    x = np.arange(24.0).reshape(6, 4).astype(dtype)
    x = {
        "plain": x,
        "Fortran": np.asfortranarray(x),
        "reversed": x[::-1, ::-1],
        "every other": x[::2, ::2],
        "read-only": x,
    }[view]
    x.flags.writeable = view != "read-only"
    table = as_table(x)
    assert np.shares_memory(table.x, x)
    assert table.x.dtype == dtype
    assert table.x.strides == x.strides


@pytest.mark.parametrize(
    "given",
    [
        NUMBERS.astype(int),
        NUMBERS.astype(np.float16),
        NUMBERS.astype(np.longdouble),
        NUMBERS.astype(">f8"),
        NUMBERS.astype(">i4"),
        NUMBERS.astype(object),
        NUMBERS.tolist(),
        [[Decimal(1), Fraction(4, 2)], [3, np.float32(4)], [np.int8(5), 6.0]],
        np.ma.masked_array(NUMBERS, mask=False),
        np.asmatrix(NUMBERS),
        pd.DataFrame(NUMBERS),
        pl.DataFrame(NUMBERS),
        pl.DataFrame({"a": [Decimal(1), Decimal(3), Decimal(5)], "b": [2, 4, 6]}),
        pa.table({"a": [1, 3, 5], "b": [2.0, 4.0, 6.0]}),
        pa.RecordBatch.from_pydict({"a": [1, 3, 5], "b": [2.0, 4.0, 6.0]}),
    ],
)
def test_every_kind_of_number_becomes_float64(given: Any) -> None:
    """Assert that integers, decimals, fractions and frames give the same (3, 2) float64."""
    table = as_table(given)
    assert table.x.dtype == np.float64
    assert table.x.dtype.isnative
    np.testing.assert_array_equal(table.x, NUMBERS)


@pytest.mark.parametrize(
    "given",
    [
        NUMBERS[:, 0],
        list(NUMBERS[:, 0]),
        pd.Series(NUMBERS[:, 0]),
        pl.Series(NUMBERS[:, 0]),
        pa.array(NUMBERS[:, 0]),
        pa.chunked_array([[1.0], [3.0, 5.0]]),
        pd.Series([1, 3, 5], dtype="Int8"),
    ],
)
def test_one_dimension_is_one_column(given: Any) -> None:
    """Assert that (n,) becomes (n, 1)."""
    np.testing.assert_array_equal(as_table(given).x, NUMBERS[:, :1])


def test_frames_of_float32_stay_float32() -> None:
    """Assert that a frame is float32 only when all of its columns are."""
    frame = pd.DataFrame({"a": np.ones(3, "f4"), "b": np.ones(3, "f4"), "c": np.ones(3)})
    assert as_table(frame[["a", "b"]]).x.dtype == np.float32
    assert as_table(frame).x.dtype == np.float64


def test_numbered_columns_of_pandas_are_named_by_their_numbers() -> None:
    """Assert that pd.DataFrame(x) has names "0" and "1", by which it is matched later."""
    frame = pd.DataFrame(NUMBERS)
    assert as_table(frame).feature_names == ("0", "1")
    np.testing.assert_array_equal(as_table(frame, ("1", "0")).x, NUMBERS[:, ::-1])


def test_columns_are_taken_by_name() -> None:
    """Assert that wanted names choose and order columns; arrays, which have none, stay as given."""
    frame = pl.DataFrame({"note": ["u", "v", "w"], "b": NUMBERS[:, 1], "a": NUMBERS[:, 0]})
    table = as_table(frame, ("a", "b"))
    np.testing.assert_array_equal(table.x, NUMBERS)
    assert table.feature_names == ("a", "b")
    np.testing.assert_array_equal(as_table(NUMBERS, ("b", "a")).x, NUMBERS)


NULLS: list[Any] = [
    [[1.0, 2.0], [3.0, None]],
    [[1.0, 2.0], [3.0, float("nan")]],
    np.array([[1.0, 2.0], [3.0, pd.NA]], dtype=object),
    np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, False], [False, True]]),
    np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, False], [False, True]]),
    pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, np.nan]}),
    pd.DataFrame({"a": [1.0, 3.0], "b": pd.array([2, None], dtype="Int64")}),
    pd.DataFrame({"a": [1.0, 3.0], "b": pd.array([True, None], dtype="boolean")}),
    pd.DataFrame({"a": [1.0, 3.0], "b": [2, None]}, dtype=object),
    pl.DataFrame({"a": [1.0, 3.0], "b": [2, None]}),
    pl.DataFrame({"a": [1.0, 3.0], "b": [2.0, float("nan")]}),
    pa.table({"a": [1.0, 3.0], "b": [2, None]}),
]


@pytest.mark.parametrize("given", NULLS)
def test_missing_values_are_named(given: Any) -> None:
    """Assert that None, NaN, NA, null and masked cells are missing values, row and column named."""
    table = as_table(given)
    column = r"'b'" if table.feature_names else "1"
    with pytest.raises(
        InvalidDataError, match=f"row 1, column {column} is missing.*not supported yet"
    ):
        check_finite(table.x, table.feature_names)


def test_a_column_of_nulls_only_is_missing_not_text() -> None:
    """Assert that a column whose type nobody knows, all null, counts as missing."""
    table = as_table(pl.DataFrame({"a": [1.0, 2.0], "b": [None, None]}))
    with pytest.raises(InvalidDataError, match="row 0, column 'b' is missing"):
        check_finite(table.x, table.feature_names)


REFUSED: dict[str, tuple[Any, str]] = {
    "empty list": ([], "x is empty: it has 0 rows"),
    "no rows": (np.empty((0, 3)), "0 rows and 3 columns"),
    "no columns": (np.empty((3, 0)), "3 rows and 0 columns"),
    "empty frame": (pd.DataFrame(), "0 rows and 0 columns"),
    "frame without rows": (pl.DataFrame({"a": []}), "0 rows and 1 columns"),
    "one text": ([[1.0, 2.0], [3.0, "three"]], "row 1, column 1 holds 'three'"),
    "strings of numbers": (["1", "2"], "row 0, column 0 holds '1'"),
    "array of strings": (np.array([["1", "2"]]), "row 0, column 0 holds '1'"),
    "bytes": ([b"1"], "holds b'1'"),
    "text in pandas": (
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        "row 0, column 'b' holds 'x'",
    ),
    "text in polars": (pl.DataFrame({"a": [1, 2], "b": [None, "y"]}), "row 1, column 'b'"),
    "text in arrow": (pa.table({"a": [1], "b": ["x"]}), "row 0, column 'b' holds 'x'"),
    "text among objects": (
        pd.DataFrame({"a": [1, 2], "b": [1, "y"]}, dtype=object),
        "row 1, column 'b' holds 'y'",
    ),
    "masked text": (np.ma.masked_array(["a", "b"]), "row 0, column 0 holds 'a'"),
    "categories": (pd.DataFrame({"a": pd.Categorical(["u"])}), "column 'a' is not numeric"),
    "complex": (NUMBERS + 1j, "x is complex: give real and imaginary parts"),
    "complex list": ([[1 + 2j]], "x is complex"),
    "masked complex": (np.ma.masked_array(NUMBERS + 1j), "x is complex"),
    "complex object": (np.array([[1.0, 2j]], dtype=object), r"row 0, column 1 holds 2j"),
    "complex in pandas": (pd.DataFrame({"a": [1j]}), "column 'a' holds"),
    "dates": (np.array(["2024-02-29"], dtype="datetime64[D]"), "not numeric: its type is datetime"),
    "date objects": ([DAY], "row 0, column 0 holds datetime.date"),
    "dates in pandas": (
        pd.DataFrame({"t": pd.to_datetime(["2024-02-29"])}),
        "column 't' is not numeric",
    ),
    "durations in polars": (
        pl.DataFrame({"t": [datetime.timedelta(1)]}),
        "column 't' is not numeric",
    ),
    "three dimensions": (np.zeros((2, 2, 2)), "x has 3 dimensions"),
    "a number": (5.0, "x has 0 dimensions"),
    "nothing": (None, "x is a NoneType"),
    "ragged": ([[1.0], [1.0, 2.0]], "ragged: its rows have different lengths"),
    "ragged to zero": ([[1.0, 2.0], 3.0], "ragged"),
    "sparse matrix": (sparse.csr_matrix(NUMBERS), r"csr_matrix.*needs \.toarray\(\)"),
    "sparse array": (sparse.csc_array(NUMBERS), r"csc_array.*needs \.toarray\(\)"),
    "lazy frame": (pl.LazyFrame({"a": [1.0]}), r"LazyFrame.*\.collect\(\)"),
    "dict": ({"a": [1.0]}, "x is a dict"),
    "generator": ((i for i in range(3)), "x is a generator"),
    "records": (np.array([(1.0, 2.0)], dtype=[("a", "f8"), ("b", "f8")]), r"holds \(1.0, 2.0\)"),
    "no float holds it": ([[10**400]], r"holds 1000+\.\.\."),
    "two columns of one name": (pd.DataFrame(NUMBERS, columns=["a", "a"]), "two columns of one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_of_numbers_is_refused(case: str) -> None:
    """Assert that the message names the place, or says what was given and what to do."""
    given, message = REFUSED[case]
    with pytest.raises(InvalidDataError, match=message):
        as_table(given)


def test_missing_columns_are_named_with_what_is_there() -> None:
    """Assert that the message lists what the model needs and what the data have."""
    with pytest.raises(
        InvalidDataError, match=r"column 'c' is missing: the model needs a, c; the data have a, b"
    ):
        as_table(pd.DataFrame({"a": [1.0], "b": [2.0]}), ("a", "c"))
