"""Orientation: the axes D_j of covariances, each its own or one set for all of them.

Common axes have no closed form. They are turned plane by plane: with the variances δ_j along them
fixed, the best angle of one plane is known, and δ_j is then what the turned axes give. Each turn
raises Q, so any number of them from the axes of the previous iteration is a step that never falls.

Source: Flury & Gautschi 1986; Celeux & Govaert 1995; the weights 1 / δ_j, and so the volumes,
belong into the angle.
"""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.covariance import compiled

FEW_FEATURES, MANY_FEATURES = 8, 128
"""Columns up to which compiled plane rotations beat LAPACK, and are cheap enough: measured."""

GRADED = 1e6
"""One column's variance over another's from which LAPACK loses the small ones beside the large."""

EPSILON = float(np.finfo(np.float64).eps)

SWEEPS, GAIN = 50, 1e-18
"""Turning ends after so many sweeps over all planes, or when one gains less, in nats per row.

A smaller gain drowns in the rounding of Q. Only axes of components that collapse need more sweeps.
"""

TRIAL_SWEEPS = 5
"""Sweeps after which the best of several starts shows."""


def own_axes(covariances: Array) -> tuple[Array, Array]:
    """(k, d, d) -> variances (k, d), ascending, and axes (k, d, d) in columns."""
    n_features = covariances.shape[-1]
    rotations = n_features <= FEW_FEATURES or (n_features <= MANY_FEATURES and _graded(covariances))
    if compiled.COMPILED and rotations:
        return compiled.core.own_axes(covariances)
    variances, axes = np.linalg.eigh(covariances)
    for j, alone in enumerate(_alone(covariances)):
        if alone.any():
            variances[j], axes[j] = _axes_beside(covariances[j], alone)
    return variances, axes


def _alone(covariances: Array) -> Array:
    """(k, d) whether a column's correlations with all others are no more than rounding."""
    sd = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0.0))
    related = np.abs(covariances) > EPSILON * sd[:, :, None] * sd[:, None, :]
    related &= ~np.eye(covariances.shape[-1], dtype=bool)
    alone: Array = ~related.any(axis=2)
    return alone


def _axes_beside(covariance: Array, alone: Array) -> tuple[Array, Array]:
    """Variances (d,), ascending, and axes (d, d), those of columns ``alone`` their own.

    LAPACK rounds by the largest variance, in which that of a constant column drowns.
    """
    variances, axes = np.diagonal(covariance).copy(), np.eye(len(covariance))
    several = np.ix_(~alone, ~alone)
    variances[~alone], axes[several] = np.linalg.eigh(covariance[several])
    order = variances.argsort(kind="stable")
    return variances[order], axes[:, order]


def _graded(covariances: Array) -> bool:
    """Whether the columns of any are in units so far apart that LAPACK will not do."""
    columns = np.einsum("jaa->ja", covariances)
    return bool((columns.max(axis=1) > GRADED * columns.min(axis=1)).any())


def best_common_axes(
    covariances: Array, shares: Array, starts: Array, *, equal_volume: bool
) -> tuple[Array, Array]:
    """`common_axes` from the best of several starts (m, d, d), after a few sweeps of each."""
    tried = [
        common_axes(covariances, shares, start, equal_volume=equal_volume, sweeps=TRIAL_SWEEPS)
        for start in starts
    ]
    best = min(tried, key=lambda found: disagreement(found[0], shares, equal_volume=equal_volume))
    return common_axes(covariances, shares, best[1], equal_volume=equal_volume)


def common_axes(
    covariances: Array,
    shares: Array,
    axes: Array,
    *,
    equal_volume: bool,
    sweeps: int | None = None,
) -> tuple[Array, Array]:
    """Axes (d, d) turned until Q is largest, and the variances (k, d) along them.

    What falls is Σ_j share_j log |δ_j|, or log Σ_j share_j |δ_j|^(1/d) with volumes equal, where
    δ_j = diag Dᵀ C_j D.
    """
    sweeps = SWEEPS if sweeps is None else sweeps
    if compiled.COMPILED:
        return compiled.core.common_axes(covariances, shares, axes, equal_volume, sweeps, GAIN)
    axes = 1.5 * axes - 0.5 * axes @ (axes.T @ axes)  # accumulated rounding straightened out
    turned = axes.T @ covariances @ axes
    n_features = len(axes)
    planes = [(a, b) for a in range(n_features) for b in range(a + 1, n_features)]
    for _ in range(sweeps):
        gains = [_turn(turned, axes, shares, plane, equal_volume=equal_volume) for plane in planes]
        if sum(gains) < GAIN:
            break
    return np.einsum("jaa->ja", turned).copy(), axes


def _turn(
    turned: Array, axes: Array, shares: Array, plane: tuple[int, int], *, equal_volume: bool
) -> float:
    """Turn the plane of two axes in place by the best angle; what that gains."""
    a, b = both = list(plane)
    variances = np.einsum("jaa->ja", turned)
    weight = shares
    if equal_volume:
        volumes = np.exp(np.log(variances).mean(axis=1))
        weight = shares * volumes / (shares @ volumes)
    first, second, product = turned[:, a, a], turned[:, b, b], turned[:, a, b]
    pull = weight * (1.0 / first - 1.0 / second)
    # the objective along the angle t is const - straight cos 2t - across sin 2t
    straight, across = -0.5 * pull @ (first - second), -(pull @ product)
    if abs(across) <= 1e-15 * (np.abs(pull * product).sum()):
        return 0.0
    angle = 0.5 * np.arctan2(across, straight)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    axes[:, both] = axes[:, both] @ rotation
    turned[:, :, both] = turned[:, :, both] @ rotation
    turned[:, both, :] = rotation.T @ turned[:, both, :]
    return float(across**2 / (straight + np.hypot(straight, across)))


def disagreement(variances: Array, shares: Array, *, equal_volume: bool) -> float:
    """What `common_axes` makes small, of the variances (k, d) along the axes."""
    means = np.log(variances).mean(axis=1)
    return float(np.log(shares @ np.exp(means)) if equal_volume else shares @ means)
