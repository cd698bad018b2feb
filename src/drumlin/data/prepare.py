"""What every verb does first with x, weights, labels and columns: once, here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.data.checks import LARGEST, check_finite, check_labels, check_sample_weight
from drumlin.data.derived import Annotate, mapped
from drumlin.data.source import ArraySource, Rows, Source
from drumlin.data.table import Table, as_table
from drumlin.errors import InvalidDataError


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows as a `Source`, with the names of their columns if known."""

    source: Source
    feature_names: tuple[str, ...] | None

    @property
    def n_samples(self) -> int:
        """Rows."""
        return self.source.n_samples

    @property
    def n_features(self) -> int:
        """Columns."""
        return self.source.n_features

    def rows(self) -> Rows:
        """All rows as one chunk. Raises InvalidDataError where they are many."""
        if len(self.source) == 1:
            return self.source[0]
        raise InvalidDataError(
            f"x comes in {len(self.source)} chunks, and all rows are needed at once: give an array"
        )


def prepare(
    x: Any,
    *,
    sample_weight: Any = None,
    labels: Any = None,
    n_components: int = 0,
    columns: tuple[str, ...] | None = None,
    n_features: int | None = None,
) -> Prepared:
    """Rows, weights and labels in their types; values are looked at by the survey.

    columns, n_features : of a model that the rows are for: its columns are taken by name
    n_components : labels are whole numbers below it

    Raises InvalidDataError for what is no table of numbers, a wrong number of columns, weights or
    labels that do not fit.
    """
    if not isinstance(x, np.ndarray | Table | list | tuple) and isinstance(x, Source):
        source, names = x, None
    else:
        table = as_table(x, columns)
        source, names = ArraySource(Rows(table.x)), table.feature_names
    if n_features is not None:
        _check_columns(source.n_features, n_features, columns)
    weight = check_sample_weight(sample_weight, source.n_samples)
    known = check_labels(labels, source.n_samples, n_components)
    if weight is not None or known is not None:
        source = mapped(source, Annotate(weight, known))
    return Prepared(source, names)


def rows_of_model(
    x: Any,
    columns: tuple[str, ...] | None,
    n_features: int,
    *,
    limits: Mapping[np.dtype, float] = LARGEST,
) -> Array:
    """(n, d) finite floats in the columns of a model, taken by name; limits as of `check_finite`.

    Raises InvalidDataError, also when their number is not d.
    """
    table = as_table(x, columns)
    _check_columns(table.x.shape[1], n_features, columns)
    check_finite(table.x, table.feature_names, limits=limits)
    return table.x


def _check_columns(given: int, wanted: int, columns: tuple[str, ...] | None) -> None:
    if given != wanted:
        names = f" ({', '.join(columns)})" if columns else ""
        raise InvalidDataError(
            f"x has {given} columns, the mixture {wanted}{names}: give the columns that it was "
            "fitted to, in their order"
        )
