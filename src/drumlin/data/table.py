"""From what people have (arrays, lists, data frames) to a float array with column names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin.errors import InvalidDataError

Array = np.ndarray

FLOAT_TYPES = (np.dtype(np.float64), np.dtype(np.float32))
"""Kept as they are; every other type of number becomes float64."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers, x : (n, d) float64 or float32, and the names of the columns if known."""

    x: Array
    feature_names: tuple[str, ...] | None = None


def as_table(x: Any, feature_names: Sequence[str] | None = None) -> Table:
    """An array (n, d) or (n,), nested lists, or a pandas, polars or pyarrow table, as a `Table`.

    A data frame gives its column names; when ``feature_names`` is given, its columns of these
    names are taken in this order and the others ignored. float64 and float32 arrays are not
    copied, whatever their strides; integers and booleans become float64. A `Table` is returned.

    Raises InvalidDataError for text, complex numbers, a wrong number of dimensions, no rows, no
    columns, or a column that is not there.
    """
    if isinstance(x, Table):
        return x
    if isinstance(x, np.ndarray | list | tuple | float | int) or not hasattr(type(x), "columns"):
        return Table(_as_rows(_as_array(x)))
    return _from_frame(x, feature_names)


def _from_frame(x: Any, feature_names: Sequence[str] | None) -> Table:
    import narwhals as nw  # imported where a data frame proves that somebody uses it

    try:
        frame = nw.from_native(x, eager_only=True)
    except TypeError:
        return Table(_as_rows(_as_array(x)))
    names = list(frame.columns) if feature_names is None else list(feature_names)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise InvalidDataError(
            f"column {missing[0]!r} is missing: the model needs {', '.join(names)}; "
            f"the data have {', '.join(map(str, frame.columns))}"
        )
    if not names or len(frame) == 0:
        raise InvalidDataError(f"x is empty: it has {len(frame)} rows and {len(names)} columns")
    for name in names:
        dtype = frame[name].dtype
        if not (dtype.is_numeric() or dtype == nw.Boolean or frame[name].is_null().all()):
            raise InvalidDataError(
                f"column {name!r} is not numeric (its type is {dtype}): drop it, or encode it as "
                "numbers"
            )
    float32 = all(frame[name].dtype == nw.Float32 for name in names)
    target = np.float32 if float32 else np.float64
    columns = [_column(frame[name], target) for name in names]
    return Table(np.stack(columns, axis=1), tuple(str(name) for name in names))


def _column(series: Any, target: type) -> Array:
    """One column of a frame; null becomes NaN, which the checks name as missing."""
    import narwhals as nw

    kind = nw.Float32 if target is np.float32 else nw.Float64
    values = series.cast(kind).to_numpy()
    return np.asarray(values, dtype=target)


def _as_array(x: Any) -> Array:
    try:
        array = np.ma.filled(x.astype(np.float64), np.nan) if _is_masked(x) else np.asarray(x)
    except ValueError:
        raise InvalidDataError("x is ragged: its rows have different lengths") from None
    if array.dtype.kind == "c":
        raise InvalidDataError("x is complex: give real and imaginary parts as two columns")
    if array.dtype.kind in "OUSV":
        return _from_objects(array)
    if array.dtype.kind not in "fiub":
        raise InvalidDataError(f"x is not numeric: its type is {array.dtype}")
    if array.dtype in FLOAT_TYPES and array.dtype.isnative:
        return array
    if array.dtype.newbyteorder("=") in FLOAT_TYPES:
        return array.astype(array.dtype.newbyteorder("="))
    return array.astype(np.float64)


def _is_masked(x: Any) -> bool:
    return isinstance(x, np.ma.MaskedArray)


def _from_objects(array: Array) -> Array:
    """Objects that are numbers become float64; the first that is not is named."""
    rows = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
    for (i, a), value in np.ndenumerate(rows):
        if isinstance(value, str | bytes | complex) or not _is_number(value):
            raise InvalidDataError(
                f"x is not numeric: row {i}, column {a} holds {value!r}; drop the column, or "
                "encode it as numbers"
            )
    return array.astype(np.float64)


def _is_number(value: Any) -> bool:
    if value is None:
        return True
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _as_rows(array: Array) -> Array:
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise InvalidDataError(
            f"x has {array.ndim} dimensions: it must be (n, d), or (n,) for one column"
        )
    if 0 in array.shape:
        raise InvalidDataError(
            f"x is empty: it has {array.shape[0]} rows and {array.shape[1]} columns"
        )
    return array
