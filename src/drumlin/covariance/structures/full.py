"""A covariance matrix for every component."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.covariance.structures.base import in_shape, readonly_copy, unchecked
from drumlin.covariance.structures.correlated import Correlated
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Full(Correlated):
    """Σ_j = L_j L_jᵀ, one lower Cholesky factor per component.

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
    def from_matrices(cls, matrices: Array) -> Self:
        """From (k, d, d) dense matrices. Raises InvalidMixtureError naming the component."""
        return cls(cholesky.checked_factors(np.asarray(matrices, dtype=np.float64)))

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Self:
        """From (k, d, d); in one dimension also (k,) variances."""
        what = "full covariances must have shape (k, d, d)"
        shape = n_components, n_features, n_features
        return cls.from_matrices(in_shape(shape, covariances, what))

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.factors.shape[0])

    @property
    def colouring(self) -> Array:
        """(k, d, d) L_j."""
        return self.factors

    def with_factors(self, factors: Array) -> Self:
        """Other factors, of the same axes."""
        return unchecked(type(self), factors=factors, axes=self.axes)

    def take(self, components: Array) -> Self:
        """The covariances of these components."""
        return replace(self, factors=self.factors[components])
