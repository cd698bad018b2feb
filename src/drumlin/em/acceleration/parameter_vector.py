"""Mixtures as vectors, so that one can be extrapolated from others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.covariance import unchecked
from drumlin.mixture import Mixture

LEAST_WEIGHT = 1e-6
"""A nearly empty component still counts for so much in lengths."""


@dataclass(frozen=True, eq=False)
class ParameterVector:
    """Mixtures as vectors of unconstrained numbers, seen from one near by.

    log φ_j, the means whitened by the reference, and the covariances relative to it, the row of
    component j times √φ_j of the reference. Half a squared length is then about a Kullback-Leibler
    divergence per row, and vectors turn at most when the data are mapped by x -> Ax + b: lengths
    and angles stay.
    """

    reference: Mixture

    @cached_property
    def _roots(self) -> Array:
        """(k, 1) √φ_j."""
        return np.sqrt(np.maximum(self.reference.weights, LEAST_WEIGHT))[:, None]

    @cached_property
    def _colouring(self) -> Array:
        """What undoes the whitening."""
        whitening = self.reference.covariance.whitening
        return 1.0 / whitening if whitening.ndim == 2 else np.asarray(np.linalg.inv(whitening))

    def of(self, mixture: Mixture) -> Array:
        """The vector of a mixture."""
        whitening, roots = self.reference.covariance.whitening, self._roots
        moves = mixture.means - self.reference.means
        matrices = whitening.ndim == 3
        white = (whitening @ moves[:, :, None])[:, :, 0] if matrices else whitening * moves
        relative = mixture.covariance.relative_to(self.reference.covariance)
        if len(relative) == len(roots):  # else it is shared
            relative = relative * roots
        logs = np.log(mixture.weights)[:, None]
        return np.concatenate([(logs * roots).ravel(), (white * roots).ravel(), relative.ravel()])

    def mixture(self, vector: Array) -> Mixture | None:
        """The mixture of a vector, its weights rescaled to sum to one; None where there is none."""
        if not np.isfinite(vector).all():
            return None
        (k, d), reference, roots = self.reference.means.shape, self.reference, self._roots
        logs, white, relative = vector[:k], vector[k : k + k * d], vector[k + k * d :]
        covariance = reference.covariance.moved_to(self._by_component(relative))
        logs = logs / roots[:, 0]
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        if covariance is None or not weights.all():
            return None
        return unchecked(
            Mixture,
            weights=weights,
            means=reference.means + self._coloured(white.reshape(k, d) / roots),
            covariance=covariance,
            feature_names=reference.feature_names,
        )

    def _by_component(self, relative: Array) -> Array:
        """(k, p), or (1, p) where all components share a covariance."""
        roots = self._roots
        shared = len(self.reference.covariance.whitening) < len(roots)
        return relative[None] if shared else relative.reshape(len(roots), -1) / roots

    def _coloured(self, white: Array) -> Array:
        colouring = self._colouring
        if colouring.ndim == 2:
            return white * colouring
        return np.asarray((colouring @ white[:, :, None])[:, :, 0])
