"""Agglomeration in plain NumPy: which two groups of rows are merged next, until one is left.

What is minimised is Σ_c f(n_c, W_c) over the groups c, with n_c the mass and W_c the scatter of a
group in d columns, and W that of all rows, of mass n:

    f(n_c, W_c) = n_c log( |W_c / n_c| + (tr W_c + tr W / (n d)) / n_c )

The determinant alone would be the likelihood of a Gaussian per group. It is zero up to d rows,
where the traces take its place (Fraley 1998, after Banfield & Raftery 1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array

SMALLEST_OFFSET = 1e-250
"""Where all rows are equal."""


def offset(y: Array, mass: Array) -> float:
    """tr W / (n d) of rows y (m, d) with masses (m,), about their mean; positive."""
    count = mass.sum()
    centred = y - mass @ y / count
    total = float(mass @ (centred * centred).sum(axis=1))
    return max(total / (count * y.shape[1]), SMALLEST_OFFSET)


def merges(y: Array, mass: Array) -> Array:
    """(m − 1, 2) int64: each step merges group b into group a < b, which costs least.

    A group has the number of its first row. Among equal costs the smallest a, then the smallest b.
    """
    groups = Groups(
        mass.astype(np.float64),
        y.astype(np.float64),
        np.zeros((*y.shape, y.shape[1])),
        offset(y, mass),
    )
    costs = np.full((len(y), len(y)), np.inf)
    for a in range(len(y)):
        costs[a, a + 1 :] = groups.costs(a, np.arange(a + 1, len(y)))
    steps = np.empty((len(y) - 1, 2), dtype=np.int64)
    alive = np.ones(len(y), dtype=bool)
    for step in steps:
        a, b = divmod(int(costs.argmin()), len(y))
        step[:] = a, b
        groups.merge(a, b)
        alive[b] = False
        costs[b, :] = costs[:, b] = np.inf
        before, after = np.flatnonzero(alive[:a]), a + 1 + np.flatnonzero(alive[a + 1 :])
        costs[before, a], costs[a, after] = groups.costs(a, before), groups.costs(a, after)
    return steps


@dataclass(frozen=True, eq=False)
class Groups:
    """Mass (m,), mean (m, d) and scatter (m, d, d) of every group, changed in place."""

    mass: Array
    mean: Array
    scatter: Array
    offset: float

    def costs(self, one: int, others: Array) -> Array:
        """What merging one group with each of the others adds to the sum over groups."""
        mass, _, scatter = self._together(one, others)
        return self._f(mass, scatter) - self._alone(others) - self._alone(np.array([one]))

    def merge(self, a: int, b: int) -> None:
        """Group b joins group a."""
        mass, mean, scatter = self._together(b, np.array([a]))
        self.mass[a], self.mean[a], self.scatter[a] = mass[0], mean[0], scatter[0]

    def _together(self, one: int, others: Array) -> tuple[Array, Array, Array]:
        mass = self.mass[one] + self.mass[others]
        apart = self.mean[one] - self.mean[others]
        share = (self.mass[one] / mass)[:, None]
        between = (share * self.mass[others, None] * apart)[:, :, None] * apart[:, None, :]
        scatter = self.scatter[one] + self.scatter[others] + between
        return mass, self.mean[others] + share * apart, scatter

    def _alone(self, which: Array) -> Array:
        return self._f(self.mass[which], self.scatter[which])

    def _f(self, mass: Array, scatter: Array) -> Array:
        # rounding may leave a determinant below zero where it is zero
        volume = np.maximum(np.linalg.det(scatter / mass[:, None, None]), 0.0)
        trace = np.trace(scatter, axis1=1, axis2=2)
        spread = volume + (trace + self.offset) / mass
        # zero where masses differ beyond all measure
        return mass * np.log(np.maximum(spread, np.finfo(np.float64).tiny))
