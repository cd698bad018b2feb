"""Random rows as means, with the covariance of the whole data in common."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Tied
from drumlin.em import expect
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.starts.whitened_sample import WhitenedSample


def start(sample: WhitenedSample, n_components: int, rng: np.random.Generator) -> Moments:
    """Moments of one soft assignment to k random rows, S₊ / k^(2/d) the covariance of each."""
    n_features = sample.y.shape[1]
    rows = _different_rows(len(sample.y), sample.rows.sample_weight, n_components, rng)
    factor = sample.factor * n_components ** (-1.0 / n_features)
    mixture = Mixture(
        np.full(n_components, 1.0 / n_components),
        np.asarray(sample.rows.x[rows], dtype=np.float64),
        Tied(factor, n_components),
    )
    return expect(mixture, sample.problem, Form.FULL)


def _different_rows(
    n_rows: int, sample_weight: Array | None, n_drawn: int, rng: np.random.Generator
) -> Array:
    """Drawn one after another in proportion to their weights, never twice.

    With weights as the largest log s⁽ⁱ⁾ + Gumbel noise (Yellott 1977), which has no shares that
    could underflow.
    """
    if sample_weight is None:
        return rng.choice(n_rows, size=n_drawn, replace=False)
    return np.argsort(-(np.log(sample_weight) + rng.gumbel(size=n_rows)), kind="stable")[:n_drawn]
