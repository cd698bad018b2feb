"""The parameters of a mixture as one row of numbers: φ, μ component by component, vech Σ_j."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.mixture import Mixture


def packed(weights: Array, means: Array, covariances: Array) -> Array:
    """(..., P) from φ (..., k), μ (..., k, d) and Σ (..., k, d, d), of which the lower halves."""
    k, d = means.shape[-2:]
    a, b = np.tril_indices(d)
    lead = weights.shape[:-1]
    halves = covariances[..., a, b].reshape(*lead, k * len(a))
    return np.concatenate([weights, means.reshape(*lead, k * d), halves], axis=-1)


def unpacked(row: Array, n_components: int, n_features: int) -> tuple[Array, Array, Array]:
    """The inverse of `packed`: φ (..., k), μ (..., k, d), Σ (..., k, d, d)."""
    k, d = n_components, n_features
    a, b = np.tril_indices(d)
    lead = row.shape[:-1]
    halves = row[..., k + k * d :].reshape(*lead, k, len(a))
    covariances = np.empty((*lead, k, d, d))
    covariances[..., a, b] = covariances[..., b, a] = halves
    return row[..., :k], row[..., k : k + k * d].reshape(*lead, k, d), covariances


def packed_mixture(mixture: Mixture) -> Array:
    """(P,) the parameters of this mixture."""
    return packed(mixture.weights, mixture.means, mixture.covariance.matrices())


def places(mixture: Mixture) -> list[tuple[int, str]]:
    """P pairs: the component, counted from 0, and what of it, such as "mean of x1"."""
    k, d = mixture.means.shape
    columns = mixture.feature_names or tuple(f"x{a + 1}" for a in range(d))
    halves = [
        f"variance of {columns[a]}" if a == b else f"covariance of {columns[b]}, {columns[a]}"
        for a, b in zip(*np.tril_indices(d), strict=True)
    ]
    return [
        *((j, "weight") for j in range(k)),
        *((j, f"mean of {column}") for j in range(k) for column in columns),
        *((j, half) for j in range(k) for half in halves),
    ]
