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

from drumlin.covariance.axes import best_common_axes, common_axes, own_axes
from drumlin.covariance.factors import factors_above
from drumlin.covariance.full import Full
from drumlin.covariance.spread import Spread, equal_matrix, equal_volume
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
        return _shaped(spread(variances, shares, _volumes(previous)))

    return shaping


def along_own_axes(spread: Spread) -> Shaping:
    """Orientation variable: the eigenvectors of every C_j, largest variance with largest."""

    def shaping(covariances: Array, shares: Array, previous: Structure | None) -> Shaped | None:
        variances, axes = own_axes(covariances)
        variances = np.maximum(variances, 0.0)
        return _along(axes, spread(variances, shares, _volumes(previous)))

    return shaping


def along_common_axes(spread: Spread) -> Shaping:
    """Orientation equal, shape variable: axes from those of the previous iteration on.

    Where there are none the eigenvectors of the pooled covariance, and of each, are tried.
    """
    equal = spread is equal_volume

    def shaping(covariances: Array, shares: Array, previous: Structure | None) -> Shaped | None:
        if factors_above(covariances, np.zeros_like(covariances[0])) is None:
            return None
        known = previous.axes if isinstance(previous, Full) else None
        if known is None:
            starts = _starts(covariances, shares, previous)
            variances, axes = best_common_axes(covariances, shares, starts, equal_volume=equal)
        else:
            variances, axes = common_axes(covariances, shares, known, equal_volume=equal)
        shaped = _along(axes, spread(variances, shares, None))
        return None if shaped is None else shaped._replace(axes=axes)

    return shaping


def one_matrix_scaled(
    covariances: Array, shares: Array, previous: Structure | None
) -> Shaped | None:
    """Orientation and shape equal: Σ_j = λ_j C."""
    return _shaped(equal_matrix(covariances, shares, _volumes(previous)))


def _starts(covariances: Array, shares: Array, previous: Structure | None) -> Array:
    """(m, d, d) axes to try where none are known."""
    pooled = np.einsum("j,jab->ab", shares, covariances)[None]
    tried = [pooled, covariances]
    if previous is not None:
        tried.append(previous.matrices())
    return own_axes(np.concatenate(tried))[1]


def _shaped(covariances: Array | None) -> Shaped | None:
    return None if covariances is None else Shaped(covariances)


def _along(axes: Array, variances: Array | None) -> Shaped | None:
    """Σ_j = D_j diag(variances_j) D_jᵀ."""
    if variances is None:
        return None
    return Shaped((axes * variances[:, None, :]) @ np.swapaxes(axes, -1, -2))


def _volumes(previous: Structure | None) -> Array | None:
    """(k,) |Σ_j|^(1/d)."""
    if previous is None:
        return None
    volumes: Array = np.exp(previous.log_determinants / previous.n_features)
    return volumes
