"""From what people have (arrays, lists, data frames) to a float array with column names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidDataError

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
    except nw.exceptions.DuplicateError:
        raise InvalidDataError("x has two columns of one name: rename or drop one") from None
    # pandas numbers the columns of a frame without names: a name here is what it prints as
    columns = {str(name): name for name in frame.columns}
    names = list(columns) if feature_names is None else list(feature_names)
    missing = [name for name in names if name not in columns]
    if missing:
        raise InvalidDataError(
            f"column {missing[0]!r} is missing: the model needs {', '.join(names)}; "
            f"the data have {', '.join(columns)}"
        )
    if not names or len(frame) == 0:
        raise InvalidDataError(f"x is empty: it has {len(frame)} rows and {len(names)} columns")
    series = [frame.get_column(columns[name]) for name in names]
    float32 = all(column.dtype == nw.Float32 for column in series)
    target = np.float32 if float32 else np.float64
    values = [_column(column, name, target) for name, column in zip(names, series, strict=True)]
    return Table(np.stack(values, axis=1), tuple(names))


def _column(series: Any, name: str, target: type) -> Array:
    """One column of a frame; null becomes NaN, which the checks name as missing."""
    import narwhals as nw

    dtype = series.dtype
    if dtype in (nw.Object, nw.String, nw.Unknown):
        return _from_objects(series.to_numpy().astype(object), (name,)).astype(target)
    if not (dtype.is_numeric() or dtype == nw.Boolean or series.is_null().all()):
        raise InvalidDataError(
            f"column {name!r} is not numeric (its type is {dtype}): drop it, or encode it as "
            "numbers"
        )
    kind = nw.Float32 if target is np.float32 else nw.Float64
    return np.asarray(series.cast(kind).to_numpy(), dtype=target)


def _as_array(x: Any) -> Array:
    if isinstance(x, np.ma.MaskedArray):
        x = x if x.dtype.kind in "cOUSV" else np.ma.filled(x.astype(np.float64), np.nan)
    try:
        array = np.asarray(x)
    except ValueError:
        raise InvalidDataError("x is ragged: its rows have different lengths") from None
    if array.dtype.kind == "c":
        raise InvalidDataError("x is complex: give real and imaginary parts as two columns")
    if array.dtype.kind in "OUSV":
        # nested lists with one text have become text everywhere: look at what was given
        return _from_objects(np.asarray(x, dtype=object))
    if array.dtype.kind not in "fiub":
        raise InvalidDataError(f"x is not numeric: its type is {array.dtype}")
    if array.dtype in FLOAT_TYPES and array.dtype.isnative:
        return array
    if array.dtype.newbyteorder("=") in FLOAT_TYPES:
        return array.astype(array.dtype.newbyteorder("="))
    return array.astype(np.float64)


def _from_objects(array: Array, names: Sequence[str] | None = None) -> Array:
    """Objects that are numbers become float64; the first that is not is named."""
    if array.ndim == 0:
        raise InvalidDataError(
            f"x is a {type(array.item()).__name__}: it must be an array (n, d), nested lists, or a "
            "pandas, polars or pyarrow table; a sparse matrix needs .toarray(), a lazy frame "
            ".collect()"
        )
    numbers = np.empty(array.shape)
    for index, value in np.ndenumerate(array):
        number = number_in(value)
        if number is None:
            a = int(np.ravel_multi_index(index[1:], array.shape[1:])) if index[1:] else 0
            column = repr(names[a]) if names else str(a)
            raise InvalidDataError(
                f"x is not numeric: row {index[0]}, column {column} holds {_shown(value)}; drop "
                "the column, or encode it as numbers"
            )
        numbers[index] = number
    return numbers


def number_in(value: Any) -> float | None:
    """A number as float, a missing one (None, pandas' NA) as NaN; None for anything else."""
    if value is None or type(value).__name__ == "NAType":
        return float("nan")
    if isinstance(value, str | bytes | complex | np.complexfloating | np.ndarray):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


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
