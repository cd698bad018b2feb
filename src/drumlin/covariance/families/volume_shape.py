"""Volume and shape: the variances λ_j A_j along known axes, one rule for each pair of letters.

A rule maps

    variances : (k, d)      v_j = diag D_jᵀ (S_j / mass_j) D_j
    shares : (k,)           of the mass
    volumes : (k,) or None  those of the previous iteration, where an alternation begins

to the variances (k, d) of largest Q that the letters allow. A volume is the geometric mean of the
variances, |Σ_j|^(1/d).

Source: Celeux & Govaert 1995.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drumlin._types import Array
from drumlin.covariance import compiled

VolumeShapeRule = Callable[[Array, Array, Array | None], Array | None]
"""(variances, shares, previous volumes or None) -> variances; None where Q has no maximum."""

INNER_STEPS, INNER_CHANGE = 500, 1e-14
"""An alternation ends after so many steps, or when no volume changes by more than this fraction."""


def equal_volume_shape(variances: Array, shares: Array, _volumes: Array | None) -> Array:
    """Volume and shape equal: Σ_j share_j v_j for every component."""
    return np.repeat((shares @ variances)[None], len(variances), axis=0)


def equal_volume(variances: Array, shares: Array, _volumes: Array | None) -> Array:
    """Volume equal, shape variable: each row scaled to the volume Σ_j share_j |v_j|^(1/d)."""
    volumes = np.exp(np.log(variances).mean(axis=-1))
    return variances * ((shares @ volumes) / volumes)[:, None]


def equal_shape(variances: Array, shares: Array, volumes: Array | None) -> Array | None:
    """Volume variable, shape equal: λ_j = mean(v_j / A) and A ∝ Σ_j share_j v_j / λ_j in turn.

    Each is the exact maximum given the other, so that Q never falls. Only the product matters: A is
    not scaled to determinant one.
    """
    if volumes is None:
        volumes = (variances / (shares @ variances)).mean(axis=1)
    if compiled.COMPILED:
        return compiled.core.equal_shape(variances, shares, volumes, INNER_STEPS, INNER_CHANGE)
    for _ in range(INNER_STEPS):
        shape = (shares / volumes) @ variances
        before, volumes = volumes, (variances / shape).mean(axis=1)
        if (np.abs(volumes - before) <= INNER_CHANGE * volumes).all():
            break
    return volumes[:, None] * shape


def equal_matrix(
    covariances: Array, shares: Array, volumes: Array | None
) -> tuple[Array, Array] | None:
    """VEE, Σ_j = λ_j C: λ_j = tr(C_j C⁻¹) / d and C ∝ Σ_j share_j C_j / λ_j in turn.

    covariances : (k, d, d);  returns λ (k,) and C (d, d), or None where Σ_j share_j C_j is singular
    """
    n_features = covariances.shape[1]
    try:
        if volumes is None:
            inverse = np.linalg.inv(np.einsum("j,jab->ab", shares, covariances))
            volumes = np.einsum("jab,ba->j", covariances, inverse) / n_features
        if compiled.COMPILED:
            return compiled.core.equal_matrix(
                covariances, shares, volumes, INNER_STEPS, INNER_CHANGE
            )
        for _ in range(INNER_STEPS):
            common = np.einsum("j,jab->ab", shares / volumes, covariances)
            before = volumes
            volumes = np.einsum("jab,ba->j", covariances, np.linalg.inv(common)) / n_features
            if (np.abs(volumes - before) <= INNER_CHANGE * volumes).all():
                break
    except np.linalg.LinAlgError:
        return None
    return (volumes, common) if (volumes > 0.0).all() else None
