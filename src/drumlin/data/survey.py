"""One pass over all rows: whether a fit can use them, how large and how many they are, and a draw.

Nothing here knows of a model. Surveys of chunks add up to that of all rows, so that the pass runs
wherever an executor runs it, and no list of all chunks is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumlin._types import Array
from drumlin.data.checks import (
    LARGEST,
    check_finite,
    check_label_range,
    check_n_distinct,
    check_weight_values,
    distinct_rows,
    refuse_small,
)
from drumlin.data.source import Rows, Source
from drumlin.data.subsampling import DRAW_BYTES, bytes_per_row, joined, one_in
from drumlin.errors import InvalidDataError


@dataclass(frozen=True)
class SurveyPass:
    """Mapped over chunks for a `Survey`; picklable.

    n_distinct : different rows are counted up to here
    n_labels : known labels are 0 … n_labels − 1, and −1 for unknown
    stride, key : of ``stride`` consecutive rows one is drawn, by random numbers of this key
    feature_names : of the columns, for messages
    """

    n_distinct: int = 1
    n_labels: int = 0
    stride: int = 1
    key: int = 0
    feature_names: tuple[str, ...] | None = None

    def __call__(self, rows: Rows, _n_threads: int = 1) -> Survey:
        """The survey of a chunk.

        Raises InvalidDataError, which names row and column, for what no fit can use.
        """
        if rows.sample_weight is not None:
            check_weight_values(rows.sample_weight, rows.first)
        largest = self._largest(rows)
        known, n_unlabelled = self._labels(rows)
        return Survey(
            len(rows) if rows.sample_weight is None else int(np.count_nonzero(rows.sample_weight)),
            largest,
            distinct_rows(rows, self.n_distinct),
            self.n_distinct,
            known,
            n_unlabelled,
            (one_in(self.stride, rows, self.key),),
        )

    def _largest(self, rows: Rows) -> Array:
        """(d,) max |x| of each column, float64; a row of weight zero is absent."""
        largest, limit = np.zeros(rows.x.shape[1]), LARGEST[rows.x.dtype]
        for block in rows.blocks():
            size = np.abs(block.x)
            with np.errstate(invalid="ignore"):
                usable = (size <= limit).all()
            if not usable:
                check_finite(block.x, self.feature_names, first_row=block.first)
            if block.sample_weight is not None:
                size = size[block.sample_weight > 0]
            largest = np.maximum(largest, size.max(axis=0, initial=0.0))
        return largest

    def _labels(self, rows: Rows) -> tuple[Array, int]:
        """(n_labels,) Σ s⁽ⁱ⁾ of each known label, and the present rows without one."""
        if rows.labels is None:
            return np.zeros(self.n_labels), int(np.count_nonzero(rows.weights > 0.0))
        check_label_range(rows.labels, self.n_labels, rows.first)
        known, weight = rows.labels >= 0, rows.weights
        sums = np.bincount(rows.labels[known], weight[known], minlength=self.n_labels)
        return sums, int(np.count_nonzero(~known & (weight > 0.0)))


@dataclass(frozen=True, eq=False)
class Survey:
    """What a pass over rows has found; ``+`` joins chunks in their order.

    n_present : int             rows of positive weight
    largest : (d,)              max |x| of each column over these rows
    distinct : (m, d)           different rows among them, up to ``limit``
    label_weights : (k,)        Σ s⁽ⁱ⁾ of the rows of each known label
    n_unlabelled : int          rows of positive weight without a known label
    parts : tuple of Rows       the draw, chunk by chunk
    """

    n_present: int
    largest: Array
    distinct: Array = field(repr=False)
    limit: int
    label_weights: Array
    n_unlabelled: int
    parts: tuple[Rows, ...] = field(repr=False)

    def __add__(self, other: Survey) -> Survey:
        """The survey of both."""
        distinct = self.distinct
        if len(distinct) < self.limit:
            both = np.concatenate([distinct, other.distinct])
            distinct = np.unique(both, axis=0)[: self.limit]
        return Survey(
            self.n_present + other.n_present,
            np.maximum(self.largest, other.largest),
            distinct,
            self.limit,
            self.label_weights + other.label_weights,
            self.n_unlabelled + other.n_unlabelled,
            self.parts + other.parts,
        )

    @property
    def some_labelled(self) -> bool:
        """Whether a row of positive weight has a known label."""
        return self.n_unlabelled < self.n_present

    @property
    def all_labelled(self) -> bool:
        """Whether every row of positive weight has a known label."""
        return self.n_unlabelled == 0

    def draw(self) -> Rows:
        """Rows of all chunks, no more than `DRAW_BYTES` of copies: every row is as likely."""
        return joined(self.parts)

    def check(self, dtype: np.dtype, feature_names: tuple[str, ...] | None = None) -> None:
        """Raises InvalidDataError where no row has weight, or the squares of a column vanish."""
        if self.n_present == 0:
            raise InvalidDataError("sample_weight is zero for every row: there is nothing to fit")
        refuse_small(self.largest, dtype, feature_names)

    def check_n_components(self, n_components: int) -> None:
        """Raises InvalidParameterError when fewer than k different rows have weight."""
        check_n_distinct(len(self.distinct), n_components)


def stride_of(source: Source) -> int:
    """The least stride of a draw that copies no more than `DRAW_BYTES`; 1 takes all rows.

    One chunk is drawn from where it lies.
    """
    if len(source) == 1:
        return 1
    most = DRAW_BYTES // bytes_per_row(source.n_features, source.dtype)
    return max(1, -(-source.n_samples // max(most, 1)))
