"""A variance for every component and column."""

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
class Diagonal(Structure):
    """Σ_j = diag(variances_j).

    variances : (k, d), all positive
    """

    name: ClassVar[str] = "diag"

    variances: Array

    def __post_init__(self) -> None:
        variances = readonly_copy(self.variances)
        if variances.ndim != 2:
            raise InvalidMixtureError(
                f"diagonal variances have shape (k, d), not {variances.shape}"
            )
        bad = np.argwhere(~(np.isfinite(variances) & (variances > 0)))
        if bad.size:
            j, a = bad[0]
            raise InvalidMixtureError(
                f"variance of component {j}, column {a} is {variances[j, a]}: it must be positive"
            )
        object.__setattr__(self, "variances", variances)

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Diagonal:
        """From (k, d); in one dimension also (k,) variances."""
        if n_features == 1 and covariances.shape == (n_components,):
            covariances = covariances.reshape(n_components, 1)
        if covariances.shape != (n_components, n_features):
            expected = (n_components, n_features)
            raise InvalidMixtureError(
                f"diagonal variances must have shape (k, d) = {expected}, not {covariances.shape}"
            )
        return cls(covariances)

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.variances.shape[0])

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.variances.shape[1])

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return np.log(self.variances).sum(axis=1)

    @cached_property
    def whitening(self) -> Array:
        """(k, d) inverse standard deviations."""
        return 1.0 / np.sqrt(self.variances)

    @property
    def conditioning(self) -> float:
        """1: columns are whitened one by one."""
        return 1.0

    @property
    def colouring(self) -> Array:
        """(k, d) standard deviations."""
        return np.sqrt(self.variances)

    def matrices(self) -> Array:
        """(k, d, d) diagonal matrices."""
        return self.variances[:, :, None] * np.eye(self.n_features)

    def take(self, components: Array) -> Diagonal:
        """The variances of these components."""
        return Diagonal(self.variances[components])

    def relative_to(self, reference: Diagonal) -> Array:
        """(k, d) log (v_ja / r_ja) / √2 with r the variances of the reference."""
        return np.log(self.variances / reference.variances) * ROOT_HALF

    def moved_to(self, coordinates: Array) -> Diagonal | None:
        """Variances r_ja exp(√2 coordinates); None where they over- or underflow."""
        variances = moved_variances(self.variances, coordinates, ROOT_HALF)
        return None if variances is None else unchecked(Diagonal, variances=variances)

    def arrays(self) -> Mapping[str, Array | int]:
        """The variances."""
        return {"variances": self.variances}
