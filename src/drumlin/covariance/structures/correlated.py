"""What `Full` and `Tied` have in common: matrices, of which the lower Cholesky factors are kept.

A factor keeps the small eigenvalues of a nearly singular Σ_j to full relative accuracy, which the
product with its transpose does not.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Self

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.covariance.structures.base import ROOT_HALF, Structure


class Correlated(Structure):
    """Dense Σ_j. ``colouring`` holds lower Cholesky factors L, one for each or one for all."""

    @abstractmethod
    def with_factors(self, factors: Array) -> Self:
        """The same with other factors, in the shape of ``colouring``, which are not checked."""

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.colouring.shape[-1])

    @cached_property
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|."""
        return self._each(cholesky.log_determinants(self.colouring))

    def matrices(self) -> Array:
        """(k, d, d) L Lᵀ."""
        return self._each(self.colouring @ self.colouring.transpose(0, 2, 1))

    def relative_to(self, reference: Self) -> Array:
        """(k, d²) or (1, d²) P Σ Pᵀ / √2, with P the whitening of the reference."""
        roots = reference.whitening @ self.colouring
        return (roots @ roots.transpose(0, 2, 1)).reshape(len(roots), -1) * ROOT_HALF

    def moved_to(self, coordinates: Array) -> Self | None:
        """L S Lᵀ with S / √2 the coordinates; None unless every S is positive definite."""
        matrices = coordinates.reshape(self.colouring.shape) * np.sqrt(2.0)
        try:
            return self.with_factors(self.colouring @ np.linalg.cholesky(matrices))
        except np.linalg.LinAlgError:
            return None

    def _each(self, values: Array) -> Array:
        """Values of the factors, for all components."""
        return values if len(values) == self.n_components else values.repeat(self.n_components, 0)
