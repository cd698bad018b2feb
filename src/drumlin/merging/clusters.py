"""merge(): a mixture and rows -> clusters of components, for every number of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.data import SurveyPass, Table, as_table, prepare, stride_of
from drumlin.errors import InvalidParameterError
from drumlin.fitting import Fit
from drumlin.fitting.options import engine_of
from drumlin.merging.entropy import BLOCK_ROWS, Merge, joined, merges, of_clusters
from drumlin.mixture import Mixture
from drumlin.tables import aligned


@dataclass(frozen=True, eq=False)
class Elbow:
    """The best two straight lines through points, by least squares; both pass the point ``index``.

    index : the point where they meet;  left, right : intercept and slope of each
    """

    index: int
    left: tuple[float, float]
    right: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Merging:
    """What merging the components of a mixture gives, for every number of clusters.

    mixture : Mixture        its components, which stay as they are
    x : Table                the rows that were looked at; a draw of them where they are chunks
    merges : tuple of Merge  the steps: from k clusters to k − 1 first, from 2 to 1 last
    """

    mixture: Mixture
    x: Table
    merges: tuple[Merge, ...] = ()

    @cached_property
    def entropies(self) -> Array:
        """(k,) nats; entropies[g − 1] is that of g clusters, and of one cluster 0."""
        return np.cumsum([0.0, *(step.entropy_drop for step in reversed(self.merges))])

    @cached_property
    def merged_rows(self) -> Array:
        """(k,) the rows, by their weight, that are merged on the way from g clusters to one."""
        return np.cumsum([0.0, *(step.total_weight for step in reversed(self.merges))])

    @property
    def suggested(self) -> int:
        """Where the entropy bends over the number of clusters; k when k < 3, too few to tell.

        Three components leave one place to bend, two clusters: look at the entropies themselves.
        """
        return self._suggested(np.arange(1.0, self.mixture.n_components + 1.0))

    @property
    def suggested_by_rows(self) -> int:
        """Where the entropy bends over the number of merged rows, so that small clusters count."""
        return self._suggested(self.merged_rows)

    def _suggested(self, along: Array) -> int:
        return len(along) if len(along) < 3 else elbow(along, self.entropies).index + 1

    def members(self, n_clusters: Any) -> Array:
        """(k,) the cluster of each component, clusters in the order of their first components.

        Raises InvalidParameterError unless 1 <= n_clusters <= k.
        """
        k = self.mixture.n_components
        is_whole = isinstance(n_clusters, int | np.integer) and not isinstance(n_clusters, bool)
        if not (is_whole and 1 <= n_clusters <= k):
            raise InvalidParameterError(
                f"n_clusters is {n_clusters!r}: it must be a whole number from 1 to {k}, the "
                "number of components"
            )
        members = np.arange(k)
        for step in self.merges[: k - int(n_clusters)]:
            members = joined(members, step.pair)
        return members

    def responsibilities(self, n_clusters: int, x: Any = None) -> Array:
        """(n, g) soft assignments to clusters, of the rows merged by or of other rows x (n, d).

        Raises InvalidParameterError, InvalidDataError.
        """
        members = self.members(n_clusters)
        soft = self.mixture.responsibilities(self.x if x is None else x)
        return np.ascontiguousarray(of_clusters(soft.T, members).T)

    def labels(self, n_clusters: int, x: Any = None) -> Array:
        """(n,) the most likely cluster of each row, counted from 0.

        Raises InvalidParameterError, InvalidDataError.
        """
        members = self.members(n_clusters)
        rows = self.x if x is None else as_table(x, self.mixture.feature_names)
        parts = [
            of_clusters(self.mixture.responsibilities(rows.x[part]).T, members).argmax(axis=0)
            for part in (slice(i, i + BLOCK_ROWS) for i in range(0, len(rows.x), BLOCK_ROWS))
        ]
        return np.concatenate(parts)

    def __str__(self) -> str:
        """A line per number of clusters: the entropy, and what was merged to get there."""
        return "\n".join([*_table(self), "", *_suggestions(self)])

    __repr__ = __str__


def merge(
    fitted: Fit | Mixture,
    x: Any,
    *,
    sample_weight: Any = None,
    backend: str | Backend = "auto",
    n_threads: int | None = None,
) -> Merging:
    """Merge components into clusters, from k down to one, by the entropy of the assignment.

    fitted : a `Fit`, or a Mixture of k components
    x : (n, d) rows, usually those of the fit;  sample_weight : (n,) counts

    Takes k − 1 passes over x, and keeps nothing of size n × k.

    >>> import drumlin
    >>> long = drumlin.Mixture.from_arrays([0.4, 0.3, 0.3], [0.0, 2.0, 20.0], [1.0, 1.0, 1.0])
    >>> merging = drumlin.merge(long, long.sample(500, 0)[0])
    >>> merging.members(2)  # the first two components are one cluster
    array([0, 0, 1])

    Raises InvalidDataError, InvalidParameterError.
    """
    mixture = fitted.mixture if isinstance(fitted, Fit) else fitted
    if not isinstance(mixture, Mixture):
        raise InvalidParameterError(
            f"merge takes a Fit or a Mixture, not a {type(mixture).__name__}"
        )
    data = prepare(
        x,
        sample_weight=sample_weight,
        columns=mixture.feature_names,
        n_features=mixture.n_features,
    )
    engine = engine_of(backend, n_threads, data.n_samples)
    wanted = SurveyPass(stride=stride_of(data.source), feature_names=data.feature_names)
    survey = engine.executor.map_reduce(wanted, data.source)
    rows = Table(survey.draw().x, data.feature_names)
    return Merging(mixture, rows, tuple(merges(mixture, data.source, engine)))


def elbow(along: Array, heights: Array) -> Elbow:
    """The two least-squares lines that share a point and leave the least, of points (m,), m >= 3.

    Source: Baudry et al. 2010, section 4.
    """
    found = []
    for index in range(1, len(along) - 1):
        left, left_rest = _line(along[: index + 1], heights[: index + 1])
        right, right_rest = _line(along[index:], heights[index:])
        found.append((left_rest + right_rest, Elbow(index, left, right)))
    return min(found, key=itemgetter(0))[1]


def _line(along: Array, heights: Array) -> tuple[tuple[float, float], float]:
    """Intercept and slope of the least-squares line, and the sum of squares it leaves."""
    design = np.stack([np.ones(len(along)), along], axis=1)
    found = np.linalg.lstsq(design, heights, rcond=None)[0]
    return (float(found[0]), float(found[1])), float(((heights - design @ found) ** 2).sum())


def _table(merging: Merging) -> list[str]:
    k = merging.mixture.n_components
    header = ["clusters", "entropy", "rows merged", "merged components"]
    rows = [header, [str(k), f"{merging.entropies[k - 1]:.4f}", "", "none"]]
    for g, step in zip(range(k, 1, -1), merging.merges, strict=True):
        members = merging.members(g)
        sides = [np.flatnonzero(members == side) + 1 for side in step.pair]
        words = " with ".join("+".join(map(str, side)) for side in sides)
        rows.append(
            [str(g - 1), f"{merging.entropies[g - 2]:.4f}", f"{step.total_weight:.10g}", words]
        )
    return aligned(rows)


def _suggestions(merging: Merging) -> list[str]:
    if merging.mixture.n_components < 3:
        return ["fewer than three components: no bend to look for"]
    return aligned(
        [
            ["suggested", f"{merging.suggested}, where the entropy bends over the clusters"],
            ["", f"{merging.suggested_by_rows}, where it bends over the rows merged"],
        ]
    )
