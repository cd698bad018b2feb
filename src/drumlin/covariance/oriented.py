"""Where a rule of volume and shape is applied: along the columns, own axes, or common axes.

A shaping takes the covariances C_j = S_j / mass_j of the components, (k, d, d) or their diagonals
(k, d); the share (k,) of each in the mass; and the covariances of the previous iteration. It
returns those of largest Q among the covariances of the family; where there are none because a
scatter is singular, None or what is not finite or not positive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from drumlin.covariance.axes import common_axes, disagreement, own_axes
from drumlin.covariance.full import Full
from drumlin.covariance.spread import INNER_CHANGE, INNER_STEPS, Spread, equal_volume
from drumlin.covariance.structure import Array, Structure


class Shaped(NamedTuple):
    """Σ_j as (k, d, d) or (k, d), and the axes (d, d) where all have the same."""

    covariances: Array
    axes: Array | None = None


Shaping = Callable[[Array, Array, Structure | None], Shaped | None]
"""(covariances, shares, previous structure or None) -> Σ_j."""


def along_columns(spread: Spread) -> Shaping:
    """Orientation the identity."""

    def shaping(variances: Array, shares: Array, previous: Structure | None) -> Shaped | None:
        return Shaped(spread(variances, shares, _volumes(previous)))

    return shaping


def along_own_axes(spread: Spread) -> Shaping:
    """Orientation variable: the eigenvectors of every C_j, largest variance with largest."""

    def shaping(covariances: Array, shares: Array, previous: Structure | None) -> Shaped | None:
        variances, axes = own_axes(covariances)
        variances = np.maximum(variances, 0.0)
        return Shaped(_matrices(axes, spread(variances, shares, _volumes(previous))))

    return shaping


def along_common_axes(spread: Spread) -> Shaping:
    """Orientation equal, shape variable: axes from those of the previous iteration on.

    Where there are none the eigenvectors of the pooled covariance, and of each, are tried.
    """
    equal = spread is equal_volume

    def shaping(covariances: Array, shares: Array, previous: Structure | None) -> Shaped | None:
        if not (own_axes(covariances)[0] > 0.0).all():
            return None
        warm = previous.axes if isinstance(previous, Full) else None
        found = [
            common_axes(covariances, shares, start, equal_volume=equal)
            for start in (_starts(covariances, shares, previous) if warm is None else warm[None])
        ]
        variances, axes = min(
            found, key=lambda pair: disagreement(pair[0], shares, equal_volume=equal)
        )
        return Shaped(_matrices(axes, spread(variances, shares, None)), axes)

    return shaping


def one_matrix_scaled(
    covariances: Array, shares: Array, previous: Structure | None
) -> Shaped | None:
    """VEE: Σ_j = λ_j C, with λ_j = tr(C_j C⁻¹) / d and C ∝ Σ_j share_j C_j / λ_j in turn."""
    n_features = covariances.shape[1]
    pooled = np.einsum("j,jab->ab", shares, covariances)
    volumes = _volumes(previous)
    try:
        if volumes is None:
            volumes = np.einsum("jab,ba->j", covariances, np.linalg.inv(pooled)) / n_features
        for _ in range(INNER_STEPS):
            common = np.einsum("j,jab->ab", shares / volumes, covariances)
            common /= np.exp(np.linalg.slogdet(common)[1] / n_features)
            before = volumes
            volumes = np.einsum("jab,ba->j", covariances, np.linalg.inv(common)) / n_features
            if (np.abs(volumes - before) <= INNER_CHANGE * volumes).all():
                break
    except np.linalg.LinAlgError:
        return None
    return Shaped(volumes[:, None, None] * common)


def _starts(covariances: Array, shares: Array, previous: Structure | None) -> Array:
    """(m, d, d) axes to try where none are known."""
    pooled = np.einsum("j,jab->ab", shares, covariances)[None]
    tried = [pooled, covariances]
    if previous is not None:
        tried.append(previous.matrices())
    return own_axes(np.concatenate(tried))[1]


def _matrices(axes: Array, variances: Array) -> Array:
    """(k, d, d) D_j diag(variances_j) D_jᵀ."""
    matrices: Array = (axes * variances[:, None, :]) @ np.swapaxes(axes, -1, -2)
    return matrices


def _volumes(previous: Structure | None) -> Array | None:
    """(k,) |Σ_j|^(1/d)."""
    if previous is None:
        return None
    volumes: Array = np.exp(previous.log_determinants / previous.n_features)
    return volumes
