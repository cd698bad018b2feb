"""Cholesky factors Σ = L Lᵀ and their inverses, for the structures with an orientation."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.covariance import compiled
from drumlin.errors import InvalidMixtureError


def checked_factors(matrices: Array, *, place: str = "component {}") -> Array:
    """(m, d, d) symmetric positive definite -> lower factors L with Σ = L Lᵀ.

    Raises InvalidMixtureError naming the first matrix that is not symmetric or not positive
    definite.
    """
    for j, matrix in enumerate(matrices):
        of = f"covariance of {place.format(j)}"
        if not np.all(np.isfinite(matrix)):
            raise InvalidMixtureError(f"{of} has an entry that is not finite")
        scale = np.sqrt(np.abs(np.diagonal(matrix)))
        if not np.all(np.abs(matrix - matrix.T) <= 1e-8 * np.outer(scale, scale)):
            raise InvalidMixtureError(f"{of} is not symmetric")
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            smallest = float(np.linalg.eigvalsh(matrix)[0])
            raise InvalidMixtureError(
                f"{of} is not positive definite (smallest eigenvalue {smallest:.3g}): "
                "add to its diagonal, or write it as a diagonal structure"
            ) from None
    return np.linalg.cholesky(matrices)


def is_factor(factors: Array) -> Array:
    """(m,) bool: finite, lower triangular, with a positive diagonal."""
    positive = (np.diagonal(factors, axis1=1, axis2=2) > 0).all(axis=1)
    finite, above = np.isfinite(factors).all(axis=(1, 2)), np.triu(factors, 1).any(axis=(1, 2))
    return np.asarray(positive & finite & ~above)


def lower_factor(roots: Array) -> Array:
    """(..., d, m) roots B with Σ = B Bᵀ -> the lower Cholesky factors of Σ, without forming Σ."""
    if compiled.COMPILED and roots.ndim == 3 and roots.shape[1] == roots.shape[2]:
        return compiled.core.lower_factor(np.ascontiguousarray(roots))
    upper = np.linalg.qr(np.swapaxes(roots, -1, -2), mode="r")
    signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return np.ascontiguousarray(np.swapaxes(upper * signs[..., None], -1, -2))


def clipped_factor(matrix: Array, least: float) -> Array:
    """(d, d) lower factor of a covariance, correlation eigenvalues below ``least`` raised to it."""
    sd = np.sqrt(np.diagonal(matrix))
    values, vectors = np.linalg.eigh(matrix / np.outer(sd, sd))
    return lower_factor((np.sqrt(np.maximum(values, least)) * vectors) * sd[:, None])


def factors_above(covariances: Array, floor: Array) -> Array | None:
    """(m, d, d) lower Cholesky factors, or None unless every Σ_j − floor is positive definite."""
    if compiled.COMPILED:
        return compiled.core.factors_above(covariances, floor)
    try:
        both = np.linalg.cholesky(np.concatenate([covariances - floor, covariances]))
    except np.linalg.LinAlgError:
        return None
    return both[len(covariances) :]


def inverse_lower(factors: Array) -> Array:
    """(m, d, d) lower-triangular L -> L⁻¹ by forward substitution, row by row."""
    if compiled.COMPILED:
        return compiled.core.inverse_lower(factors)
    inverse = np.zeros_like(factors)
    for i in range(factors.shape[-1]):
        pivot = factors[:, i, i, None]
        inverse[:, i, :i] = -np.matmul(factors[:, i, None, :i], inverse[:, :i, :i])[:, 0] / pivot
        inverse[:, i, i] = 1.0 / factors[:, i, i]
    return inverse


def log_determinants(factors: Array) -> Array:
    """(m,) log |L Lᵀ| = 2 Σ_a log L_aa."""
    if compiled.COMPILED:
        return compiled.core.log_determinants(factors)
    return 2.0 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
