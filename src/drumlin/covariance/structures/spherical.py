"""One variance for every component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from drumlin._types import Array
from drumlin.covariance.structures.base import (
    ROOT_HALF,
    Structure,
    moved_variances,
    readonly_copy,
    unchecked,
)
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Spherical(Structure):
    """Σ_j = variances_j · I.

    variances : (k,), all positive;  features : d
    """

    name: ClassVar[str] = "spherical"

    variances: Array
    features: int

    def __post_init__(self) -> None:
        variances = readonly_copy(self.variances)
        if variances.ndim != 1:
            raise InvalidMixtureError(f"spherical variances have shape (k,), not {variances.shape}")
        bad = np.flatnonzero(~(np.isfinite(variances) & (variances > 0)))
        if bad.size:
            raise InvalidMixtureError(
                f"variance of component {bad[0]} is {variances[bad[0]]}: it must be positive"
            )
        object.__setattr__(self, "variances", variances)

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Spherical:
        """From (k,) variances."""
        if covariances.shape != (n_components,):
            expected = (n_components,)
            raise InvalidMixtureError(
                f"spherical variances must have shape (k,) = {expected}, not {covariances.shape}"
            )
        return cls(covariances, n_features)

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.variances.shape[0])

    @property
    def n_features(self) -> int:
        """d."""
        return self.features

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return self.features * np.log(self.variances)

    @cached_property
    def whitening(self) -> Array:
        """(k, d) inverse standard deviations."""
        return np.repeat((1.0 / np.sqrt(self.variances))[:, None], self.features, axis=1)

    @property
    def conditioning(self) -> float:
        """1: columns are whitened one by one."""
        return 1.0

    @property
    def colouring(self) -> Array:
        """(k, d) standard deviations."""
        return np.repeat(np.sqrt(self.variances)[:, None], self.features, axis=1)

    def matrices(self) -> Array:
        """(k, d, d) multiples of the identity."""
        return self.variances[:, None, None] * np.eye(self.n_features)

    def take(self, components: Array) -> Spherical:
        """The variances of these components."""
        return Spherical(self.variances[components], self.features)

    @property
    def _unit(self) -> float:
        """√(d/2): one variance is that of d columns."""
        return ROOT_HALF * self.features**0.5

    def relative_to(self, reference: Spherical) -> Array:
        """(k, 1) √(d/2) log (v_j / r_j) with r the variances of the reference."""
        return np.log(self.variances / reference.variances)[:, None] * self._unit

    def moved_to(self, coordinates: Array) -> Spherical | None:
        """Variances r_j exp(coordinates / √(d/2)); None where they over- or underflow."""
        variances = moved_variances(self.variances[:, None], coordinates, self._unit)
        if variances is None:
            return None
        return unchecked(Spherical, variances=variances[:, 0].copy(), features=self.features)

    def arrays(self) -> Mapping[str, Array | int]:
        """The variances and d."""
        return {"variances": self.variances, "features": self.features}
