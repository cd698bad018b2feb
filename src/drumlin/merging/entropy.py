"""Which components overlap most: the steps of merging them, from responsibilities in blocks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from drumlin._types import Array
from drumlin.data import Rows, Source
from drumlin.em import Engine
from drumlin.mixture import Mixture
from drumlin.observation import COMPLETE, Observation

BLOCK_ROWS = 8192


@dataclass(frozen=True)
class Merge:
    """One step, from g clusters to g − 1.

    pair : the two of the g clusters that become one, counted from 0, the lower first
    entropy_drop : nats by which the entropy falls
    total_weight : Σ s⁽ⁱ⁾ of the rows whose most likely cluster was one of the two
    """

    pair: tuple[int, int]
    entropy_drop: float
    total_weight: float


@dataclass(frozen=True, eq=False)
class Overlap:
    """Weight (g,) of the rows of each cluster, and nats per pair; ``+`` adds."""

    counts: Array
    drops: dict[int, Array]

    def __add__(self, other: Overlap) -> Overlap:
        drops = {a: drop + other.drops[a] for a, drop in self.drops.items()}
        return Overlap(self.counts + other.counts, drops)


def merges(
    mixture: Mixture, source: Source, engine: Engine, observation: Observation = COMPLETE
) -> Iterator[Merge]:
    """The steps from k clusters to one, by k − 1 passes.

    Of the pairs, those of the cluster that the step before made are measured anew.
    """
    k = mixture.n_components
    members, drops = np.arange(k), np.full((k, k), -1.0)
    changed: Sequence[int] = range(1, k)
    for g in range(k, 1, -1):
        # of a first pass all pairs, afterwards those of the cluster that was made
        pairs = {a: np.arange(a) if g == k else np.arange(g) for a in changed}
        responsibilities = partial(observation.responsibilities, engine.backend, mixture)
        overlap = engine.map_reduce(partial(_overlap, responsibilities, members, pairs), source)
        for a, others in pairs.items():
            drops[a, others] = drops[others, a] = overlap.drops[a]
            drops[a, a] = -1.0  # no pair
        first, second = (int(c) for c in np.unravel_index(np.argmax(drops), drops.shape))
        pair = min(first, second), max(first, second)
        yield Merge(pair, float(drops[pair]), float(overlap.counts[list(pair)].sum()))
        members = joined(members, pair)
        drops = np.delete(np.delete(drops, pair[1], axis=0), pair[1], axis=1)
        changed = pair[:1]


def _overlap(
    responsibilities: Callable[..., Array],
    members: Array,
    pairs: dict[int, Array],
    rows: Rows,
    n_threads: int,
) -> Overlap:
    """Of a chunk, by blocks so that nothing n × k is stored.

    members : (k,) the cluster of each component
    pairs : the clusters to look at, each with those it may be merged with
    """

    def of(block: Rows) -> Overlap:
        soft = np.asarray(responsibilities(block, n_threads=n_threads), np.float64)
        clusters, weight = of_clusters(soft.T, members), block.weights
        counts = np.bincount(clusters.argmax(axis=0), weight, minlength=len(clusters))
        drops = {a: _drop(clusters[a], clusters[b]) @ weight for a, b in pairs.items()}
        return Overlap(counts, drops)

    return reduce(operator.add, map(of, rows.blocks(BLOCK_ROWS)))


def joined(members: Array, pair: tuple[int, int]) -> Array:
    """The second of the pair becomes the first, and those after it move up."""
    return np.where(members == pair[1], pair[0], members - (members > pair[1]))


def of_clusters(soft: Array, members: Array) -> Array:
    """(g, m) responsibilities of clusters from those of components (k, m)."""
    out = np.zeros((int(members.max()) + 1, soft.shape[1]), dtype=soft.dtype)
    for component, cluster in enumerate(members):
        out[cluster] += soft[component]
    return out


def _drop(one: Array, others: Array) -> Array:
    """(c, m) (a + b) log(a + b) − a log a − b log b for a (m,) and each b of (c, m).

    As (a + b) log(1 + r) − b log r with r = b / a <= 1, whose terms are positive: nothing cancels.
    """
    high, low = np.maximum(one, others), np.minimum(one, others)
    ratio = np.divide(low, high, out=np.ones_like(high), where=low > 0.0)
    drop = (high + low) * np.log1p(ratio) - low * np.log(ratio)
    return np.where(low > 0.0, drop, 0.0)
