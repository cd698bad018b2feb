"""What every backend can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from drumlin.covariance import Structure
from drumlin.moments import Form, Moments

Array = np.ndarray

LOG_2PI = float(np.log(2.0 * np.pi))


class Backend(Protocol):
    """Who does the arithmetic of a pass.

    Everywhere: x is (n, d) float64 or float32 with any strides, weights (k,), means (k, d), and
    covariance the Σ_j. The input is finite and of the right shape: callers have checked.
    """

    @property
    def name(self) -> str:
        """How people ask for it."""

    def expect(
        self,
        weights: Array,
        means: Array,
        covariance: Structure,
        x: Array,
        *,
        sample_weight: Array | None,
        labels: Array | None,
        form: Form,
        n_threads: int,
    ) -> Moments:
        """The E-step and its moments about ``means``, without storing responsibilities.

        A row with label j >= 0 has responsibility one for component j and adds
        log φ_j + log N(x; μ_j, Σ_j) to the log-likelihood; a label of −1 is unknown.
        """

    def log_joint(
        self, weights: Array, means: Array, covariance: Structure, x: Array, *, n_threads: int
    ) -> Array:
        """(n, k) log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j)."""

    def log_density(
        self, weights: Array, means: Array, covariance: Structure, x: Array, *, n_threads: int
    ) -> Array:
        """(n,) log Σ_j φ_j N(x⁽ⁱ⁾; μ_j, Σ_j)."""

    def responsibilities(
        self, weights: Array, means: Array, covariance: Structure, x: Array, *, n_threads: int
    ) -> Array:
        """(n, k) p(z⁽ⁱ⁾ = j | x⁽ⁱ⁾); rows sum to one."""

    def labels(
        self, weights: Array, means: Array, covariance: Structure, x: Array, *, n_threads: int
    ) -> Array:
        """(n,) int64: the most likely component of each row, the first among equals."""


def log_constants(weights: Array, covariance: Structure) -> Array:
    """(k,) log φ_j − d/2 log 2π − ½ log |Σ_j|: the log-joint at x = μ_j."""
    return (
        np.log(weights) - 0.5 * covariance.n_features * LOG_2PI - 0.5 * covariance.log_determinants
    )
