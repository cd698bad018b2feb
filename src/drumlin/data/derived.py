"""A source made of another one: a function of each chunk, with other weights, or fewer rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    """Gives rows the sample weights (n,) or labels (n,) of their places in the whole source."""

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


@dataclass(frozen=True, eq=False)
class Keep:
    """Leaves out the rows for which ``kept`` (n,) bool is false."""

    kept: Array

    def __call__(self, rows: Rows) -> Rows:
        """What is left of the chunk, maybe nothing."""
        kept = self.kept[rows.first : rows.first + len(rows)]
        first = int(np.count_nonzero(self.kept[: rows.first]))
        return replace(rows.take(np.flatnonzero(kept)), first=first)


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
    return mapped(source, Keep(kept), n_samples=int(np.count_nonzero(kept)))
