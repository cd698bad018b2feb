"""Rows drawn by strata: one from each of as many, so that kinds that stand together all count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drumlin._types import Array
from drumlin.data.source import Rows

DRAW_BYTES = 16 << 20
"""Of the draw that a survey takes from all rows; all subsamples are taken from it."""


def bytes_per_row(n_features: int, dtype: np.dtype) -> int:
    """Of a copy, a weight and a label beside it."""
    return n_features * dtype.itemsize + 16


def subsample(rows: Rows, n_rows: int, rng: np.random.Generator) -> Rows:
    """``n_rows`` different rows of positive weight, in their order; all of them when they are few.

    The rows of positive weight, in a circle, are cut into ``n_rows`` runs of equal length up to
    one, and each run gives one of its rows. Every row is as likely, because the first cut is
    anywhere; where rows of a kind stand together, every kind gets its share.
    """
    total, take = _present(rows)
    if total <= n_rows:
        return rows if total == len(rows) else take(np.arange(total))
    edges = np.arange(n_rows + 1) * total // n_rows
    inside = (rng.random(n_rows) * np.diff(edges)).astype(np.int64)
    wanted = np.sort((edges[:-1] + inside + rng.integers(total)) % total)
    return take(wanted)


def one_in(stride: int, rows: Rows, key: int) -> Rows:
    """One row of every ``stride`` consecutive rows of positive weight of a chunk.

    Of those left over at its end one is taken with the probability that makes all rows as likely.
    Depends on ``key`` and the place of the chunk alone. A stride of one takes the chunk as it is.
    """
    if stride == 1:
        return rows
    total, take = _present(rows)
    rng = np.random.default_rng([key, rows.first])
    full = total // stride
    wanted = np.arange(full + 1) * stride + rng.integers(stride, size=full + 1)
    return take(wanted[wanted < total])


def joined(parts: tuple[Rows, ...]) -> Rows:
    """Chunks as one, in their order; one chunk is not copied."""
    if len(parts) == 1:
        return parts[0]
    weights = [part.sample_weight for part in parts if part.sample_weight is not None]
    labels = [part.labels for part in parts if part.labels is not None]
    return Rows(
        np.concatenate([part.x for part in parts]),
        np.concatenate(weights) if weights else None,
        np.concatenate(labels) if labels else None,
    )


def _present(rows: Rows) -> tuple[int, Callable[[Array], Rows]]:
    """How many rows have positive weight, and a function that takes some of them by number."""
    if rows.sample_weight is None:
        return len(rows), rows.take
    present = np.flatnonzero(rows.sample_weight)
    return len(present), lambda wanted: rows.take(present[wanted])
