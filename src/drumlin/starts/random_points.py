"""Random rows as means, with the covariance of the whole data in common."""

from __future__ import annotations

import numpy as np

from drumlin.covariance import Tied
from drumlin.em import expect
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.starts.frame import Frame


def start(frame: Frame, n_components: int, rng: np.random.Generator) -> Moments:
    """Moments of one soft assignment to k random rows, S₊ / k^(2/d) the covariance of each."""
    weight = frame.rows.sample_weight
    share = None if weight is None else weight / weight.sum()
    n_features = frame.y.shape[1]
    replace = len(frame.y) < n_components
    rows = rng.choice(len(frame.y), size=n_components, replace=replace, p=share)
    factor = frame.factor * n_components ** (-1.0 / n_features)
    mixture = Mixture(
        np.full(n_components, 1.0 / n_components),
        np.asarray(frame.rows.x[rows], dtype=np.float64),
        Tied(factor, n_components),
    )
    return expect(mixture, frame.problem, Form.FULL)
