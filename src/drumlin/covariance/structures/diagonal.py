"""A variance for every component and column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance.structures.base import in_shape
from drumlin.covariance.structures.uncorrelated import Uncorrelated


@dataclass(frozen=True, eq=False)
class Diagonal(Uncorrelated):
    """Σ_j = diag(variances_j).

    variances : (k, d), all positive
    """

    name: ClassVar[str] = "diag"
    indices: ClassVar[tuple[str, ...]] = ("component", "column")
    layout: ClassVar[str] = "diagonal variances have shape (k, d)"

    @classmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Self:
        """From (k, d); in one dimension also (k,) variances."""
        what = "diagonal variances must have shape (k, d)"
        return cls(in_shape((n_components, n_features), covariances, what))

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.variances.shape[1])

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return np.log(self.variances).sum(axis=1)

    @property
    def column_variances(self) -> Array:
        """(k, d) the variances themselves."""
        return self.variances
