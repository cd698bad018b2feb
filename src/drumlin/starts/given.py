"""Starts that the caller gives or names: labels, responsibilities begin with an exact M-step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.backends.reference import moments_of
from drumlin.data import ArraySource, Rows, check_labels
from drumlin.em import DataSummary, Problem, State, as_given, expect, maximise, own_moments
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.moments import Moments, pseudo_rows
from drumlin.starts import agglomeration
from drumlin.starts.whitened_sample import whitened_sample

BLOCK_ROWS = 1024

SAME = 1e-9
"""Covariances are equal when they differ by less than this fraction of their size."""

StartFactory = Callable[[Problem, DataSummary, np.random.Generator], State]
"""What makes the first mixture of a run, once the whole data are measured."""

AGGLOMERATIVE, TREE_ROWS = "agglomerative", 2000
"""The start that can be asked for by name, and the rows of its subsample at most."""


def from_labels(problem: Problem, rows: Rows, whole: DataSummary, n_components: int) -> State:
    """The closed-form fit to rows of known label.

    The second of two passes is about the means that the first found, so that the scatter is exact.
    Where some labels are unknown, this only begins the fit, and a class may have a single known
    row: each component then also gets d + 1 pseudo-rows with covariance S₊ / k^(2/d).
    Raises InvalidDataError when a component has no row.
    """
    check_every_label(rows, n_components)
    inner = replace(problem, source=ArraySource(replace(rows, sample_weight=_of_known(rows))))
    weights = np.full(n_components, 1.0 / n_components)
    means = np.repeat(whole.mean[None], n_components, axis=0)
    single_moments = whole.moments.in_form(problem.family.form)
    single = problem.family.estimate(single_moments, problem.floor, None)
    covariance = single.covariance.take(np.zeros(n_components, dtype=np.intp))
    first = expect(Mixture(weights, means, covariance), inner)
    second = expect(Mixture(weights, first.means, covariance), inner)
    if not all_known(rows):
        second = second.centred()
        spread = single_moments.scatter[0] / single_moments.mass[0]
        spread = spread * n_components ** (-2.0 / means.shape[1])
        second = second + pseudo_rows(second.origin, spread).in_form(second.form)
    return maximise(second, problem)


def from_tree(
    problem: Problem, whole: DataSummary, n_components: int, rng: np.random.Generator
) -> State:
    """The M-step of k groups of the tree: of all rows, or of a subsample where they are many."""
    frame = whitened_sample(problem, whole, TREE_ROWS, rng)
    return maximise(agglomeration.start(frame, n_components, rng), problem)


def from_responsibilities(problem: Problem, rows: Rows, whole: DataSummary, given: Array) -> State:
    """The M-step of given responsibilities (n, k), in float64."""
    origin = np.repeat(whole.mean[None], given.shape[1], axis=0)
    for _ in range(2):
        moments = _moments_given(problem, rows, given, origin)
        origin = moments.means
    return maximise(moments, problem)


def from_mixture(problem: Problem, mixture: Mixture) -> State:
    """The mixture as it is; where the family cannot hold it, what one iteration makes of it.

    The family holds what its M-step returns of the mixture's own moments. A full mixture is none
    of the diagonal family, one below the floor of none, and one whose weights differ of none with
    equal weights.
    """
    matrices = mixture.covariance.matrices()
    own = maximise(own_moments(as_given(mixture), problem), problem)
    back = own.mixture.covariance.matrices()
    sd = mixture.covariance.standard_deviations
    held = np.all(np.abs(back - matrices) <= SAME * sd[:, :, None] * sd[:, None, :])
    if held and np.all(np.abs(own.mixture.weights - mixture.weights) <= SAME):
        return as_given(mixture)
    return maximise(expect(mixture, problem), problem)


def read_starts(
    starts: Any, rows: Rows, n_components: int, names: tuple[str, ...] | None = None
) -> StartFactory | int:
    """What ``starts`` means: a number of starts as it is, anything else as what makes a first Step.

    Everything is checked here, before any pass over the data. Raises InvalidParameterError or
    InvalidDataError when it fits neither the data nor k.
    """
    if isinstance(starts, Mixture):
        _check_mixture(starts, n_components, rows.x.shape[1], names)
        return lambda problem, _whole, _rng: from_mixture(problem, starts)
    if isinstance(starts, int | np.integer) and not isinstance(starts, bool):
        if starts < 1:
            raise InvalidParameterError(f"starts is {starts}: it must be at least 1")
        return int(starts)
    if isinstance(starts, str):
        if starts != AGGLOMERATIVE:
            raise InvalidParameterError(
                f"starts is {starts!r}: the only start with a name is {AGGLOMERATIVE!r}; else give "
                "a number of starts, a Mixture, labels, or responsibilities"
            )
        return lambda problem, whole, rng: from_tree(problem, whole, n_components, rng)
    given = np.asarray(starts)
    if given.ndim == 2 and given.shape[1] == n_components and given.dtype.kind in "fiub":
        soft = given.astype(np.float64)
        _check_responsibilities(soft, rows)
        return lambda problem, whole, _rng: from_responsibilities(problem, rows, whole, soft)
    if given.ndim == 1 and len(given) > 0:
        labelled = replace(rows, labels=check_labels(given, len(rows), n_components))
        check_every_label(labelled, n_components)
        return lambda problem, whole, _rng: from_labels(problem, labelled, whole, n_components)
    raise InvalidParameterError(
        f"starts must be a number of starts, {AGGLOMERATIVE!r}, a Mixture, labels (n,), or "
        f"responsibilities (n, {n_components}); got {type(starts).__name__} of shape {given.shape}"
    )


def check_every_label(rows: Rows, n_components: int) -> None:
    """Raises InvalidDataError when a component has no row of positive weight with its label."""
    if rows.labels is None:
        raise InvalidParameterError("labels are needed for a start from labels")
    weight = _of_known(rows)
    mass = np.bincount(rows.labels[weight > 0], minlength=n_components)
    if not mass.all():
        raise InvalidDataError(
            f"label {int(np.argmin(mass))} is on no row: every component needs at least one; "
            "renumber the labels or ask for fewer components"
        )


def all_known(rows: Rows) -> bool:
    """Whether every row of positive weight has a known label."""
    if rows.labels is None:
        return False
    known = rows.labels >= 0
    return bool(known.all() if rows.sample_weight is None else known[rows.sample_weight > 0].all())


def _of_known(rows: Rows) -> Array:
    """(n,) sample weights, zero where the label is unknown."""
    known = (np.asarray(rows.labels) >= 0).astype(np.float64)
    return known if rows.sample_weight is None else known * rows.sample_weight


def _check_responsibilities(given: Array, rows: Rows) -> None:
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
    weight = np.ones(len(rows)) if rows.sample_weight is None else rows.sample_weight
    mass = weight @ given
    if not mass.all():
        raise InvalidDataError(
            f"responsibilities of component {int(np.argmin(mass))} are zero on every row: every "
            "component needs some; ask for fewer components"
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


def _check_mixture(
    mixture: Mixture, n_components: int, n_features: int, names: tuple[str, ...] | None
) -> None:
    if (mixture.n_components, mixture.n_features) != (n_components, n_features):
        raise InvalidParameterError(
            f"starts is a mixture of {mixture.n_components} components in {mixture.n_features} "
            f"dimensions; the fit needs {n_components} in {n_features}"
        )
    if mixture.feature_names and names and mixture.feature_names != names:
        raise InvalidParameterError(
            f"starts has the columns {', '.join(mixture.feature_names)}, the data "
            f"{', '.join(names)}: give the data the columns of starts, in its order"
        )
