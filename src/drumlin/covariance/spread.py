"""Volume and shape: the variances λ_j A_j along axes that are known, one rule per pair of letters.

A rule takes the variances v (k, d) of the components along the axes, the diagonals of
D_jᵀ (S_j / mass_j) D_j; the share (k,) of each component in the mass; and the volumes (k,) of the
previous iteration, where there was one. It returns the variances (k, d) of largest Q among those
that its letters allow. The volume of a row is its geometric mean.

Source: Celeux & Govaert 1995.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray

Spread = Callable[[Array, Array, Array | None], Array]
"""(variances, shares, previous volumes or None) -> variances."""

INNER_STEPS, INNER_CHANGE = 500, 1e-14
"""An alternation ends after so many steps, or when no volume changes by more than this part."""


def own_spread(variances: Array, _shares: Array, _volumes: Array | None) -> Array:
    """Volume and shape variable: the variances themselves."""
    return variances


def equal_spread(variances: Array, shares: Array, _volumes: Array | None) -> Array:
    """Volume and shape equal: Σ_j share_j v_j for every component."""
    return np.repeat((shares @ variances)[None], len(variances), axis=0)


def equal_volume(variances: Array, shares: Array, _volumes: Array | None) -> Array:
    """Volume equal, shape variable: each row scaled to the volume Σ_j share_j |v_j|^(1/d)."""
    own = volumes_of(variances)
    return variances * ((shares @ own) / own)[:, None]


def equal_shape(variances: Array, shares: Array, volumes: Array | None) -> Array:
    """Volume variable, shape equal: λ_j = mean(v_j / A) and A ∝ Σ_j share_j v_j / λ_j in turn.

    Each is the exact maximum given the other, so that Q never falls from where it starts.
    """
    if volumes is None:
        volumes = (variances / (shares @ variances)).mean(axis=1)
    for _ in range(INNER_STEPS):
        shape = (shares / volumes) @ variances
        shape /= volumes_of(shape)
        before, volumes = volumes, (variances / shape).mean(axis=1)
        if (np.abs(volumes - before) <= INNER_CHANGE * volumes).all():
            break
    spread: Array = volumes[:, None] * shape
    return spread


def volumes_of(variances: Array) -> Array:
    """(..., d) -> (...) geometric means."""
    means: Array = np.exp(np.log(variances).mean(axis=-1))
    return means
