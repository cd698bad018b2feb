"""One variance for every component."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance.structures.base import in_shape
from drumlin.covariance.structures.uncorrelated import Uncorrelated


@dataclass(frozen=True, eq=False)
class Spherical(Uncorrelated):
    """Σ_j = variances_j · I.

    variances : (k,), all positive;  features : d
    """

    name: ClassVar[str] = "spherical"
    indices: ClassVar[tuple[str, ...]] = ("component",)
    layout: ClassVar[str] = "spherical variances have shape (k,)"

    features: int

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Self:
        """From (k,) variances."""
        what = "spherical variances must have shape (k,)"
        return cls(in_shape((n_components,), covariances, what), n_features)

    @property
    def n_features(self) -> int:
        """d."""
        return self.features

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return self.features * np.log(self.variances)

    @property
    def column_variances(self) -> Array:
        """(k, d) each variance d times."""
        return np.repeat(self.variances[:, None], self.features, axis=1)
