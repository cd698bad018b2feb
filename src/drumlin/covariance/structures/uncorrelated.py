"""What `Diagonal` and `Spherical` have in common: columns that are whitened one by one."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance.structures.base import ROOT_HALF, Structure, readonly_copy, unchecked
from drumlin.errors import InvalidMixtureError


@dataclass(frozen=True, eq=False)
class Uncorrelated(Structure):
    """Diagonal Σ_j: a variance v for each column, or one for all of them."""

    indices: ClassVar[tuple[str, ...]]
    layout: ClassVar[str]

    variances: Array

    def __post_init__(self) -> None:
        variances = readonly_copy(self.variances)
        if variances.ndim != len(self.indices):
            raise InvalidMixtureError(f"{self.layout}, not {variances.shape}")
        bad = np.argwhere(~(np.isfinite(variances) & (variances > 0)))
        if bad.size:
            place = ", ".join(f"{name} {i}" for name, i in zip(self.indices, bad[0], strict=True))
            raise InvalidMixtureError(
                f"variance of {place} is {variances[tuple(bad[0])]}: it must be positive"
            )
        object.__setattr__(self, "variances", variances)

    @property
    @abstractmethod
    def column_variances(self) -> Array:
        """(k, d) the diagonals of Σ_j."""

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.variances.shape[0])

    @property
    def colouring(self) -> Array:
        """(k, d) standard deviations."""
        return np.sqrt(self.column_variances)

    def matrices(self) -> Array:
        """(k, d, d) diagonal matrices."""
        return self.column_variances[:, :, None] * np.eye(self.n_features)

    def take(self, components: Array) -> Self:
        """The variances of these components."""
        return replace(self, variances=self.variances[components])

    @property
    def _unit(self) -> float:
        """√(m/2) where one variance is that of m columns."""
        columns = self.n_features * self.n_components / self.variances.size
        return ROOT_HALF * columns**0.5

    def relative_to(self, reference: Self) -> Array:
        """(k, d) log (v_ja / r_ja) / √2, or (k, 1) √(d/2) log (v_j / r_j), r of the reference."""
        relative = np.log(self.variances / reference.variances) * self._unit
        return relative.reshape(self.n_components, -1)

    def moved_to(self, coordinates: Array) -> Self | None:
        """The variances at these coordinates; None where one of them over- or underflows."""
        with np.errstate(over="ignore"):
            factors = np.exp(coordinates / self._unit).reshape(self.variances.shape)
            moved = self.variances * factors
        if not (np.isfinite(moved).all() and (moved > 0.0).all()):
            return None
        return unchecked(type(self), **{**self.arrays(), "variances": moved})
