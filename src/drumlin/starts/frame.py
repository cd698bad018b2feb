"""The whitened frame: where starts look for clusters, so that units of columns do not matter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumlin.constraints import Whole
from drumlin.covariance import Floor, Tied
from drumlin.covariance.factors import raised_factor
from drumlin.data import ArraySource, Rows, Source
from drumlin.em import Problem, expect
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments, pseudo_rows

Array = np.ndarray

SMALLEST_CORRELATION = 1e-12
"""Eigenvalues of the correlation matrix of the data are raised to this before whitening."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A subsample of the rows, as they are and whitened by S₊ of the whole data.

    problem : Problem   whose source is the subsample
    rows : Rows         the subsample, x (m, d)
    y : (m, d)          whitened: mean zero, covariance near the identity
    factor : (d, d)     S₊ = factor factorᵀ
    """

    problem: Problem
    rows: Rows
    y: Array
    factor: Array
    mean: Array

    def moments_of_labels(self, labels: Array, n_components: int) -> Moments:
        """Full moments of the subsample with these labels (m,), about the mean of the data."""
        problem = replace(self.problem, source=ArraySource(replace(self.rows, labels=labels)))
        return expect(self.anywhere(n_components), problem, Form.FULL)

    def shrunk(self, moments: Moments) -> Moments:
        """Moments with d + 1 pseudo-rows per component, spread like the pooled within-scatter W.

        N_j S_j becomes N_j S_j + (d + 1) W and N_j becomes N_j + d + 1: moments add, also those
        of rows that nobody saw.
        """
        centred = moments.centred()
        within = centred.scatter.sum(axis=0) / centred.mass.sum()
        return centred + pseudo_rows(centred.origin, within)

    def anywhere(self, n_components: int) -> Mixture:
        """k equal components at the mean of the data: with known labels any mixture will do."""
        weights = np.full(n_components, 1.0 / n_components)
        means = np.repeat(self.mean[None], n_components, axis=0)
        return Mixture(weights, means, Tied(self.factor, n_components))


def frame_of(problem: Problem, whole: Whole, n_rows: int, rng: np.random.Generator) -> Frame:
    """A frame of at most ``n_rows`` rows drawn without replacement from those with weight."""
    rows = subsample(problem.source, n_rows, rng)
    factor = _whitening_factor(whole.floor)
    y = np.linalg.solve(factor, (np.asarray(rows.x, dtype=np.float64) - whole.mean).T).T
    inner = replace(problem, source=ArraySource(rows))
    return Frame(inner, rows, np.ascontiguousarray(y), factor, whole.mean)


def subsample(source: Source, n_rows: int, rng: np.random.Generator) -> Rows:
    """At most ``n_rows`` rows of positive weight, in their order; all of them when they are few."""
    chunks = [source[index] for index in range(len(source))]
    present = [
        np.arange(len(rows)) if rows.sample_weight is None else np.flatnonzero(rows.sample_weight)
        for rows in chunks
    ]
    sizes = np.array([len(index) for index in present])
    if sizes.sum() > n_rows:
        drawn = np.sort(rng.choice(int(sizes.sum()), size=n_rows, replace=False))
        edges = np.concatenate([[0], np.cumsum(sizes)])
        present = [
            index[drawn[(drawn >= low) & (drawn < high)] - low]
            for index, low, high in zip(present, edges[:-1], edges[1:], strict=True)
        ]
    elif len(chunks) == 1 and sizes[0] == len(chunks[0]):
        return chunks[0]
    return _joined([rows.take(index) for rows, index in zip(chunks, present, strict=True)])


def _joined(parts: list[Rows]) -> Rows:
    weights = [part.sample_weight for part in parts if part.sample_weight is not None]
    labels = [part.labels for part in parts if part.labels is not None]
    return Rows(
        np.concatenate([part.x for part in parts]),
        np.concatenate(weights) if weights else None,
        np.concatenate(labels) if labels else None,
    )


def _whitening_factor(floor: Floor) -> Array:
    """(d, d) lower factor of S₊; a column or direction without spread keeps a small one."""
    flat = floor.flat_columns
    total = np.where(flat[:, None] | flat[None, :], 0.0, floor.total)
    np.fill_diagonal(total, np.where(flat, np.diagonal(floor.scale), np.diagonal(floor.total)))
    return raised_factor(total, SMALLEST_CORRELATION)
