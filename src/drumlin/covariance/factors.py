"""Cholesky factors and their inverses, for the two structures that have orientation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from drumlin.errors import InvalidMixtureError

Array = np.ndarray


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
    upper: Array = np.asarray(np.linalg.qr(np.swapaxes(roots, -1, -2), mode="r"))
    signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    return np.ascontiguousarray(np.swapaxes(upper * signs[..., None], -1, -2))


def raised_factor(matrix: Array, least: float) -> Array:
    """(d, d) lower factor of a covariance, its correlation matrix's eigenvalues >= ``least``."""
    sd = np.sqrt(np.diagonal(matrix))
    values, vectors = np.linalg.eigh(matrix / np.outer(sd, sd))
    return lower_factor((np.sqrt(np.maximum(values, least)) * vectors) * sd[:, None])


def inverse_lower(factors: Array) -> Array:
    """(m, d, d) lower-triangular L -> L⁻¹ by forward substitution, row by row."""
    size = factors.shape[-1]
    if size <= 3:
        return _inverse_small(factors)
    inverse = np.zeros_like(factors)
    for i in range(size):
        pivot = factors[:, i, i, None]
        inverse[:, i, :i] = -np.matmul(factors[:, i, None, :i], inverse[:, :i, :i])[:, 0] / pivot
        inverse[:, i, i] = 1.0 / factors[:, i, i]
    return inverse


def _inverse_small(factors: Array) -> Array:
    """The closed form for d <= 3: a few products cost less than a loop."""
    inverse = np.zeros(factors.shape)
    diagonal = _diagonal(inverse)
    np.divide(1.0, _diagonal(factors), out=diagonal)
    size = factors.shape[-1]
    for i in range(1, size):
        inverse[:, i, i - 1] = -factors[:, i, i - 1] * diagonal[:, i] * diagonal[:, i - 1]
    if size == 3:
        chain = factors[:, 2, 0] * inverse[:, 0, 0] + factors[:, 2, 1] * inverse[:, 1, 0]
        inverse[:, 2, 0] = -chain * diagonal[:, 2]
    return inverse


def _diagonal(matrices: Array) -> Array:
    """(m, d) the diagonals, as a view of contiguous (m, d, d) matrices."""
    return matrices.reshape(len(matrices), -1)[:, :: matrices.shape[-1] + 1]


def log_determinants(factors: Array) -> Array:
    """(m,) log |L Lᵀ| = 2 Σ_a log L_aa."""
    return 2.0 * np.log(_diagonal(factors)).sum(axis=1)


def magnification(factors: Array, inverses: Array) -> float:
    """max_{j, i} Σ_a |P_jia| sd_ja with sd from the factors L_j and P_j = L_j⁻¹."""
    sd = np.sqrt((factors * factors).sum(axis=2))
    return float((np.abs(inverses) * sd[:, None, :]).sum(axis=2).max())
