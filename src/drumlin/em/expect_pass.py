"""What an E-step maps over the chunks of a source."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import reduce

from drumlin.backends import Backend, Density
from drumlin.data import Rows
from drumlin.moments import Form, Moments
from drumlin.observation import Observation


@dataclass(frozen=True, eq=False)
class ExpectPass:
    """The moments of a chunk about the means of a mixture; picklable.

    in_double : whether float32 rows are looked at in float64, block by block
    """

    mixture: Density
    observation: Observation
    backend: Backend
    form: Form
    in_double: bool = False

    def __call__(self, rows: Rows, n_threads: int) -> Moments:
        """The E-step of a chunk."""
        parts = rows.in_double() if self.in_double else (rows,)
        each = (
            self.observation.moments(
                self.backend, self.mixture, part, form=self.form, n_threads=n_threads
            )
            for part in parts
        )
        return reduce(operator.add, each)
