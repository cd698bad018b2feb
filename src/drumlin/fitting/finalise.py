"""The end of a fit: the best run, put in order, with its notes and warnings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family
from drumlin.data import Rows
from drumlin.em import STOP_REASONS, DataSummary, Iteration, Outcome, PassCounter, Problem
from drumlin.errors import (
    DataWarning,
    DecreasedWarning,
    DrumlinWarning,
    InterruptedWarning,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.fitting.restart import Restart
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.moments import Form
from drumlin.tables import counted

BLOCK_ROWS = 8192

GO_ON = "go on with starts=fit.mixture"

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.REACHED_LIMIT: (NotConvergedWarning, f"raise max_iter, or {GO_ON}"),
    Outcome.OUT_OF_TIME: (NotConvergedWarning, f"raise max_seconds, or {GO_ON}"),
    Outcome.INTERRUPTED: (InterruptedWarning, GO_ON),
    Outcome.DECREASED: (DecreasedWarning, "give the data as float64, and report it"),
}
"""The warning of each outcome but the good one, and its remedy."""


def conclude(
    candidates: Sequence[Restart],
    problem: Problem,
    whole: DataSummary,
    counter: PassCounter,
    seed: int | None,
    named: bool,
    feature_names: tuple[str, ...] | None,
    halted: Outcome | None,
    best: Restart | None = None,
) -> Fit:
    """The best run, put in order: ``best``, or the one of highest rank.

    ``halted`` : what cut the search short. The best run may well have converged before, but other
    starts were not tried or not finished.
    """
    finished = [c for c in candidates if c.trace is not None]
    best = max(finished, key=Restart.rank) if best is None else best
    trace = best.traced
    if halted is not None and trace.outcome is not Outcome.DECREASED:
        trace = replace(trace, outcome=halted, reason=STOP_REASONS[halted])
    mixture = trace.last.mixture
    order = np.arange(mixture.n_components) if named else _order(mixture)
    mixture = Mixture(
        mixture.weights[order],
        mixture.means[order],
        mixture.covariance.take(order),
        feature_names=feature_names,
    )
    return Fit(
        mixture,
        problem.family,
        trace.path,
        trace.outcome,
        trace.reason,
        trace.last.healthy,
        tuple(c.record() for c in candidates),
        candidates.index(best),
        problem.source.n_samples,
        whole.moments.count,
        _assignment(mixture, problem),
        seed,
        counter.effort(),
        problem.equal_weights,
        tuple(_notes(trace.last, order, whole, problem.family.form, feature_names)),
    )


def _order(mixture: Mixture) -> Array:
    """(k,) components by decreasing weight, ties by the first coordinate of the mean."""
    return np.lexsort((mixture.means[:, 0], -mixture.weights))


def _assignment(mixture: Mixture, problem: Problem) -> float:
    """Σ_i s⁽ⁱ⁾ log w[i, MAP(i)], block by block so that nothing n × k is stored."""

    def pass_over(rows: Rows, n_threads: int) -> float:
        total = 0.0
        for first in range(0, len(rows), BLOCK_ROWS):
            part = slice(first, first + BLOCK_ROWS)
            soft = problem.backend.responsibilities(mixture, rows.x[part], n_threads=n_threads)
            largest = np.ascontiguousarray(soft.T).max(axis=0)  # NumPy is slow along short rows
            weight = np.ones(len(largest))
            if rows.sample_weight is not None:
                weight = rows.sample_weight[part]
            if rows.labels is not None:  # a known label is a responsibility of one
                weight = np.where(rows.labels[part] < 0, weight, 0.0)
            total += float((weight * np.log(largest.astype(np.float64))).sum())
        return total

    return problem.executor.map_reduce(pass_over, problem.source)


def _notes(
    last: Iteration, order: Array, whole: DataSummary, form: Form, names: tuple[str, ...] | None
) -> list[str]:
    """Columns and components are called what the table above the notes calls them."""
    notes = []
    for a in np.flatnonzero(whole.constant):
        column = names[a] if names else f"x{a + 1}"
        notes.append(f"column {column} hardly varies for its size, which sets its least variance")
    dependent = whole.floor.flat_directions - int(whole.floor.flat_columns.sum())
    if form is not Form.DIAGONAL and dependent > 0:
        notes.append(
            f"the columns are linearly dependent ({counted(dependent, 'direction')} without "
            "variance): the floor stands in there, and raises every log-likelihood"
        )
    if last.regularised:
        part = whole.floor.pull * whole.floor.epsilon
        notes.append(
            f"a component met the floor: {part:g} of the scatter of all rows was added to every "
            "component's scatter"
        )
    floored = np.flatnonzero(last.on_floor[order])
    if floored.size:
        listed = ", ".join(str(j + 1) for j in floored[:5]) + (", ..." if floored.size > 5 else "")
        notes.append(f"collapsed, and kept on the floor: component {listed}")
    return notes


def warn_of(fitted: Fit) -> None:
    """Warns whoever called the caller of this function of what is wrong with a fit."""
    k, d = fitted.mixture.n_components, fitted.mixture.n_features
    if fitted.count < k * (d + 1):
        warnings.warn(
            f"the sample weights sum to {fitted.count:g}, below k (d + 1) = {k * (d + 1)}, for "
            f"{fitted.n_parameters} parameters: weights are counts; use more rows, fewer "
            "components, or a family with fewer parameters",
            DataWarning,
            stacklevel=3,
        )
    if not fitted.healthy:
        warnings.warn(
            "the best fit is not healthy: a component is almost empty or rests on the floor; ask "
            "for fewer components or a family with fewer parameters",
            UnhealthyFitWarning,
            stacklevel=3,
        )
    if fitted.outcome in WARNED:
        kind, remedy = WARNED[fitted.outcome]
        message = f"the fit ended with '{fitted.outcome.value}': {fitted.reason}; {remedy}"
        warnings.warn(message, kind, stacklevel=3)


def warn_of_flat(
    whole: DataSummary, families: Sequence[Family], names: tuple[str, ...] | None
) -> None:
    """Warns where the floor is part of every likelihood: it is not the same in all families."""
    if whole.floor.flat or len(families) == 1:
        return
    flat = np.flatnonzero(whole.floor.flat_columns)
    dependent = whole.floor.flat_directions - flat.size
    if flat.size:
        what = f"column {names[flat[0]] if names else f'x{flat[0] + 1}'} does not vary"
        remedy = "leave it out"
    elif dependent > 0 and any(family.form is not Form.DIAGONAL for family in families):
        what = f"the columns are linearly dependent ({counted(dependent, 'direction')} of no "
        what += "variance)"
        remedy = "leave columns out"
    else:
        return
    warnings.warn(
        f"{what}: there the floor stands in, and not alike in all families, so that their "
        f"likelihoods do not compare; {remedy}, or select in one family at a time",
        DataWarning,
        stacklevel=3,
    )
