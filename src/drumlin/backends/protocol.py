"""What every backend can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Structure
from drumlin.data import RowOrder
from drumlin.moments import Form, Moments

LOG_2PI = float(np.log(2.0 * np.pi))


class Density(Protocol):
    """What a backend reads of a mixture: weights (k,), means (k, d), covariance."""

    @property
    def weights(self) -> Array:
        """φ."""

    @property
    def means(self) -> Array:
        """μ."""

    @property
    def covariance(self) -> Structure:
        """Σ."""


class Backend(Protocol):
    """Who does the arithmetic of a pass.

    Everywhere: x is (n, d) float64 or float32 with any strides. The input is finite and of the
    right shape: callers have checked.
    """

    @property
    def name(self) -> str:
        """How people ask for it."""

    def expect(
        self,
        mixture: Density,
        x: Array,
        *,
        sample_weight: Array | None,
        labels: Array | None,
        form: Form,
        n_threads: int,
        order: RowOrder | None = None,
    ) -> Moments:
        """The E-step and its moments about the means, without storing responsibilities.

        A row with label j >= 0 has responsibility one for component j and adds
        log φ_j + log N(x; μ_j, Σ_j) to the log-likelihood; a label of −1 is unknown.
        ``order``, one group of rows per component, tells which rows are near which component:
        pairs that would not change the last bit of the sums may then be left out.
        """

    def row_order(self, mixture: Density, x: Array, *, n_threads: int) -> RowOrder:
        """The rows by their most likely component, those of one component as they stand."""

    def log_joint(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n, k) log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j)."""

    def log_density(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n,) log Σ_j φ_j N(x⁽ⁱ⁾; μ_j, Σ_j)."""

    def responsibilities(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n, k) p(z⁽ⁱ⁾ = j | x⁽ⁱ⁾); rows sum to one."""

    def labels(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n,) int64: the most likely component of each row, the first among equals."""

    def sample(self, mixture: Density, n: int, key: int, *, n_threads: int) -> tuple[Array, Array]:
        """n draws x (n, d) and their components (n,) int64; see `drumlin.backends.stream`.

        Row i has the component z of which Σ_{j<z} φ_j <= u_i < Σ_{j<=z} φ_j, u_i being uniform i
        of the key, and x = μ_z + L_z e with e the normals id, ..., id + d − 1 of the key. So a row
        does not depend on n, and every backend draws the same rows, but for rounding.
        """

    def merges(self, y: Array, mass: Array) -> Array:
        """(m − 1, 2) int64: rows y (m, d) of these masses merged to one group, step by step.

        Group b joins group a < b; see `drumlin.backends.agglomeration`. y is float64.
        """


def cumulative(mixture: Density) -> Array:
    """(k − 1,) Σ_{l<=j} φ_l: where the component of a uniform number changes."""
    return np.cumsum(mixture.weights[:-1])


def log_constants(mixture: Density) -> Array:
    """(k,) log φ_j − d/2 log 2π − ½ log |Σ_j|: the log-joint at x = μ_j."""
    covariance = mixture.covariance
    normal = covariance.n_features * LOG_2PI + covariance.log_determinants
    return np.log(mixture.weights) - 0.5 * normal
