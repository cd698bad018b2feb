"""Which components overlap most: the steps of merging them, from responsibilities in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array

Assignments = Iterator[tuple[Array, Array]]
"""Blocks of responsibilities (m, k) with the weights (m,) of their rows."""


@dataclass(frozen=True)
class Merge:
    """One step, from g clusters to g − 1.

    pair : the two of the g clusters that become one, counted from 0, the lower first
    lowered : nats by which the entropy falls
    count : Σ s⁽ⁱ⁾ of the rows whose most likely cluster was one of the two
    """

    pair: tuple[int, int]
    lowered: float
    count: float


def merges(assignments: Callable[[], Assignments], n_components: int) -> Iterator[Merge]:
    """The steps from k clusters to one.

    assignments : what gives the blocks, again for every pass; there are k − 1 of them

    Of the pairs, those of the cluster that the step before made are measured anew.
    """
    members = np.arange(n_components)
    gains = np.full((n_components, n_components), -1.0)
    changed: Sequence[int] = range(1, n_components)
    for g in range(n_components, 1, -1):
        counts = np.zeros(g)
        # of a first pass all pairs, afterwards those of the cluster that was made
        rows = {a: np.arange(a) if g == n_components else np.arange(g) for a in changed}
        for a, others in rows.items():
            gains[a, others] = 0.0
        for soft, weight in assignments():
            clusters = of_clusters(np.asarray(soft, dtype=np.float64).T, members)
            counts += np.bincount(clusters.argmax(axis=0), weights=weight, minlength=g)
            for a, others in rows.items():
                gains[a, others] += _lost(clusters[a], clusters[others]) @ weight
        for a, others in rows.items():
            gains[others, a] = gains[a, others]
            gains[a, a] = -1.0  # no pair
        first, second = (int(c) for c in np.unravel_index(np.argmax(gains), gains.shape))
        pair = min(first, second), max(first, second)
        yield Merge(pair, float(gains[pair]), float(counts[list(pair)].sum()))
        members = joined(members, pair)
        gains = np.delete(np.delete(gains, pair[1], axis=0), pair[1], axis=1)
        changed = pair[:1]


def joined(members: Array, pair: tuple[int, int]) -> Array:
    """The second of the pair becomes the first, and those after it move up."""
    joined: Array = np.where(members == pair[1], pair[0], members - (members > pair[1]))
    return joined


def of_clusters(soft: Array, members: Array) -> Array:
    """(g, m) responsibilities of clusters from those of components (k, m)."""
    out = np.zeros((int(members.max()) + 1, soft.shape[1]), dtype=soft.dtype)
    for component, cluster in enumerate(members):
        out[cluster] += soft[component]
    return out


def _lost(one: Array, others: Array) -> Array:
    """(c, m) (a + b) log(a + b) − a log a − b log b for a (m,) and each b of (c, m).

    As (a + b) log(1 + r) − b log r with r = b / a <= 1, whose terms are positive: nothing cancels.
    """
    high, low = np.maximum(one, others), np.minimum(one, others)
    ratio = np.divide(low, high, out=np.ones_like(high), where=low > 0.0)
    lost: Array = (high + low) * np.log1p(ratio) - low * np.log(ratio)
    return np.where(low > 0.0, lost, 0.0)
