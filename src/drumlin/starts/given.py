"""Starts that the caller gives: labels or responsibilities begin with an exact M-step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drumlin.backends.reference import moments_of
from drumlin.constraints import Whole
from drumlin.data import ArraySource, Rows, check_labels
from drumlin.em import Problem, Step, expect, maximise
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.moments import Moments

Array = np.ndarray

BLOCK_ROWS = 1024


def from_labels(problem: Problem, rows: Rows, whole: Whole, n_components: int) -> Step:
    """The closed-form fit to rows of known label; rows of unknown label are left out.

    The second of two passes is about the means that the first found, so that the scatter is exact.
    Raises InvalidDataError when a component has no row.
    """
    labels = rows.labels
    if labels is None:
        raise InvalidParameterError("labels are needed for a start from labels")
    known = (labels >= 0).astype(np.float64)
    weight = known if rows.sample_weight is None else known * rows.sample_weight
    mass = np.bincount(labels[weight > 0], weights=weight[weight > 0], minlength=n_components)
    if not mass.all():
        raise InvalidDataError(
            f"label {int(np.argmin(mass))} is on no row: every component needs at least one; "
            "renumber the labels or ask for fewer components"
        )
    inner = replace(problem, source=ArraySource(replace(rows, sample_weight=weight)))
    weights = np.full(n_components, 1.0 / n_components)
    means = np.repeat(whole.mean[None], n_components, axis=0)
    single = problem.family.estimate(_form(whole.moments, problem), problem.floor, None)
    covariance = single.covariance.take(np.zeros(n_components, dtype=np.intp))
    first = expect(Mixture(weights, means, covariance), inner)
    second = expect(Mixture(weights, first.means, covariance), inner)
    return maximise(second, problem.family, problem.floor)


def from_responsibilities(problem: Problem, rows: Rows, whole: Whole, given: Array) -> Step:
    """The M-step of given responsibilities (n, k), in float64. Raises InvalidDataError."""
    n_components = given.shape[1]
    if len(given) != len(rows):
        raise InvalidDataError(f"starts has {len(given)} rows of responsibilities, x {len(rows)}")
    bad = np.flatnonzero(
        ~(np.isfinite(given) & (given >= 0)).all(axis=1) | (abs(given.sum(axis=1) - 1) > 1e-6)
    )
    if bad.size:
        raise InvalidDataError(
            f"responsibilities of row {bad[0]} are {given[bad[0]]}: they must not be negative "
            "and sum to 1"
        )
    origin = np.repeat(whole.mean[None], n_components, axis=0)
    for _ in range(2):
        moments = _moments_given(problem, rows, given, origin)
        origin = moments.means
    return maximise(moments, problem.family, problem.floor)


def read_starts(
    starts: Any, problem: Problem, rows: Rows, whole: Whole, n_components: int
) -> Step | int:
    """What ``starts`` means: a number of starts as it is, anything else as a first Step.

    Raises InvalidParameterError or InvalidDataError when it fits neither the data nor k.
    """
    if isinstance(starts, Mixture):
        _check_size(starts, n_components, problem.source.n_features)
        return Step(starts, np.zeros(n_components, dtype=bool))
    if isinstance(starts, int | np.integer) and not isinstance(starts, bool):
        if starts < 1:
            raise InvalidParameterError(f"starts is {starts}: it must be at least 1")
        return int(starts)
    given = np.asarray(starts)
    if given.ndim == 2 and given.shape[1] == n_components and given.dtype.kind in "fiub":
        return from_responsibilities(problem, rows, whole, given.astype(np.float64))
    if given.ndim == 1 and len(given) > 0:
        labels = check_labels(given, len(rows), n_components)
        return from_labels(problem, replace(rows, labels=labels), whole, n_components)
    raise InvalidParameterError(
        "starts must be a number of starts, a Mixture, labels (n,), or responsibilities "
        f"(n, {n_components}); got {type(starts).__name__} of shape {given.shape}"
    )


def _moments_given(problem: Problem, rows: Rows, given: Array, origin: Array) -> Moments:
    total = None
    for first in range(0, len(rows), BLOCK_ROWS):
        part = slice(first, first + BLOCK_ROWS)
        weight = np.ones(len(given[part]))
        if rows.sample_weight is not None:
            weight = rows.sample_weight[part]
        block = np.asarray(rows.x[part], dtype=np.float64)
        sums = moments_of(block, given[part] * weight[:, None], origin, problem.family.form)
        moments = Moments(0.0, float(weight.sum()), *sums, origin)
        total = moments if total is None else total + moments
    assert total is not None  # there is at least one row
    return total


def _form(moments: Moments, problem: Problem) -> Moments:
    return moments if moments.form is problem.family.form else moments.diagonal()


def _check_size(mixture: Mixture, n_components: int, n_features: int) -> None:
    if (mixture.n_components, mixture.n_features) != (n_components, n_features):
        raise InvalidParameterError(
            f"starts is a mixture of {mixture.n_components} components in {mixture.n_features} "
            f"dimensions; the fit needs {n_components} in {n_features}"
        )
