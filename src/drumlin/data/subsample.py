"""Rows drawn from a source: one from each of as many strata, so that nothing of n rows is made."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from drumlin._types import Array
from drumlin.data.source import BLOCK_ROWS, Rows, Source


def subsample(source: Source, n_rows: int, rng: np.random.Generator) -> Rows:
    """``n_rows`` different rows of positive weight, in their order; all of them when they are few.

    The rows of positive weight, in a circle, are cut into ``n_rows`` runs of equal length up to
    one, and each run gives one of its rows. Every row is as likely, because the first cut is
    anywhere; where rows of a kind stand together, every kind gets its share.
    """
    chunks = [source[index] for index in range(len(source))]
    present = [_present_per_block(rows) for rows in chunks]
    sizes = [int(counts.sum()) for counts in present]
    total = sum(sizes)
    if total <= n_rows:
        if len(chunks) == 1 and total == len(chunks[0]):
            return chunks[0]
        wanted = np.arange(total)
    else:
        edges = np.arange(n_rows + 1) * total // n_rows
        inside = (rng.random(n_rows) * np.diff(edges)).astype(np.int64)
        wanted = np.sort((edges[:-1] + inside + rng.integers(total)) % total)
    bounds = np.searchsorted(wanted, np.concatenate([[0], np.cumsum(sizes)]))
    parts, before = [], 0
    for rows, counts, size, low, high in zip(
        chunks, present, sizes, bounds[:-1], bounds[1:], strict=True
    ):
        parts.append(rows.take(_places(rows, counts, wanted[low:high] - before)))
        before += size
    return parts[0] if len(parts) == 1 else _joined(parts)


def _present_per_block(rows: Rows) -> Array:
    """Rows of positive weight in each block of rows."""
    if rows.sample_weight is None:
        return np.array([len(rows)])
    firsts = range(0, len(rows), BLOCK_ROWS)
    blocks = [rows.sample_weight[first : first + BLOCK_ROWS] for first in firsts]
    return np.array([np.count_nonzero(block) for block in blocks])


def _places(rows: Rows, counts: Array, wanted: Array) -> Array:
    """Row numbers of the present rows number ``wanted``, which ascend."""
    if rows.sample_weight is None:
        return wanted
    edges = np.concatenate([[0], np.cumsum(counts)])
    bounds = np.searchsorted(wanted, edges)
    places = []
    for block, (low, high) in enumerate(pairwise(bounds)):
        first = block * BLOCK_ROWS
        there = np.flatnonzero(rows.sample_weight[first : first + BLOCK_ROWS])
        places.append(first + there[wanted[low:high] - edges[block]])
    return np.concatenate(places)


def _joined(parts: list[Rows]) -> Rows:
    weights = [part.sample_weight for part in parts if part.sample_weight is not None]
    labels = [part.labels for part in parts if part.labels is not None]
    return Rows(
        np.concatenate([part.x for part in parts]),
        np.concatenate(weights) if weights else None,
        np.concatenate(labels) if labels else None,
    )
