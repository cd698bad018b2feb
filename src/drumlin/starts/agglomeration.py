"""Model-based agglomeration: the tree of merges, cut where k groups are left."""

from __future__ import annotations

import numpy as np

from drumlin.moments import Moments
from drumlin.starts.whitened_sample import WhitenedSample


def start(sample: WhitenedSample, n_components: int, rng: np.random.Generator) -> Moments:
    """Moments of k groups of the tree, shrunk to the pooled covariance. Draws nothing."""
    del rng
    return sample.shrunk(sample.moments_of_labels(sample.tree.labels(n_components), n_components))
