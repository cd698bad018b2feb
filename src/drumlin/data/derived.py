"""A source made of another one: a function of each chunk, with other weights, or fewer rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.data.source import ArraySource, Rows, Source


@dataclass(frozen=True, eq=False)
class DerivedSource:
    """Another source, a picklable function applied to each of its chunks in every pass."""

    source: Source
    function: Callable[[Rows], Rows]
    n_samples: int
    dtype: np.dtype
    in_memory: bool = False

    @property
    def n_features(self) -> int:
        """Columns."""
        return self.source.n_features

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Rows:
        return self.function(self.source[index])


@dataclass(frozen=True, eq=False)
class Annotate:
    """Gives rows the sample weights (n,) or labels (n,) of their places in the source."""

    sample_weight: Array | None = None
    labels: Array | None = None

    def __call__(self, rows: Rows) -> Rows:
        """The chunk with its own part of them."""
        place = slice(rows.first, rows.first + len(rows))
        weight, labels = self.sample_weight, self.labels
        return Rows(
            rows.x,
            rows.sample_weight if weight is None else weight[place],
            rows.labels if labels is None else labels[place],
            first=rows.first,
        )


def mapped(
    source: Source,
    function: Callable[[Rows], Rows],
    *,
    n_samples: int | None = None,
    dtype: np.dtype | None = None,
) -> Source:
    """``source`` with a function applied to its chunks: at once where there is one in memory.

    n_samples, dtype : of what the function returns, where they are others
    """
    if isinstance(source, ArraySource) and source.chunk_rows is None:
        return ArraySource(function(source.rows))
    n_samples = source.n_samples if n_samples is None else n_samples
    return DerivedSource(source, function, n_samples, dtype or source.dtype)


def subset(source: Source, kept: Array) -> Source:
    """The rows for which ``kept`` (n,) bool is true."""
    return mapped(source, partial(_kept, kept), n_samples=int(np.count_nonzero(kept)))


def _kept(kept: Array, rows: Rows) -> Rows:
    """What is left of the chunk, maybe nothing."""
    first = int(np.count_nonzero(kept[: rows.first]))
    inside = kept[rows.first : rows.first + len(rows)]
    return replace(rows.take(np.flatnonzero(inside)), first=first)
