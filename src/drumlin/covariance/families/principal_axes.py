"""Principal axes: the eigenvectors of every covariance, or common principal axes of all of them.

Common axes have no closed form. They are rotated plane by plane: with the variances δ_j along them
fixed, the best angle in one plane is known; then δ_j is recomputed along the rotated axes. Each
rotation raises Q, so that any number of them from the axes of the previous iteration is a
generalised M-step: the log-likelihood does not fall.

Source: Flury & Gautschi 1986; Celeux & Govaert 1995. Unlike there, the weights 1 / δ_j are part of
the angle, and with them the volumes.
"""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.covariance import compiled

FEW_FEATURES, MANY_FEATURES = 8, 128
"""d up to which compiled plane rotations are faster than LAPACK, and are affordable: measured."""

GRADED = 1e6
"""Ratio of two columns' variances from which LAPACK's rounding hides the small eigenvalues."""

EPSILON = float(np.finfo(np.float64).eps)

MAX_SWEEPS, SMALLEST_GAIN = 50, 1e-18
"""Rotating ends after so many sweeps over all planes, or when one gains less, in nats per row.

A smaller gain is below the rounding of Q. Only axes of collapsing components need more sweeps.
"""

TRIAL_SWEEPS = 5
"""Sweeps after which several starts are compared."""


def own_axes(covariances: Array) -> tuple[Array, Array]:
    """(k, d, d) -> variances (k, d), ascending, and axes (k, d, d) in columns."""
    n_features = covariances.shape[-1]
    rotations = n_features <= FEW_FEATURES or (n_features <= MANY_FEATURES and _graded(covariances))
    if compiled.COMPILED and rotations:
        return compiled.core.principal_axes(covariances)
    variances, axes = np.linalg.eigh(covariances)
    for j, apart in enumerate(_uncorrelated(covariances)):
        if apart.any():
            variances[j], axes[j] = _block_axes(covariances[j], apart)
    return variances, axes


def _uncorrelated(covariances: Array) -> Array:
    """(k, d) bool: columns whose correlations with all others are zero to rounding."""
    sd = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0.0))
    correlated = np.abs(covariances) > EPSILON * sd[:, :, None] * sd[:, None, :]
    correlated &= ~np.eye(covariances.shape[-1], dtype=bool)
    return np.asarray(~correlated.any(axis=2))


def _block_axes(covariance: Array, apart: Array) -> tuple[Array, Array]:
    """Variances (d,), ascending, and axes (d, d); every column ``apart`` is an axis.

    LAPACK's rounding is relative to the largest variance, and would hide that of a constant column.
    """
    variances, axes = np.diagonal(covariance).copy(), np.eye(len(covariance))
    block = np.ix_(~apart, ~apart)
    variances[~apart], axes[block] = np.linalg.eigh(covariance[block])
    order = variances.argsort(kind="stable")
    return variances[order], axes[:, order]


def _graded(covariances: Array) -> bool:
    """Whether the variances of the columns of some C_j differ too much for LAPACK."""
    variances = np.einsum("jaa->ja", covariances)
    return bool((variances.max(axis=1) > GRADED * variances.min(axis=1)).any())


def best_common_axes(
    covariances: Array, shares: Array, starts: Array, *, equal_volume: bool
) -> tuple[Array, Array]:
    """`common_axes` from the best of several starts (m, d, d), after a few sweeps of each."""
    if len(starts) > 1:
        found = [
            common_axes(covariances, shares, start, equal_volume=equal_volume, sweeps=TRIAL_SWEEPS)
            for start in starts
        ]
        best = min(found, key=lambda each: axes_cost(each[0], shares, equal_volume=equal_volume))
        starts = best[1][None]
    return common_axes(covariances, shares, starts[0], equal_volume=equal_volume)


def common_axes(
    covariances: Array,
    shares: Array,
    axes: Array,
    *,
    equal_volume: bool,
    sweeps: int | None = None,
) -> tuple[Array, Array]:
    """Variances (k, d) δ_j = diag Dᵀ C_j D, and the axes D (d, d) at which `axes_cost` is least.

    axes : (d, d) where the rotations begin;  sweeps : at most so many, 50 unless given
    """
    sweeps = MAX_SWEEPS if sweeps is None else sweeps
    if compiled.COMPILED:
        return compiled.core.common_axes(
            covariances, shares, axes, equal_volume, sweeps, SMALLEST_GAIN
        )
    axes = 1.5 * axes - 0.5 * axes @ (axes.T @ axes)  # orthonormal again, to second order
    rotated = axes.T @ covariances @ axes
    n_features = len(axes)
    planes = [(a, b) for a in range(n_features) for b in range(a + 1, n_features)]
    for _ in range(sweeps):
        gains = [
            _rotate(rotated, axes, shares, plane, equal_volume=equal_volume) for plane in planes
        ]
        if sum(gains) < SMALLEST_GAIN:
            break
    return np.einsum("jaa->ja", rotated).copy(), axes


def _rotate(
    rotated: Array, axes: Array, shares: Array, plane: tuple[int, int], *, equal_volume: bool
) -> float:
    """Rotates the plane of two axes in place by the best angle; returns the gain."""
    a, b = both = list(plane)
    variances = np.einsum("jaa->ja", rotated)
    weight = shares
    if equal_volume:
        volumes = np.exp(np.log(variances).mean(axis=1))
        weight = shares * volumes / (shares @ volumes)
    first, second, product = rotated[:, a, a], rotated[:, b, b], rotated[:, a, b]
    precision = weight * (1.0 / first - 1.0 / second)
    # the cost at angle t is const - even cos 2t - odd sin 2t
    even, odd = -0.5 * precision @ (first - second), -(precision @ product)
    if abs(odd) <= 1e-15 * (np.abs(precision * product).sum()):
        return 0.0
    angle = 0.5 * np.arctan2(odd, even)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    axes[:, both] = axes[:, both] @ rotation
    rotated[:, :, both] = rotated[:, :, both] @ rotation
    rotated[:, both, :] = rotation.T @ rotated[:, both, :]
    return float(odd**2 / (even + np.hypot(even, odd)))


def axes_cost(variances: Array, shares: Array, *, equal_volume: bool) -> float:
    """What common axes minimise: Σ_j share_j log |δ_j|^(1/d), or log Σ_j share_j |δ_j|^(1/d).

    variances : (k, d) δ_j along the axes;  equal_volume : the second of the two
    """
    log_volumes = np.log(variances).mean(axis=1)
    return float(np.log(shares @ np.exp(log_volumes)) if equal_volume else shares @ log_volumes)
