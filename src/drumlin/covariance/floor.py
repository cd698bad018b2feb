"""The floor: how small a covariance may become, relative to the covariance of the whole data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.covariance.cholesky import factors_above, inverse_lower, lower_factor, raised_factor
from drumlin.covariance.structures.base import Structure

LEAST_PULL = 0.1
"""Large enough that rounding does not reach what is added, and small beside the floor itself."""


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
        return np.sqrt(self.epsilon) * raised_factor(self.scale, self.resolution / self.epsilon)

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
        return int((self._seen[0] < 1.0).sum())

    @cached_property
    def _seen(self) -> tuple[Array, Array]:
        """Eigenvalues and eigenvectors of S₊ relative to the floor."""
        relative = self.inverse @ self.total @ self.inverse.T
        values, vectors = np.linalg.eigh(0.5 * (relative + relative.T))
        return values, vectors

    @cached_property
    def flat_part(self) -> Array:
        """(d, d) the floor in the flat directions alone."""
        values, vectors = self._seen
        root = self.factor @ vectors[:, values < 1.0]
        return np.asarray(root @ root.T)

    @cached_property
    def flat_columns(self) -> Array:
        """(d,) bool: columns in which the whole data do not vary."""
        return np.diagonal(self.total) < self.variances

    @cached_property
    def flat(self) -> bool:
        """Whether the whole data are one point."""
        return bool(np.diagonal(self.total).mean() < self.variance)

    @property
    def pull(self) -> float:
        """What regularised families add to every scatter, R = pull · n · ε S₊ with n = Σ_j mass_j.

        A component has the relative variance pull · ε n / mass_j at least, which has to be seen
        beside the rounding of variances near one.
        """
        return max(LEAST_PULL, self.resolution / self.epsilon)

    @cached_property
    def least(self) -> float:
        """The least eigenvalue of R / n where the columns of the whole data have variance one."""
        sd = np.sqrt(np.diagonal(self.scale))
        return float(np.linalg.eigvalsh(self.prior / np.outer(sd, sd))[0])

    @cached_property
    def prior_factor(self) -> Array:
        """(d, d) a root of R / n = pull · ε S₊, what regularised families add per row.

        In a direction in which the whole data are flat it is raised to pull · ε of a correlation:
        these families have no frame in which rounding would leave the floor itself exact there.
        """
        values, vectors = self._seen
        raised = np.where(values < 1.0, max(1.0, self.epsilon / self.resolution), 1.0)
        root: Array = self.factor @ (vectors * np.sqrt(self.pull * raised))
        return root

    @cached_property
    def prior(self) -> Array:
        """(d, d) R / n."""
        return self.prior_factor @ self.prior_factor.T

    @cached_property
    def prior_variances(self) -> Array:
        """(d,) R / n of diagonal covariances: pull · ε diag S₊."""
        return self.pull * self.variances

    def is_below(self, covariance: Structure) -> bool:
        """Whether every Σ_j is above ε S₊, of diagonal ones the variances."""
        if covariance.colouring.ndim == 2:
            return bool((covariance.colouring**2 > self.variances).all())
        return factors_above(covariance.matrices(), self.matrix) is not None

    def holds(self, covariance: Structure, shares: Array) -> Array:
        """(k,) bool: components that would have less than half of their least variance without R.

        shares : (k,) of the mass; R / mass_j is pull / share_j times the floor.
        Directions in which the whole data are flat do not count.
        """
        least, colouring = 2.0 * self.pull / shares[:, None], covariance.colouring
        if colouring.ndim == 2:
            low = colouring**2 < least * self.variances
            return np.asarray((low & ~self.flat_columns).any(axis=1))
        values, vectors = self._seen
        seen = vectors[:, values >= 1.0].T @ self.inverse @ colouring
        return np.asarray((np.linalg.svd(seen, compute_uv=False) ** 2 < least).any(axis=1))

    def lift(self, covariances: Array) -> tuple[Array, Array]:
        """(m, d, d) matrices -> factors of the nearest ones above the floor, and who was lifted.

        The eigenvalues relative to the floor are clipped at one: the exact M-step under Σ_j ⪰ ε S₊.
        The second result is (m,) bool, true where a direction in which the data vary was clipped.
        """
        factors = factors_above(covariances, self.matrix)
        if factors is not None:
            return factors, np.zeros(len(covariances), dtype=bool)
        relative = self.inverse @ covariances @ self.inverse.T
        values, vectors = np.linalg.eigh(0.5 * (relative + relative.transpose(0, 2, 1)))
        roots = self.factor @ (vectors * np.sqrt(np.maximum(values, 1.0))[:, None, :])
        return lower_factor(roots), (values < 1.0).sum(axis=1) > self.flat_directions
