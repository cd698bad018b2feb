"""A whitened subsample: where starts look for clusters, so that units of columns do not matter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.covariance import RelativeFloor, Tied
from drumlin.covariance.cholesky import clipped_factor
from drumlin.data import ArraySource, Rows, subsample
from drumlin.em import Problem, expect
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments, pseudo_rows
from drumlin.starts.merge_tree import MergeTree, merge_tree

SMALLEST_CORRELATION = 1e-12
"""Eigenvalues of the correlation matrix of the data are raised to this before whitening."""


@dataclass(frozen=True, eq=False)
class WhitenedSample:
    """A subsample of the rows, as they are and whitened by S₊ of the whole data.

    problem : Problem   whose source is the subsample
    seen : Rows         the subsample as it was observed
    rows : Rows         the same as points x (m, d)
    factor : (d, d)     S₊ = factor factorᵀ
    """

    problem: Problem
    seen: Rows
    rows: Rows
    factor: Array

    @cached_property
    def y(self) -> Array:
        """(m, d) the points whitened: mean zero, covariance near the identity."""
        centred = np.asarray(self.rows.x, dtype=np.float64) - self.problem.summary.mean
        return np.ascontiguousarray(np.linalg.solve(self.factor, centred.T).T)

    @cached_property
    def tree(self) -> MergeTree:
        """The points merged to one group, step by step: a start for every number of components."""
        problem = self.problem
        return merge_tree(self.rows, problem.floor.flat_columns, problem.backend)

    def drawn_rows(self, number: int, rng: np.random.Generator) -> Array:
        """(number, d) float64: points drawn by weight."""
        weight = self.rows.sample_weight
        share = None if weight is None else weight / weight.sum()
        chosen = rng.choice(len(self.rows), size=number, p=share)
        return np.asarray(self.rows.x[chosen], dtype=np.float64)

    def moments_of_labels(self, labels: Array, n_components: int) -> Moments:
        """Full moments of the subsample with these labels (m,), about the mean of the data."""
        source = ArraySource(replace(self.seen, labels=labels))
        problem = replace(self.problem, source=source)
        return expect(self.anywhere(n_components), problem, Form.FULL)

    def shrunk(self, moments: Moments) -> Moments:
        """Moments with d + 1 pseudo-rows per component, spread like the pooled within-scatter W.

        N_j S_j becomes N_j S_j + (d + 1) W and N_j becomes N_j + d + 1.
        """
        centred = moments.centred()
        within = centred.scatter.sum(axis=0) / centred.mass.sum()
        return centred + pseudo_rows(centred.origin, within)

    def anywhere(self, n_components: int) -> Mixture:
        """k equal components at the mean of the data: with known labels any mixture will do."""
        weights = np.full(n_components, 1.0 / n_components)
        means = np.repeat(self.problem.summary.mean[None], n_components, axis=0)
        return Mixture(weights, means, Tied(self.factor, n_components))


def whitened_sample(problem: Problem, n_rows: int, rng: np.random.Generator) -> WhitenedSample:
    """At most ``n_rows`` rows drawn from those with weight."""
    seen = subsample(problem.summary.draw, n_rows, rng)
    inner = replace(problem, source=ArraySource(seen))
    points = problem.observation.points(seen)
    return WhitenedSample(inner, seen, points, _whitening_factor(problem.summary.floor))


def _whitening_factor(floor: RelativeFloor) -> Array:
    """(d, d) lower factor of S₊; a column or direction without spread keeps a small one."""
    flat = floor.flat_columns
    total = np.where(flat[:, None] | flat[None, :], 0.0, floor.total)
    np.fill_diagonal(total, np.where(flat, np.diagonal(floor.scale), np.diagonal(floor.total)))
    return clipped_factor(total, SMALLEST_CORRELATION)
