"""What a run works on, and the state that it moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Family, Floor
from drumlin.data import Source
from drumlin.em.constraints import FREE, Constraints
from drumlin.em.data_summary import DataSummary, single_moments
from drumlin.em.engine import Engine
from drumlin.em.row_order import RowOrdering
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.observation import COMPLETE, Observation

LARGEST_RATIO = {np.dtype(np.float64): 1e4, np.dtype(np.float32): 1e2}
"""Total over within, in any direction, up to which within = total − between, per float type.

Measured: the relative error of the difference is at most 2e-16 times the ratio; in float32, where
the means are off by about 4e-8 standard deviations, 1e-7 times its square root.
"""

POOLED_FEATURES, POOLED_WORK = 6, 1e6
"""Columns, and n k d², from which the pooled pass saves more than it costs: measured."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What a run works on.

    source : Source              the rows of its passes, all of the data or a subsample
    family : Family              the M-step
    summary : DataSummary        of all of the data
    engine : Engine              makes the passes
    observation : Observation    what of a row was seen
    constraints : Constraints    what is not estimated freely
    given_floor : Floor          another floor than that of the summary
    row_ordering : RowOrdering   of one run, where it may skip pairs
    """

    source: Source
    family: Family
    summary: DataSummary
    engine: Engine
    observation: Observation = COMPLETE
    constraints: Constraints = FREE
    given_floor: Floor | None = None
    row_ordering: RowOrdering | None = None

    @property
    def floor(self) -> Floor:
        """How small a covariance may become."""
        return self.summary.floor if self.given_floor is None else self.given_floor

    @property
    def backend(self) -> Backend:
        """The backend of the engine."""
        return self.engine.backend

    @cached_property
    def total(self) -> Moments:
        """All rows as one component, measured when first asked for: a pooled pass needs it."""
        single = partial(single_moments, self.observation, self.backend, in_double=True)
        return self.engine.map_reduce(single, self.source).moments

    def n_parameters(self, n_components: int) -> int:
        """Free parameters of a mixture of so many components."""
        n_features, equal = self.source.n_features, self.constraints.equal_weights
        return self.family.n_parameters(n_components, n_features, equal_weights=equal)

    def sums_means(self, n_components: int, form: Form) -> bool:
        """Whether pooled moments are made of masses and shifts, the total being known."""
        if form is not Form.POOLED or not self.observation.complete:
            return False
        d = self.source.n_features
        work = self.source.n_samples * n_components * d * d
        return d >= POOLED_FEATURES and work >= POOLED_WORK

    @cached_property
    def least_within(self) -> Array:
        """(d, d) the scatter within components below which total − between is not exact enough.

        On the floor it need not be: there the M-step puts the floor in its place.
        """
        total = self.total.centred()
        largest = LARGEST_RATIO[self.source.dtype]
        return total.scatter[0] / largest - total.mass[0] * self.floor.matrix


@dataclass(frozen=True, eq=False)
class State:
    """Where a run is: what an M-step returns, and what a checkpoint would store.

    mixture : Mixture
    on_floor : (k,) bool    components that rest on the floor
    regularised : bool      whether the floor was added to every scatter; it stays so for the run
    """

    mixture: Mixture
    on_floor: Array
    regularised: bool = False


def as_given(mixture: Mixture) -> State:
    """A mixture from outside as a start: no component is known to rest on the floor."""
    return State(mixture, np.zeros(mixture.n_components, dtype=bool))
