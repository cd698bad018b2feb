"""Rows by their most likely component, so that a pass may skip pairs that would change nothing.

Of well separated components most pairs of a row and a component have a responsibility so small
that it is lost in the rounding of the sums. In an order that brings the rows of a component
together the compiled pass finds such pairs by a bound for d instead of d² multiply-adds, and
leaves them out: log-likelihood and parameters stay the same to rounding. Whether that pays is
decided by counting pairs on a sample of the rows, never by a clock, so that a run can be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from drumlin.backends import Backend, Density
from drumlin.data import ArraySource, RowOrder, Rows, Source
from drumlin.em.engine import Engine
from drumlin.em.expect_pass import ExpectPass
from drumlin.moments import Form, Moments

SAMPLE_ROWS = (2048, 8)
"""Rows of the sample on which pairs are counted: at least the first, and the second per k."""

SAMPLE_SHARE = 32
"""The data are at least so many times the sample: looking must cost nothing."""

LEAST_FEATURES, LEAST_COMPONENTS, LEAST_WORK = 5, 4, 1e8
"""Below these (the last in multiply-adds per pass) there is nothing to win."""

WORTH = 0.7
"""An order is made when a pass then costs less than this share of what it costs now."""


@dataclass(eq=False)
class RowOrdering:
    """The order in which the passes of one run visit the rows of its source.

    It is reconsidered before the passes 0, 1, 2, 4, 8, ... of the run: early, since one pass may
    pay for it, and later, since components move.
    """

    source: Source
    engine: Engine
    passes: int = 0
    ordered: Source | None = None
    cost: float = 1.0

    def expect(self, visit: ExpectPass) -> Moments:
        """The moments of the pass, its rows in an order that suits its mixture."""
        if self.passes & (self.passes - 1) == 0:
            self._reconsider(visit)
        self.passes += 1
        if self.ordered is None:
            return self.engine.map_reduce(visit, self.source)
        moments = self.engine.map_reduce(visit, self.ordered)
        self.cost = relative_cost(moments, self.source.n_samples, visit.form)
        return moments

    def _reconsider(self, visit: ExpectPass) -> None:
        """Make an order, make a new one, or give it up."""
        if self.cost > 1.0:
            self.ordered, self.cost = None, 1.0
        mixture, backend = visit.mixture, self.engine.backend
        sample = self._sample(len(mixture.weights))
        order = backend.row_order(mixture, sample.x, n_threads=1)
        moments = replace(visit, in_double=False)(replace(sample, order=order), 1)
        if relative_cost(moments, len(sample), visit.form) < WORTH * self.cost:
            self.ordered = None  # its order first: two of them need not be held at once
            found = self.engine.map_reduce(partial(order_of, mixture, backend), self.source)
            self.ordered = ArraySource(replace(self.source[0], order=found[0]))

    def _sample(self, n_components: int) -> Rows:
        """Rows at equal distances."""
        stride = self.source.n_samples // sample_rows(n_components)
        return self.source[0].take(np.arange(0, self.source.n_samples, stride))


def order_of(mixture: Density, backend: Backend, rows: Rows, n_threads: int) -> list[RowOrder]:
    """The order of the rows of a chunk, in a list of one."""
    return [backend.row_order(mixture, rows.x, n_threads=n_threads)]


def row_ordering(
    source: Source, engine: Engine, n_components: int, form: Form
) -> RowOrdering | None:
    """A `RowOrdering` where one might pay: many rows in memory, and a scatter per component."""
    n_samples, n_features = source.n_samples, source.n_features
    large = n_samples >= SAMPLE_SHARE * sample_rows(n_components)
    work = n_samples * n_components * pair_cost(n_features, form)
    if (
        form not in (Form.FULL, Form.DIAGONAL)
        or not (large and source.in_memory and work >= LEAST_WORK)
        or n_features < LEAST_FEATURES
        or not LEAST_COMPONENTS <= n_components <= 2**16
        or n_samples >= 2**31
    ):
        return None
    return RowOrdering(source, engine)


def sample_rows(n_components: int) -> int:
    """Rows of the sample for k components."""
    return max(SAMPLE_ROWS[0], SAMPLE_ROWS[1] * n_components)


def pair_cost(n_features: int, form: Form) -> float:
    """Multiply-adds of a row and a component in a pass that leaves nothing out, about."""
    if form is Form.DIAGONAL:
        return 4.0 * n_features + 25.0
    return n_features * (n_features + 3.0) + 25.0


def relative_cost(moments: Moments, n_samples: int, form: Form) -> float:
    """Of an ordered pass that left these moments, to one that looks at all pairs.

    Each pair costs its bound; one that was looked at, which takes gathering, half as much again
    as in its place. Fitted to the timings in benchmarks/NOTES.md.
    """
    n_components, n_features = moments.origin.shape
    pair = pair_cost(n_features, form)
    share = moments.evaluated / (n_samples * n_components)
    return (n_features + 12.0 + share * (1.5 * pair + 15.0 * n_features + 20.0)) / pair
