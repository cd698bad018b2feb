"""Which component of one mixture is which of another.

The assignment with the least sum of Bhattacharyya distances, which no affine map of the data
changes; where a second assignment is nearly as good, the matching is ambiguous.
"""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.mixture import Mixture

AMBIGUOUS = 0.5
"""A matching is ambiguous when its distances are more than this share of the second best's."""


def matching(found: Mixture, base: Mixture) -> tuple[Array, bool]:
    """(k,) the components of ``found`` in the order of ``base``, and whether that is certain.

    Certain: no other assignment comes to less than twice the sum of distances of the best.
    """
    if base.n_components == 1:
        return np.zeros(1, dtype=np.intp), True
    from scipy.optimize import linear_sum_assignment

    distances = bhattacharyya(base, found)
    rows, order = linear_sum_assignment(distances)
    best = float(distances[rows, order].sum())
    second = np.inf
    for j in rows:  # the second best differs from the best in some component
        other = distances.copy()
        other[j, order[j]] = distances.sum() + 1.0  # more than any assignment costs
        second = min(second, float(other[linear_sum_assignment(other)].sum()))
    return order, best <= AMBIGUOUS * second


def bhattacharyya(one: Mixture, other: Mixture) -> Array:
    """(k, k) ⅛ δᵀ Σ⁻¹ δ + ½ log(|Σ| / √(|Σ_j| |Σ_l|)), Σ = (Σ_j + Σ_l)/2, δ = μ_j − μ_l."""
    first, second = one.covariance.matrices(), other.covariance.matrices()
    between = 0.5 * (first[:, None] + second[None])
    delta = one.means[:, None] - other.means[None]
    apart = np.einsum("jla,jla->jl", delta, np.linalg.solve(between, delta[..., None])[..., 0])
    own = one.covariance.log_determinants[:, None] + other.covariance.log_determinants[None]
    distances: Array = apart / 8.0 + 0.5 * (np.linalg.slogdet(between)[1] - 0.5 * own)
    return np.maximum(distances, 0.0)
