"""What every observation can do."""

from __future__ import annotations

from typing import Protocol

from drumlin._types import Array
from drumlin.backends import Backend, Density
from drumlin.data import Rows
from drumlin.moments import Form, Moments


class Observation(Protocol):
    """How the rows of a chunk depend on the x of the model.

    With o the row as it was seen, all densities are p(o) and p(z = j | o), and moments are those
    of the expected complete rows: E[x | o, z = j] and E[x xᵀ | o, z = j].
    """

    @property
    def complete(self) -> bool:
        """Whether rows are seen as they are, so that the total scatter is known in advance."""

    def moments(
        self, backend: Backend, mixture: Density, rows: Rows, *, form: Form, n_threads: int
    ) -> Moments:
        """The E-step of a chunk: log-likelihood, and moments about the means of the mixture."""

    def single(self, backend: Backend, rows: Rows, about: Array, *, n_threads: int) -> Moments:
        """Full moments of all rows as one component, about a point (d,): a first idea of x."""

    def log_joint(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n, k) log φ_j + log p(o⁽ⁱ⁾ | z = j)."""

    def log_density(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n,) log p(o⁽ⁱ⁾)."""

    def responsibilities(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n, k) p(z⁽ⁱ⁾ = j | o⁽ⁱ⁾); rows sum to one, and known labels are not looked at."""

    def labels(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n,) int64: the most likely component of each row, the first among equals."""

    def points(self, rows: Rows) -> Rows:
        """Rows of x where starts look for clusters: those seen, or a guess of the complete ones."""
