"""Orientation: the axes along which a rule of volume and shape is applied.

Along the columns (I), the eigenvectors of each component (V), or common axes (E). A rule maps

    covariances : (k, d, d)           C_j = S_j / mass_j, or their diagonals (k, d)
    shares : (k,)                     of the mass
    previous : `Structure` or None    the covariances of the previous iteration

to the Σ_j of largest Q in the family, or to None where a C_j is singular and Q has no maximum.

Factors are computed from D_j and the square roots of the variances, and never from the product: a
value that components share is then equal in all of them to the last digit, however small it is
beside the others. In directions that leave the family Q is not at its maximum, so that a rounding
error there would change it to first order.

Source: Celeux & Govaert 1995.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.cholesky import factors_above, lower_factor
from drumlin.covariance.families.principal_axes import best_common_axes, own_axes
from drumlin.covariance.families.volume_shape import (
    VolumeShapeRule,
    equal_matrix,
    equal_volume,
)
from drumlin.covariance.structures.base import Structure, unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full

OrientationRule = Callable[[Array, Array, Structure | None], Structure | None]
"""(covariances, shares, previous structure or None) -> Σ_j; None where Q has no maximum."""


@dataclass(frozen=True)
class AlongColumns:
    """Orientation the identity."""

    volume_shape: VolumeShapeRule

    def __call__(
        self, variances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the diagonals (k, d) of the covariances."""
        found = self.volume_shape(variances, shares, _volumes(previous))
        if found is None or not _positive_finite(found):
            return None
        return unchecked(Diagonal, variances=found)


@dataclass(frozen=True)
class AlongOwnAxes:
    """Orientation variable: the eigenvectors of every C_j, in ascending order of the variances."""

    volume_shape: VolumeShapeRule

    def __call__(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the covariances (k, d, d)."""
        variances, axes = own_axes(covariances)
        variances = np.maximum(variances, 0.0)
        return _assembled(axes, self.volume_shape(variances, shares, _volumes(previous)))


@dataclass(frozen=True)
class AlongCommonAxes:
    """Orientation equal, shape variable: the axes of the previous iteration, rotated further.

    In a first iteration the best of several: the eigenvectors of the pooled covariance, of every
    C_j, and of the previous covariances.

    equal_volume : whether the volumes are equal, or variable as the shapes are
    """

    equal_volume: bool

    def __call__(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """From the covariances (k, d, d)."""
        if factors_above(covariances, np.zeros_like(covariances[0])) is None:
            return None
        if isinstance(previous, Full) and previous.axes is not None:
            starts = previous.axes[None]
        else:
            pooled = np.einsum("j,jab->ab", shares, covariances)[None]
            known = [] if previous is None else [previous.matrices()]
            starts = own_axes(np.concatenate([pooled, covariances, *known]))[1]
        variances, axes = best_common_axes(
            covariances, shares, starts, equal_volume=self.equal_volume
        )
        if self.equal_volume:
            variances = equal_volume(variances, shares, None)
        return _assembled(axes, variances, common=axes)


def proportional(covariances: Array, shares: Array, previous: Structure | None) -> Structure | None:
    """Orientation and shape equal: Σ_j = λ_j C."""
    found = equal_matrix(covariances, shares, _volumes(previous))
    factor = None if found is None else factors_above(found[1][None], np.zeros_like(found[1]))
    if found is None or factor is None:
        return None
    return unchecked(Full, factors=np.sqrt(found[0])[:, None, None] * factor)


def _assembled(axes: Array, variances: Array | None, common: Array | None = None) -> Full | None:
    """Σ_j = D_j diag(variances_j) D_jᵀ."""
    if variances is None or not _positive_finite(variances):
        return None
    factors = lower_factor(axes * np.sqrt(variances)[:, None, :])
    return unchecked(Full, factors=factors, axes=common)


def _positive_finite(variances: Array) -> bool:
    return bool(variances.min() > 0.0 and variances.max() < np.inf)


def _volumes(previous: Structure | None) -> Array | None:
    """(k,) |Σ_j|^(1/d)."""
    if previous is None:
        return None
    return np.exp(previous.log_determinants / previous.n_features)
