"""One covariance matrix shared by all components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.covariance.structures.base import Structure, readonly_copy, unchecked
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Tied(Structure):
    """Σ_j = Σ = L Lᵀ for all j.

    factor : (d, d) lower Cholesky factor;  components : k
    """

    name: ClassVar[str] = "tied"

    factor: Array
    components: int

    def __post_init__(self) -> None:
        factor = readonly_copy(self.factor)
        if factor.ndim != 2 or factor.shape[0] != factor.shape[1]:
            raise InvalidMixtureError(f"a tied covariance has shape (d, d), not {factor.shape}")
        if not cholesky.is_factor(factor[None])[0]:
            raise InvalidMixtureError(
                "the tied covariance is not positive definite: its factor must be lower triangular "
                "with a positive diagonal"
            )
        object.__setattr__(self, "factor", factor)

    @classmethod
    def from_matrix(cls, matrix: Array, n_components: int) -> Tied:
        """From a dense (d, d) matrix. Raises InvalidMixtureError when it is not a covariance."""
        dense = np.asarray(matrix, dtype=np.float64)
        return cls(cholesky.checked_factors(dense[None], place="all components")[0], n_components)

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Tied:
        """From (d, d); in one dimension also a single variance."""
        if n_features == 1 and covariances.size == 1:
            covariances = covariances.reshape(1, 1)
        if covariances.shape != (n_features, n_features):
            expected = (n_features, n_features)
            raise InvalidMixtureError(
                f"a tied covariance must have shape (d, d) = {expected}, not {covariances.shape}"
            )
        return cls.from_matrix(covariances, n_components)

    @property
    def n_components(self) -> int:
        """k."""
        return self.components

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.factor.shape[0])

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return np.repeat(cholesky.log_determinants(self.factor[None]), self.components)

    @cached_property
    def whitening(self) -> Array:
        """(1, d, d) L⁻¹."""
        return cholesky.inverse_lower(self.factor[None])

    @property
    def conditioning(self) -> float:
        """1 for independent columns; large when columns nearly determine each other."""
        return cholesky.conditioning(self.factor[None], self.whitening)

    @property
    def colouring(self) -> Array:
        """(1, d, d) L."""
        return self.factor[None]

    def matrices(self) -> Array:
        """(k, d, d): k times the same matrix."""
        return np.repeat((self.factor @ self.factor.T)[None], self.n_components, axis=0)

    def take(self, components: Array) -> Tied:
        """The same covariance for as many components."""
        return Tied(self.factor, len(components))

    def relative_to(self, reference: Tied) -> Array:
        """(1, d²) P Σ Pᵀ / √2, with P the whitening of the reference."""
        return cholesky.relative_matrices(self.factor[None], reference.whitening)

    def moved_to(self, coordinates: Array) -> Tied | None:
        """L S Lᵀ; None unless S is positive definite."""
        factors = cholesky.moved_factors(self.factor[None], coordinates)
        if factors is None:
            return None
        return unchecked(Tied, factor=factors[0], components=self.components)

    def arrays(self) -> Mapping[str, Array | int]:
        """The factor and k."""
        return {"factor": self.factor, "components": self.components}
