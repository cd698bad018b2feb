"""drumlin's floor: Σ_j ⪰ ε S₊, relative to the covariance S₊ of the whole data.

It follows the units of the columns, so that a fit does not depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.covariance.cholesky import (
    clipped_factor,
    factors_above,
    inverse_lower,
    lower_factor,
)
from drumlin.covariance.structures.base import Structure

SMALLEST_STRENGTH = 0.1
"""Large enough that rounding does not reach what is added, and small beside the floor itself."""


@dataclass(frozen=True, eq=False)
class RelativeFloor:
    """Σ_j ⪰ ε S₊, S₊ the covariance of the whole data; of diagonal Σ_j the diagonal of ε S₊.

    total : (d, d)      S₊ as measured, possibly singular
    scale : (d, d)      S₊ with constant columns given a variance, positive on its diagonal
    epsilon : ()        ε, 1e-10 (1e-7 for float32 data)
    resolution : ()     the smallest eigenvalue of a correlation matrix that exceeds its rounding

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
        return np.sqrt(self.epsilon) * clipped_factor(self.scale, self.resolution / self.epsilon)

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
    def relative_spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues (d,) and eigenvectors (d, d) of S₊ relative to the floor."""
        relative = self.inverse @ self.total @ self.inverse.T
        values, vectors = np.linalg.eigh(0.5 * (relative + relative.T))
        return values, vectors

    @cached_property
    def flat_directions(self) -> int:
        """Directions in which the whole data do not vary: all components rest on the floor."""
        return int((self.relative_spectrum[0] < 1.0).sum())

    @cached_property
    def offset(self) -> Array:
        """(d, d) the floor in the flat directions alone."""
        values, vectors = self.relative_spectrum
        root = self.factor @ vectors[:, values < 1.0]
        return root @ root.T

    @cached_property
    def flat_columns(self) -> Array:
        """(d,) bool: columns in which the whole data do not vary."""
        return np.diagonal(self.total) < self.variances

    @cached_property
    def _clipped_below(self) -> Array:
        """(d,) variances below which a component counts as clipped: none in flat columns."""
        return np.where(self.flat_columns, -np.inf, self.variances)

    @cached_property
    def flat(self) -> bool:
        """Whether the whole data are one point."""
        return bool(np.diagonal(self.total).mean() < self.variance)

    @cached_property
    def prior(self) -> ConjugatePrior:
        """R = strength · n ε S₊, for the families that cannot be clipped."""
        return ConjugatePrior(self)

    def clip(self, covariances: Array) -> tuple[Array, Array]:
        """(m, d, d) matrices -> lower factors, and (m,) bool, the clipped.

        The eigenvalues relative to the floor are clipped at one: the exact M-step under Σ_j ⪰ ε S₊.
        """
        factors = factors_above(covariances, self.matrix)
        if factors is not None:
            return factors, np.zeros(len(covariances), dtype=bool)
        relative = self.inverse @ covariances @ self.inverse.T
        values, vectors = np.linalg.eigh(0.5 * (relative + relative.transpose(0, 2, 1)))
        roots = self.factor @ (vectors * np.sqrt(np.maximum(values, 1.0))[:, None, :])
        return lower_factor(roots), (values < 1.0).sum(axis=1) > self.flat_directions

    def clip_variances(self, variances: Array) -> tuple[Array, Array]:
        """(m, d) variances -> those of at least ε diag S₊, and (m,) bool."""
        clipped = np.logical_or.reduce(variances < self._clipped_below, axis=1)
        return np.maximum(variances, self.variances), clipped

    def clip_volumes(self, variances: Array) -> tuple[Array, Array]:
        """(m,) variances -> those of at least ε tr S₊ / d, and (m,) bool."""
        least = -np.inf if self.flat else self.variance
        return np.maximum(variances, self.variance), variances < least


@dataclass(frozen=True, eq=False)
class ConjugatePrior:
    """The prior of every Σ_j with density proportional to exp(−½ tr(Σ_j⁻¹ R)), n = Σ_j mass_j.

    R = strength · n ε S₊ is added to every scatter by the M-step, and the objective is
    ℓ − ½ Σ_j tr(Σ_j⁻¹ R). A component has the relative variance strength · ε n / mass_j at least.
    """

    floor: RelativeFloor

    @cached_property
    def strength(self) -> float:
        """R / n relative to the floor: 0.1, or so much that it exceeds the rounding of Σ_j."""
        return max(SMALLEST_STRENGTH, self.floor.resolution / self.floor.epsilon)

    @cached_property
    def root(self) -> Array:
        """(d, d) a root of R / n = strength · ε S₊.

        In a direction in which the whole data are flat it is raised to strength · ε of a
        correlation: these families have no coordinates in which the floor itself would be exact.
        """
        floor, (values, vectors) = self.floor, self.floor.relative_spectrum
        raised = np.where(values < 1.0, max(1.0, floor.epsilon / floor.resolution), 1.0)
        return floor.factor @ (vectors * np.sqrt(self.strength * raised))

    @cached_property
    def matrix(self) -> Array:
        """(d, d) R / n."""
        return self.root @ self.root.T

    @cached_property
    def variances(self) -> Array:
        """(d,) R / n of diagonal covariances: strength · ε diag S₊."""
        return self.strength * self.floor.variances

    @cached_property
    def smallest_eigenvalue(self) -> float:
        """Of R / n where the columns of the whole data have variance one."""
        sd = np.sqrt(np.diagonal(self.floor.scale))
        return float(np.linalg.eigvalsh(self.matrix / np.outer(sd, sd))[0])

    def is_needed(self, covariance: Structure) -> bool:
        """Whether some Σ_j is not above ε S₊, of diagonal ones some variance."""
        if covariance.colouring.ndim == 2:
            return not (covariance.colouring**2 > self.floor.variances).all()
        return factors_above(covariance.matrices(), self.floor.matrix) is None

    def binds(self, covariance: Structure, shares: Array) -> Array:
        """(k,) bool: components with a variance of which R makes half or more.

        shares : (k,) of the mass; R / mass_j is strength / share_j times the floor.
        Directions in which the whole data are flat do not count.
        """
        floor, colouring = self.floor, covariance.colouring
        least = 2.0 * self.strength / shares[:, None]
        if colouring.ndim == 2:
            low = colouring**2 < least * floor.variances
            return np.any(low & ~floor.flat_columns, axis=1)
        values, vectors = floor.relative_spectrum
        relative = vectors[:, values >= 1.0].T @ floor.inverse @ colouring
        return np.any(np.linalg.svd(relative, compute_uv=False) ** 2 < least, axis=1)
