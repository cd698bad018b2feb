"""A covariance matrix for every component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.covariance.structures.base import Structure, readonly_copy, unchecked
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Full(Structure):
    """Σ_j = L_j L_jᵀ, one lower Cholesky factor per component.

    The factors are stored, not the matrices: a factor keeps the small eigenvalues of a nearly
    singular Σ_j to full relative accuracy, which the product with its transpose does not.

    factors : (k, d, d)
    axes : (d, d) or None   eigenvectors, in columns, where an M-step gave all components the same
                            ones: the next M-step starts from them; not part of the value
    """

    name: ClassVar[str] = "full"

    factors: Array
    axes: Array | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        factors = readonly_copy(self.factors)
        if factors.ndim != 3 or factors.shape[1] != factors.shape[2]:
            raise InvalidMixtureError(f"full covariances have shape (k, d, d), not {factors.shape}")
        bad = np.flatnonzero(~cholesky.is_factor(factors))
        if bad.size:
            raise InvalidMixtureError(
                f"covariance of component {bad[0]} is not positive definite: its factor must be "
                "lower triangular with a positive diagonal"
            )
        object.__setattr__(self, "factors", factors)

    @classmethod
    def from_matrices(cls, matrices: Array) -> Full:
        """From (k, d, d) dense matrices. Raises InvalidMixtureError naming the component."""
        return cls(cholesky.checked_factors(np.asarray(matrices, dtype=np.float64)))

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Full:
        """From (k, d, d); in one dimension also (k,) variances."""
        if n_features == 1 and covariances.shape == (n_components,):
            covariances = covariances.reshape(n_components, 1, 1)
        expected = (n_components, n_features, n_features)
        if covariances.shape != expected:
            raise InvalidMixtureError(
                f"full covariances must have shape (k, d, d) = {expected}, not {covariances.shape}"
            )
        return cls.from_matrices(covariances)

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.factors.shape[0])

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.factors.shape[1])

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return cholesky.log_determinants(self.factors)

    @cached_property
    def whitening(self) -> Array:
        """(k, d, d) L_j⁻¹."""
        return cholesky.inverse_lower(self.factors)

    @property
    def conditioning(self) -> float:
        """1 for independent columns; large when columns nearly determine each other."""
        return cholesky.conditioning(self.factors, self.whitening)

    @property
    def colouring(self) -> Array:
        """(k, d, d) L_j."""
        return self.factors

    def matrices(self) -> Array:
        """(k, d, d) L_j L_jᵀ."""
        return self.factors @ self.factors.transpose(0, 2, 1)

    def take(self, components: Array) -> Full:
        """The covariances of these components."""
        return Full(self.factors[components])

    def relative_to(self, reference: Full) -> Array:
        """(k, d²) P_j Σ_j P_jᵀ / √2, with P_j the whitening of the reference."""
        return cholesky.relative_matrices(self.factors, reference.whitening)

    def moved_to(self, coordinates: Array) -> Full | None:
        """L_j S_j L_jᵀ; None unless every S_j is positive definite."""
        factors = cholesky.moved_factors(self.factors, coordinates)
        return None if factors is None else unchecked(Full, factors=factors, axes=self.axes)

    def arrays(self) -> Mapping[str, Array | int]:
        """The factors."""
        return {"factors": self.factors}
