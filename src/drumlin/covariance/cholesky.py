"""Cholesky factors and their inverses, for the two structures that have orientation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from drumlin._types import Array
from drumlin.covariance import compiled
from drumlin.errors import InvalidMixtureError


def cholesky(matrices: Array, *, what: str = "component {}") -> Array:
    """(m, d, d) symmetric positive definite -> lower factors L with Σ = L Lᵀ.

    Raises InvalidMixtureError naming the first matrix that is not symmetric or not positive
    definite.
    """
    for j, matrix in enumerate(matrices):
        _check(matrix, what.format(j))
    return np.linalg.cholesky(matrices)


def _check(matrix: Array, place: str) -> None:
    if not np.all(np.isfinite(matrix)):
        raise InvalidMixtureError(f"covariance of {place} has an entry that is not finite")
    scale = np.sqrt(np.abs(np.diagonal(matrix)))
    if not np.all(np.abs(matrix - matrix.T) <= 1e-8 * np.outer(scale, scale)):
        raise InvalidMixtureError(f"covariance of {place} is not symmetric")
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        smallest = float(np.linalg.eigvalsh(matrix)[0])
        raise InvalidMixtureError(
            f"covariance of {place} is not positive definite (smallest eigenvalue {smallest:.3g}): "
            "add to its diagonal, or write it as a diagonal structure"
        ) from None


def is_factor(factors: Array) -> Array:
    """(m,) bool: finite, lower triangular, with a positive diagonal."""
    flat = factors.reshape(len(factors), factors.shape[-1] ** 2)
    diagonal, above = _places(factors.shape[-1])
    good: Array = np.isfinite(flat).all(axis=1) & (flat[:, diagonal] > 0).all(axis=1)
    return good & ~flat[:, above].any(axis=1)


@lru_cache
def _places(size: int) -> tuple[Array, Array]:
    """Where the diagonal, and what is above it, lie in a flattened (size, size) matrix."""
    places = np.arange(size * size).reshape(size, size)
    return np.diagonal(places).copy(), places[np.triu_indices(size, 1)]


def lower_factor(roots: Array) -> Array:
    """(..., d, m) any R with Σ = R Rᵀ -> the lower Cholesky factors of Σ, without forming Σ."""
    if compiled.COMPILED and roots.ndim == 3 and roots.shape[1] == roots.shape[2]:
        return compiled.core.lower_factor(np.ascontiguousarray(roots))
    upper: Array = np.asarray(np.linalg.qr(np.swapaxes(roots, -1, -2), mode="r"))
    signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return np.ascontiguousarray(np.swapaxes(upper * signs[..., None], -1, -2))


def raised_factor(matrix: Array, least: float) -> Array:
    """(d, d) lower factor of a covariance, its correlation matrix's eigenvalues >= ``least``."""
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


def relative_matrices(factors: Array, whitening: Array) -> Array:
    """(m, d²) P L (P L)ᵀ / √2 of factors L, seen from a reference whose factors have inverse P."""
    seen = whitening @ factors
    return (seen @ seen.transpose(0, 2, 1)).reshape(len(factors), -1) * np.sqrt(0.5)


def moved_factors(factors: Array, numbers: Array) -> Array | None:
    """The factors of which `relative_matrices`, seen from ``factors``, are ``numbers``."""
    try:
        return factors @ np.linalg.cholesky(numbers.reshape(factors.shape) * np.sqrt(2.0))
    except np.linalg.LinAlgError:
        return None


def magnification(factors: Array, inverses: Array) -> float:
    """max_{j, i} Σ_a |P_jia| sd_ja with sd from the factors L_j and P_j = L_j⁻¹."""
    sd = np.sqrt((factors * factors).sum(axis=2))
    return float((np.abs(inverses) * sd[:, None, :]).sum(axis=2).max())
