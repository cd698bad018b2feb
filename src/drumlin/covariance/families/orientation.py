"""Where a rule of volume and shape is applied: along the columns, own axes, or common axes.

An orientation rule takes the covariances C_j = S_j / mass_j of the components, (k, d, d) or their
diagonals (k, d); the share (k,) of each in the mass; and the covariances of the previous iteration.
It returns those of largest Q in the family, or None where a scatter is singular and there are none.

Factors are made of D_j and the roots of the variances, and never of the product: what components
share they share to the last digit, however small it is beside the rest. Q is not at its maximum in
directions that leave the family, and would feel the rounding there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.cholesky import factors_above, lower_factor
from drumlin.covariance.families.principal_axes import best_common_axes, common_axes, own_axes
from drumlin.covariance.families.volume_shape import (
    VolumeShapeRule,
    equal_matrix,
    equal_volume,
)
from drumlin.covariance.structures.base import Structure, unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full

OrientationRule = Callable[[Array, Array, Structure | None], Structure | None]
"""(covariances, shares, previous structure or None) -> Σ_j."""


@dataclass(frozen=True)
class AlongColumns:
    """Orientation the identity."""

    volume_shape: VolumeShapeRule

    def __call__(
        self, variances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the diagonals (k, d) of the covariances."""
        found = self.volume_shape(variances, shares, _volumes(previous))
        if found is None or not _positive(found):
            return None
        return unchecked(Diagonal, variances=found)


@dataclass(frozen=True)
class AlongOwnAxes:
    """Orientation variable: the eigenvectors of every C_j, largest variance with largest."""

    volume_shape: VolumeShapeRule

    def __call__(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the covariances (k, d, d)."""
        variances, axes = own_axes(covariances)
        variances = np.maximum(variances, 0.0)
        return _along(axes, self.volume_shape(variances, shares, _volumes(previous)))


@dataclass(frozen=True)
class AlongCommonAxes:
    """Orientation equal, shape variable: axes from those of the previous iteration on.

    Where there are none the eigenvectors of the pooled covariance, and of each, are tried.
    """

    volume_shape: VolumeShapeRule

    def __call__(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the covariances (k, d, d)."""
        if factors_above(covariances, np.zeros_like(covariances[0])) is None:
            return None
        equal = self.volume_shape is equal_volume
        known = previous.axes if isinstance(previous, Full) else None
        if known is None:
            starts = _starts(covariances, shares, previous)
            variances, axes = best_common_axes(covariances, shares, starts, equal_volume=equal)
        else:
            variances, axes = common_axes(covariances, shares, known, equal_volume=equal)
        return _along(axes, self.volume_shape(variances, shares, None), common=axes)


def proportional(covariances: Array, shares: Array, previous: Structure | None) -> Structure | None:
    """Orientation and shape equal: Σ_j = λ_j C."""
    found = equal_matrix(covariances, shares, _volumes(previous))
    factor = None if found is None else factors_above(found[1][None], np.zeros_like(found[1]))
    if found is None or factor is None:
        return None
    return unchecked(Full, factors=np.sqrt(found[0])[:, None, None] * factor)


def _starts(covariances: Array, shares: Array, previous: Structure | None) -> Array:
    """(m, d, d) axes to try where none are known."""
    pooled = np.einsum("j,jab->ab", shares, covariances)[None]
    tried = [pooled, covariances]
    if previous is not None:
        tried.append(previous.matrices())
    return own_axes(np.concatenate(tried))[1]


def _along(axes: Array, variances: Array | None, common: Array | None = None) -> Full | None:
    """Σ_j = D_j diag(variances_j) D_jᵀ."""
    if variances is None or not _positive(variances):
        return None
    factors = lower_factor(axes * np.sqrt(variances)[:, None, :])
    return unchecked(Full, factors=factors, axes=common)


def _positive(variances: Array) -> bool:
    return bool(variances.min() > 0.0 and variances.max() < np.inf)


def _volumes(previous: Structure | None) -> Array | None:
    """(k,) |Σ_j|^(1/d)."""
    if previous is None:
        return None
    volumes: Array = np.exp(previous.log_determinants / previous.n_features)
    return volumes
