"""Greedy k-means++ in the whitened sample, then Lloyd steps made of the same pass as EM.

Sources: Arthur & Vassilvitskii 2007 for the seeding, its greedy form as in Celebi et al. 2013.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Spherical, unchecked
from drumlin.data import ArraySource, Rows
from drumlin.em import expect
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.observation import COMPLETE
from drumlin.starts.whitened_sample import WhitenedSample

LLOYD_STEPS = 4

HARD_VARIANCE = 1e-24
"""Equal components this narrow (in standard deviations of the data, squared) assign hard."""


def start(sample: WhitenedSample, n_components: int, rng: np.random.Generator) -> Moments:
    """Moments of the k-means clusters, shrunk to the pooled covariance."""
    weights = np.full(n_components, 1.0 / n_components)
    narrow = Spherical(np.full(n_components, HARD_VARIANCE), sample.y.shape[1])
    seeds = _seeds(sample.y, sample.rows.sample_weight, n_components, rng)
    clusters = _clusters(weights, seeds, narrow)
    white = Rows(sample.y, sample.rows.sample_weight)
    # the points as they are, whatever was seen of the rows
    problem = replace(sample.problem, source=ArraySource(white), observation=COMPLETE)
    for _ in range(LLOYD_STEPS):
        moments = expect(clusters, problem, Form.DIAGONAL)
        clusters = _clusters(weights, moments.means, narrow)
    labels = COMPLETE.labels(sample.problem.backend, clusters, white, n_threads=1)
    return sample.shrunk(sample.moments_of_labels(labels, n_components))


def _clusters(weights: Array, means: Array, narrow: Spherical) -> Mixture:
    return unchecked(Mixture, weights=weights, means=means, covariance=narrow, feature_names=None)


def _seeds(
    y: Array, sample_weight: Array | None, n_components: int, rng: np.random.Generator
) -> Array:
    """(k, d) rows of y: each drawn by squared distance, the best of a few draws kept."""
    weight = np.ones(len(y)) if sample_weight is None else sample_weight
    n_draws = 2 + int(np.log(n_components))
    squared = np.einsum("ia,ia->i", y, y)
    chosen = [_draw(weight, 1, rng)[0]]
    nearest = _squared_distances(y, squared, chosen)[:, 0]
    while len(chosen) < n_components:
        candidates = _draw(weight * nearest, n_draws, rng)
        closer = np.minimum(nearest[:, None], _squared_distances(y, squared, candidates))
        best = int((weight @ closer).argmin())
        chosen.append(candidates[best])
        nearest = closer[:, best]
    return np.ascontiguousarray(y[chosen])


def _draw(weight: Array, n_draws: int, rng: np.random.Generator) -> list[int]:
    """Row numbers drawn in proportion to ``weight``; evenly when all are zero."""
    total = np.cumsum(weight)
    if total[-1] <= 0.0:
        return [int(row) for row in rng.integers(len(weight), size=n_draws)]
    subsample = np.searchsorted(total, rng.random(n_draws) * total[-1], side="right")
    return [int(row) for row in np.minimum(subsample, len(weight) - 1)]


def _squared_distances(y: Array, squared: Array, rows: list[int]) -> Array:
    """(m, t) |y_i − y_r|². The expanded square is exact enough where all is of size one."""
    return np.maximum(squared[:, None] + squared[rows] - 2.0 * (y @ y[rows].T), 0.0)
