"""Every cell of every row was seen: the moments of a chunk are those of its rows as they stand."""

from __future__ import annotations

from dataclasses import dataclass

from drumlin.backends import Backend, Density
from drumlin.data import Rows
from drumlin.moments import Form, Moments


@dataclass(frozen=True)
class Complete:
    """Rows without missing cells and without measurement errors."""

    backend: Backend

    def moments(
        self,
        mixture: Density,
        rows: Rows,
        *,
        form: Form,
        n_threads: int,
    ) -> Moments:
        """The E-step of a chunk and its moments about the means."""
        return self.backend.expect(
            mixture,
            rows.x,
            sample_weight=rows.sample_weight,
            labels=rows.labels,
            form=form,
            n_threads=n_threads,
            order=rows.order,
        )
