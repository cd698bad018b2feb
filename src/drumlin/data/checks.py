"""Refusals before any work: what is wrong with the numbers, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.data.source import BLOCK_ROWS, Rows
from drumlin.data.table import number_in
from drumlin.errors import InvalidDataError, InvalidParameterError

LARGEST: Mapping[np.dtype, float] = {np.dtype(np.float64): 1e140, np.dtype(np.float32): 1e15}
"""Beyond these, sums of squares overflow the float type."""

FINITE: Mapping[np.dtype, float] = {
    np.dtype(kind): float(np.finfo(kind).max) for kind in (np.float64, np.float32)
}
"""All that the float type can hold; enough where a density is evaluated and nothing is added up."""

SMALLEST = {np.dtype(np.float64): 1e-140, np.dtype(np.float32): 1e-18}
"""Squares of columns that nowhere come up to these vanish in the float type."""

LARGEST_WEIGHT = 1e100
"""The total weight may not pass this: it multiplies squares of the data."""


def check_finite(
    x: Array,
    feature_names: Sequence[str] | None = None,
    *,
    limits: Mapping[np.dtype, float] = LARGEST,
    first_row: int = 0,
) -> None:
    """Raises InvalidDataError naming row and column of the first infinite or missing value.

    limits : the largest size allowed; what a fit can square and add up unless given
    first_row : the number of the first of these rows
    """
    if (place := first_beyond(x, limits[x.dtype])) is None:
        return
    i, a = place
    value, row = x[i, a], f"row {first_row + i}, column {_column_name(a, feature_names)}"
    if np.isnan(value):
        raise InvalidDataError(
            f"{row} is missing (NaN): missing values are not supported yet; drop the row or "
            "fill the value in"
        )
    if np.isinf(value):
        raise InvalidDataError(f"{row} is infinite ({value}): drop the row or replace the value")
    raise InvalidDataError(
        f"{row} is {value:g}, beyond {limits[x.dtype]:g} where squares overflow: divide the column "
        "by a constant, or use float64"
    )


def first_beyond(x: Array, limit: float) -> tuple[int, int] | None:
    """Row and column of the first value that is missing, or larger than ``limit``."""
    for first in range(0, len(x), BLOCK_ROWS):
        with np.errstate(invalid="ignore"):
            good = np.abs(x[first : first + BLOCK_ROWS]) <= limit
        if not good.all():
            i, a = np.argwhere(~good)[0]
            return first + int(i), int(a)
    return None


def refuse_small(
    largest: Array, dtype: np.dtype, feature_names: Sequence[str] | None = None
) -> None:
    """Raises InvalidDataError for a column that is so small everywhere that squares vanish.

    largest : (d,) max |x| of each column
    """
    limit = SMALLEST[dtype]
    small = np.flatnonzero((largest > 0.0) & (largest < limit))
    if small.size:
        a = int(small[0])
        raise InvalidDataError(
            f"column {_column_name(a, feature_names)} is nowhere larger than {largest[a]:g}, "
            f"below {limit:g} where squares vanish: multiply the column by a constant, or use "
            "float64"
        )


def _column_name(a: int, feature_names: Sequence[str] | None) -> str:
    return repr(feature_names[a]) if feature_names else str(a)


def check_sample_weight(sample_weight: Any, n_samples: int) -> Array | None:
    """(n,) float64 weights, or None. Raises InvalidDataError when wrong, negative or all zero."""
    if sample_weight is None:
        return None
    weights = _column(sample_weight, "sample_weight", n_samples)
    check_weight_values(weights)
    if not weights.any():
        raise InvalidDataError("sample_weight is zero for every row: there is nothing to fit")
    if not weights.max() < LARGEST_WEIGHT / n_samples:
        raise InvalidDataError(
            f"sample_weight of row {weights.argmax()} is {weights.max():g}, so large that sums "
            "overflow: divide the weights by a constant"
        )
    return weights


def check_weight_values(weights: Array, first_row: int = 0) -> None:
    """Raises InvalidDataError naming the first row whose weight is negative or not finite."""
    good = np.isfinite(weights) & (weights >= 0)
    if not good.all():
        i = int(np.argmin(good))
        raise InvalidDataError(
            f"sample_weight of row {first_row + i} is {weights[i]}: weights are finite and not "
            "negative"
        )


def check_labels(labels: Any, n_samples: int, n_components: int) -> Array | None:
    """(n,) int64 labels, −1 (or null) where unknown, or None.

    Raises InvalidDataError for a label that is not a whole number from −1 to k − 1.
    """
    if labels is None:
        return None
    values = _column(labels, "labels", n_samples)
    values = np.where(np.isnan(values), -1.0, values)
    check_label_range(values, n_components)
    return values.astype(np.int64)


def check_label_range(values: Array, n_components: int, first_row: int = 0) -> None:
    """Raises InvalidDataError naming the first row whose label is not −1, 0, … or k − 1."""
    good = (values == np.floor(values)) & (values >= -1) & (values < n_components)
    if not good.all():
        i = int(np.argmin(good))
        raise InvalidDataError(
            f"label of row {first_row + i} is {values[i]:g}: labels are whole numbers from 0 to "
            f"{n_components - 1}, or -1 for unknown"
        )


def check_n_components(n_components: Any) -> int:
    """k as an int. Raises InvalidParameterError below one or when not whole."""
    if isinstance(n_components, bool) or not isinstance(n_components, int | np.integer):
        raise InvalidParameterError(f"n_components is {n_components!r}: it must be a whole number")
    if n_components < 1:
        raise InvalidParameterError(f"n_components is {n_components}: it must be at least 1")
    return int(n_components)


def check_distinct_rows(rows: Rows, n_components: int) -> None:
    """Raises InvalidParameterError when fewer than k different rows have weight; stops at k."""
    check_n_distinct(len(distinct_rows(rows, n_components)), n_components)


def check_n_distinct(n_distinct: int, n_components: int) -> None:
    """Raises InvalidParameterError when k components have fewer different rows."""
    if n_distinct < n_components:
        raise InvalidParameterError(
            f"n_components is {n_components}, but the data have only {n_distinct} distinct rows: "
            "ask for fewer components"
        )


def distinct_rows(rows: Rows, at_most: int) -> Array:
    """(m, d) different rows of positive weight; no more are looked for once there are so many."""
    distinct = np.empty((0, rows.x.shape[1]), dtype=rows.x.dtype)
    step = max(4 * at_most, 64)
    for block in rows.blocks():
        x = block.x if block.sample_weight is None else block.x[block.sample_weight > 0]
        for start in range(0, len(x), step):
            distinct = np.unique(np.concatenate([distinct, x[start : start + step]]), axis=0)
            if len(distinct) >= at_most:
                return distinct[:at_most]
    return distinct


def _column(values: Any, name: str, n_samples: int) -> Array:
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(object), np.nan)
    given = np.asarray(values)
    if given.shape != (n_samples,):
        raise InvalidDataError(
            f"{name} has shape {given.shape}: it needs one value per row, shape ({n_samples},)"
        )
    if given.dtype.kind in "fiub":
        return np.ascontiguousarray(given, dtype=np.float64)
    if given.dtype.kind != "O":
        raise InvalidDataError(
            f"{name} is not numeric: its type is {given.dtype}; give one number per row"
        )
    numbers = [number_in(value) for value in given]
    if None in numbers:
        i = numbers.index(None)
        raise InvalidDataError(
            f"{name} is not numeric: row {i} holds {given[i]!r}; give one number per row"
        )
    return np.array(numbers, dtype=np.float64)
