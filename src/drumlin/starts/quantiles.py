"""In one dimension: the sorted rows cut into k groups of equal weight."""

from __future__ import annotations

import numpy as np

from drumlin.moments import Moments
from drumlin.starts.whitened_sample import WhitenedSample


def start(sample: WhitenedSample, n_components: int, rng: np.random.Generator) -> Moments:
    """Moments of the k quantile groups, shrunk to the pooled variance. Draws nothing."""
    del rng
    weight = sample.rows.sample_weight
    order = np.argsort(sample.y[:, 0], kind="stable")
    share = np.ones(len(order)) if weight is None else weight[order]
    middle = (np.cumsum(share) - 0.5 * share) / share.sum()
    labels = np.empty(len(order), dtype=np.int64)
    labels[order] = np.minimum((middle * n_components).astype(np.int64), n_components - 1)
    return sample.shrunk(sample.moments_of_labels(labels, n_components))
