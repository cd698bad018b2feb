"""What is known of the data before the first mixture: one Gaussian for all rows, and the floor.

The floor is relative: ε times S₊, the weighted covariance of all samples, so that a fit does not
depend on the units of the columns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import RelativeFloor
from drumlin.data import Rows, Source, Survey, SurveyPass, stride_of
from drumlin.em.engine import Engine
from drumlin.moments import Moments
from drumlin.observation import COMPLETE, Observation

FLOOR = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-7}
"""ε per float type of the data."""

RELATIVE_CONSTANT = 2.0**-26
"""A column whose standard deviation is below this times max |x| counts as constant."""

SMALLEST_VARIANCE = 1e-280


@dataclass(frozen=True, eq=False)
class DataSummary:
    """The result of the survey: sizes, a draw, one Gaussian for all rows, and the floor.

    survey : Survey          sizes, labels, different rows
    draw : Rows              from which all subsamples are taken
    moments : Moments        k = 1, centred, full
    floor : RelativeFloor
    constant : (d,) bool     columns that hardly vary
    """

    survey: Survey
    draw: Rows
    moments: Moments
    floor: RelativeFloor
    constant: Array

    @property
    def mean(self) -> Array:
        """(d,) the weighted mean of the data."""
        return self.moments.origin[0]


def summarise(
    source: Source,
    engine: Engine,
    wanted: SurveyPass | None = None,
    *,
    check: Callable[[Survey], None] | None = None,
    observation: Observation = COMPLETE,
    rng: np.random.Generator | None = None,
) -> DataSummary:
    """One pass, and a second about the mean that it found where that was far off.

    wanted : what the survey looks for; its draw is set here, by ``rng`` where the data are large
    check : refuses what a survey shows; before any arithmetic where all rows are one chunk

    Moments about a point one standard deviation off lose one bit. Raises InvalidDataError for
    rows that no fit can use.
    """
    wanted = wanted or SurveyPass()
    names = wanted.feature_names

    def refuse(survey: Survey) -> None:
        survey.check(source.dtype, names)
        if check is not None:
            check(survey)

    stride = stride_of(source)
    if stride > 1:
        rng = rng or np.random.default_rng(0)
        wanted = replace(wanted, stride=stride, key=int(rng.integers(2**63)))
    single = partial(single_moments, observation, engine.backend)
    if len(source) == 1:
        survey = engine.executor.map_reduce(wanted, source)
        refuse(survey)
        found = engine.map_reduce(single, source).moments
    else:
        both = engine.map_reduce(partial(_summary, wanted, observation, engine.backend), source)
        survey, found = both.survey, both.single.moments
        refuse(survey)
    moments = found.centred()
    off = moments.origin[0] - found.origin[0]
    if (off**2 * moments.mass[0] > np.diagonal(moments.scatter[0])).any():
        again = partial(single, about=moments.origin[0])
        moments = engine.map_reduce(again, source).moments.centred()
    floor, constant = _floor(moments, survey.largest, source.dtype)
    return DataSummary(survey, survey.draw(), moments, floor, constant)


def _floor(moments: Moments, largest: Array, dtype: np.dtype) -> tuple[RelativeFloor, Array]:
    """The floor of all covariances, and the columns (d,) that hardly vary for their size."""
    total = moments.scatter[0] / moments.mass[0]
    variances = np.diagonal(total).copy()
    least = np.where(largest > 0.0, (RELATIVE_CONSTANT * largest) ** 2, 1.0)
    constant = variances < least
    scale = total.copy()
    scale[constant, :] = scale[:, constant] = 0.0
    np.fill_diagonal(scale, np.maximum(np.where(constant, least, variances), SMALLEST_VARIANCE))
    floor = RelativeFloor(total, scale, FLOOR[dtype], _resolution(dtype, len(total)))
    return floor, constant


def _resolution(dtype: np.dtype, n_features: int) -> float:
    """The eigenvalue of a correlation matrix that drowns in the rounding of its entries.

    float32 sums are rounded tile by tile and added in float64: what is lost there is of the size
    of its floor.
    """
    if dtype == np.float32:
        return FLOOR[dtype]
    return (32 + 4 * n_features) * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class SingleMoments:
    """Full moments of rows as one component; ``+`` takes the others about the first one's point."""

    moments: Moments

    def __add__(self, other: SingleMoments) -> SingleMoments:
        return SingleMoments(self.moments + other.moments.about(self.moments.origin))


def single_moments(
    observation: Observation,
    backend: Backend,
    rows: Rows,
    n_threads: int,
    *,
    about: Array | None = None,
    in_double: bool = False,
) -> SingleMoments:
    """Those of a chunk, about a point (d,), or about a rough mean of its rows.

    in_double : whether float32 rows are looked at in float64
    """
    point = _rough_mean(rows) if about is None else about
    single = partial(observation.single, backend, about=point, n_threads=n_threads)
    return SingleMoments(
        reduce(operator.add, map(single, rows.in_double() if in_double else (rows,)))
    )


@dataclass(frozen=True, eq=False)
class SummaryPart:
    """The survey and the moments of some rows; parts add."""

    survey: Survey
    single: SingleMoments

    def __add__(self, other: SummaryPart) -> SummaryPart:
        return SummaryPart(self.survey + other.survey, self.single + other.single)


def _summary(
    look: SurveyPass, observation: Observation, backend: Backend, rows: Rows, n_threads: int
) -> SummaryPart:
    """Of a chunk: the checks come before any arithmetic."""
    return SummaryPart(look(rows), single_moments(observation, backend, rows, n_threads))


def _rough_mean(rows: Rows) -> Array:
    """(d,) the mean of a few rows: near enough to subtract before squaring."""
    x = rows.x if rows.sample_weight is None else rows.x[np.flatnonzero(rows.sample_weight)[:1000]]
    if not len(x):
        x = rows.x
    few = np.asarray(x[:: max(1, len(x) // 1000)], dtype=np.float64)
    return np.ascontiguousarray(few.mean(axis=0))
