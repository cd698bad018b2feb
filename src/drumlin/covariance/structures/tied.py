"""One covariance matrix shared by all components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.covariance.structures.base import in_shape, readonly_copy, unchecked
from drumlin.covariance.structures.correlated import Correlated
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Tied(Correlated):
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
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Self:
        """From (d, d); in one dimension also a single variance."""
        if n_features == 1 and covariances.size == 1:
            covariances = covariances.reshape(1, 1)
        what = "a tied covariance must have shape (d, d)"
        matrix = in_shape((n_features, n_features), np.asarray(covariances, np.float64), what)
        return cls(cholesky.checked_factors(matrix[None], place="all components")[0], n_components)

    @property
    def n_components(self) -> int:
        """k."""
        return self.components

    @property
    def colouring(self) -> Array:
        """(1, d, d) L."""
        return self.factor[None]

    def with_factors(self, factors: Array) -> Self:
        """Another factor (1, d, d) for as many components."""
        return unchecked(type(self), factor=factors[0], components=self.components)

    def take(self, components: Array) -> Self:
        """The same covariance for as many components."""
        return replace(self, components=len(components))
