"""The floor: how small a covariance may become, relative to the covariance of the whole data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin.covariance.factors import inverse_lower

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Floor:
    """Σ_j must stay above ε S₊, S₊ the covariance of the whole data.

    total : (d, d)      S₊ as measured, possibly singular
    scale : (d, d)      S₊ with constant columns given a variance, positive on its diagonal
    epsilon : ()        ε, 1e-10 (1e-7 for float32 data)
    resolution : ()     the smallest eigenvalue of a correlation matrix that rounding leaves visible

    The eigenvalues of the correlation matrix of ``scale`` are raised to resolution / ε before the
    multiplication by ε, so that the floor itself is never below rounding.
    """

    total: Array
    scale: Array
    epsilon: float
    resolution: float

    @cached_property
    def factor(self) -> Array:
        """(d, d) lower Cholesky factor of the floor ε S₊."""
        sd = np.sqrt(np.diagonal(self.scale))
        values, vectors = np.linalg.eigh(self.scale / np.outer(sd, sd))
        raised = np.maximum(values, self.resolution / self.epsilon)
        root = (np.sqrt(self.epsilon * raised) * vectors) * sd[:, None]
        return lower_factor(root)

    @cached_property
    def matrix(self) -> Array:
        """(d, d) the floor itself."""
        return self.factor @ self.factor.T

    @cached_property
    def inverse(self) -> Array:
        """(d, d) inverse of ``factor``."""
        return inverse_lower(self.factor[None])[0]

    @cached_property
    def variances(self) -> Array:
        """(d,) the floor of a diagonal covariance: ε diag S₊."""
        return self.epsilon * np.diagonal(self.scale)

    @cached_property
    def variance(self) -> float:
        """The floor of a spherical covariance: ε tr S₊ / d."""
        return float(self.variances.mean())

    @cached_property
    def flat_directions(self) -> int:
        """Directions in which the whole data do not vary: all components rest on the floor."""
        relative = np.linalg.eigvalsh(self.inverse @ self.total @ self.inverse.T)
        return int((relative < 1.0).sum())

    @cached_property
    def flat_columns(self) -> Array:
        """(d,) bool: columns in which the whole data do not vary."""
        return np.diagonal(self.total) < self.variances

    @cached_property
    def flat(self) -> bool:
        """Whether the whole data are one point."""
        return bool(np.diagonal(self.total).mean() < self.variance)

    def lift(self, covariances: Array) -> tuple[Array, Array]:
        """(m, d, d) matrices -> factors of the nearest ones above the floor, and who was lifted.

        The eigenvalues relative to the floor are clipped at one: the exact M-step under Σ_j ⪰ ε S₊.
        The second result is (m,) bool, true where a direction in which the data vary was clipped.
        """
        try:
            np.linalg.cholesky(covariances - self.matrix)
            return np.linalg.cholesky(covariances), np.zeros(len(covariances), dtype=bool)
        except np.linalg.LinAlgError:
            lifted = [self._lift_one(covariance) for covariance in covariances]
        return np.stack([factor for factor, _ in lifted]), np.array([on for _, on in lifted])

    def _lift_one(self, covariance: Array) -> tuple[Array, bool]:
        relative = self.inverse @ covariance @ self.inverse.T
        values, vectors = np.linalg.eigh(0.5 * (relative + relative.T))
        clipped = values < 1.0
        root = self.factor @ (vectors * np.sqrt(np.maximum(values, 1.0)))
        return lower_factor(root), bool(clipped.sum() > self.flat_directions)


def lower_factor(root: Array) -> Array:
    """(d, d) any R with Σ = R Rᵀ -> the lower Cholesky factor of Σ, without forming Σ."""
    upper: Array = np.asarray(np.linalg.qr(root.T, mode="r"))
    signs = np.where(np.diagonal(upper) < 0, -1.0, 1.0)
    return np.ascontiguousarray((upper * signs[:, None]).T)
