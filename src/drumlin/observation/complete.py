"""Every cell of every row was seen: the moments of a chunk are those of its rows as they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend, Density
from drumlin.covariance import Diagonal
from drumlin.data import Rows
from drumlin.moments import Form, Moments


@dataclass(frozen=True)
class Complete:
    """Rows without missing cells and without measurement errors."""

    complete: bool = True

    def moments(
        self, backend: Backend, mixture: Density, rows: Rows, *, form: Form, n_threads: int
    ) -> Moments:
        """The E-step of a chunk and its moments about the means."""
        return backend.expect(
            mixture,
            rows.x,
            sample_weight=rows.sample_weight,
            labels=rows.labels,
            form=form,
            n_threads=n_threads,
            order=rows.order,
        )

    def single(self, backend: Backend, rows: Rows, about: Array, *, n_threads: int) -> Moments:
        """Σ s⁽ⁱ⁾ (x⁽ⁱ⁾ − about)(x⁽ⁱ⁾ − about)ᵀ and the like."""
        one = StandardNormal(about)
        unlabelled = Rows(rows.x, rows.sample_weight)
        return self.moments(backend, one, unlabelled, form=Form.FULL, n_threads=n_threads)

    def log_joint(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n, k) log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j)."""
        return backend.log_joint(mixture, rows.x, n_threads=n_threads)

    def log_density(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n,) log p(x⁽ⁱ⁾)."""
        return backend.log_density(mixture, rows.x, n_threads=n_threads)

    def responsibilities(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n, k) p(z⁽ⁱ⁾ = j | x⁽ⁱ⁾)."""
        return backend.responsibilities(mixture, rows.x, n_threads=n_threads)

    def labels(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n,) argmax_j p(z⁽ⁱ⁾ = j | x⁽ⁱ⁾)."""
        return backend.labels(mixture, rows.x, n_threads=n_threads)

    def points(self, rows: Rows) -> Rows:
        """The rows themselves."""
        return rows


COMPLETE = Complete()


class StandardNormal:
    """One component N(about, I), as a backend reads it."""

    def __init__(self, about: Array) -> None:
        self.weights, self.means = np.ones(1), about[None]
        self.covariance = Diagonal(np.ones((1, len(about))))
