"""What a run works on, and the state that it moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Family, Floor
from drumlin.data import Source
from drumlin.em.data_summary import total_moments
from drumlin.em.row_order import Ordering
from drumlin.execution import Executor
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments

FARTHEST = {np.dtype(np.float64): 1e4, np.dtype(np.float32): 1e2}
"""Total over within, in any direction, up to which within = total − between, per float type.

Measured: the relative error of the difference is at most 2e-16 times the ratio; in float32, where
the means are off by about 4e-8 standard deviations, 1e-7 times its square root.
"""

POOLED_FEATURES, POOLED_WORK = 6, 1e6
"""Columns, and n k d², from which the pooled pass saves more than it costs: measured."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What a run works on, and who does the work.

    equal_weights : bool    whether φ_j = 1/k is given, and not estimated
    """

    source: Source
    family: Family
    floor: Floor
    backend: Backend
    executor: Executor
    equal_weights: bool = False
    ordering: Ordering | None = None

    @cached_property
    def total(self) -> Moments:
        """All rows as one component, measured when first asked for: a pooled pass needs it."""
        return total_moments(self.source, self.backend, self.executor)

    def n_parameters(self, n_components: int) -> int:
        """Free parameters of a mixture of so many components."""
        n_features = self.source.n_features
        return self.family.n_parameters(n_components, n_features, equal_weights=self.equal_weights)

    def sums_means(self, n_components: int, form: Form) -> bool:
        """Whether pooled moments are made of masses and shifts, the total being known."""
        d = self.source.n_features
        work = self.source.n_samples * n_components * d * d
        return form is Form.POOLED and d >= POOLED_FEATURES and work >= POOLED_WORK

    @cached_property
    def least_within(self) -> Array:
        """(d, d) the scatter within components below which total − between is not exact enough.

        On the floor it need not be: there the M-step puts the floor in its place.
        """
        total = self.total.centred()
        farthest = FARTHEST[self.source.dtype]
        return total.scatter[0] / farthest - total.mass[0] * self.floor.matrix


@dataclass(frozen=True, eq=False)
class State:
    """What an M-step returns.

    mixture : Mixture
    on_floor : (k,) bool    components that rest on the floor
    regularised : bool      whether the floor was added to every scatter; it stays so for the run
    """

    mixture: Mixture
    on_floor: Array
    regularised: bool = False


def as_given(mixture: Mixture) -> State:
    """A mixture from outside as a start: nobody knows yet of any component on the floor."""
    return State(mixture, np.zeros(mixture.n_components, dtype=bool))
