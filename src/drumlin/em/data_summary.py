"""What is put in from outside: here the floor, measured once on the whole data.

The floor is relative: ε times S₊, the weighted covariance of all samples, so that a
fit does not depend on the units of the columns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Diagonal, Floor
from drumlin.data import Rows, Source
from drumlin.execution import Executor
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments

FLOOR = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-7}
"""ε per float type of the data."""

RELATIVE_CONSTANT = 2.0**-26
"""A column whose standard deviation is below this times max |x| counts as constant."""

SMALLEST_VARIANCE = 1e-280


@dataclass(frozen=True, eq=False)
class DataSummary:
    """One Gaussian for the whole data, and the floor that follows.

    moments : Moments        k = 1, centred, full
    floor : Floor
    constant : (d,) bool     columns that hardly vary
    """

    moments: Moments
    floor: Floor
    constant: Array

    @property
    def mean(self) -> Array:
        """(d,) the weighted mean of the data."""
        return self.moments.origin[0]


def summarise(source: Source, backend: Backend, executor: Executor) -> DataSummary:
    """A pass with k = 1, and a second about the mean that it found where the first was far off.

    Moments about a point one standard deviation off lose one bit.
    """
    about = _rough_mean(source)
    moments = _single(source, backend, executor, about).centred()
    off = moments.origin[0] - about
    if (off**2 * moments.mass[0] > np.diagonal(moments.scatter[0])).any():
        moments = _single(source, backend, executor, moments.origin[0]).centred()
    total = moments.scatter[0] / moments.mass[0]
    size = np.max([source[index].largest for index in range(len(source))], axis=0)
    variances = np.diagonal(total).copy()
    least = np.where(size > 0.0, (RELATIVE_CONSTANT * size) ** 2, 1.0)
    constant = variances < least
    scale = total.copy()
    scale[constant, :] = scale[:, constant] = 0.0
    np.fill_diagonal(scale, np.maximum(np.where(constant, least, variances), SMALLEST_VARIANCE))
    epsilon = FLOOR[source.dtype]
    resolution = _resolution(source.dtype, source.n_features)
    return DataSummary(moments, Floor(total, scale, epsilon, resolution), constant)


def _resolution(dtype: np.dtype, n_features: int) -> float:
    """The eigenvalue of a correlation matrix that drowns in the rounding of its entries.

    float32 sums are rounded tile by tile and added in float64: what is lost there is of the size
    of its floor.
    """
    if dtype == np.float32:
        return FLOOR[dtype]
    return (32 + 4 * n_features) * float(np.finfo(np.float64).eps)


def total_moments(source: Source, backend: Backend, executor: Executor) -> Moments:
    """The moments with k = 1 about a point near the mean, full, in float64 for any data."""
    return _single(source, backend, executor, _rough_mean(source), Rows.in_double)


def _single(
    source: Source,
    backend: Backend,
    executor: Executor,
    about: Array,
    parts: Callable[[Rows], Iterable[Rows]] = lambda rows: (rows,),
) -> Moments:
    single = Mixture(np.ones(1), about[None], Diagonal(np.ones((1, source.n_features))))

    def pass_over(rows: Rows, n_threads: int) -> Moments:
        return reduce(
            operator.add,
            (
                backend.expect(
                    single,
                    part.x,
                    sample_weight=part.sample_weight,
                    labels=None,
                    form=Form.FULL,
                    n_threads=n_threads,
                )
                for part in parts(rows)
            ),
        )

    return executor.map_reduce(pass_over, source)


def _rough_mean(source: Source) -> Array:
    """(d,) the mean of a few rows: near enough to subtract before squaring."""
    rows = source[0]
    x = rows.x if rows.sample_weight is None else rows.x[np.flatnonzero(rows.sample_weight)[:1000]]
    if not len(x):
        x = rows.x
    few = np.asarray(x[:: max(1, len(x) // 1000)], dtype=np.float64)
    return np.ascontiguousarray(few.mean(axis=0))
