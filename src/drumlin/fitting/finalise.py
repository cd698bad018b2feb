"""The end of a fit: the best run, put in order, with its notes and warnings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Family
from drumlin.data import Rows
from drumlin.em import STOP_REASONS, DataSummary, Ending, Iteration, Outcome, Problem
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
from drumlin.observation import Observation
from drumlin.tables import counted

BLOCK_ROWS = 8192

GO_ON = "go on with starts=fit.mixture"

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.REACHED_LIMIT: (NotConvergedWarning, f"raise max_iter, or {GO_ON}"),
    Outcome.OUT_OF_TIME: (NotConvergedWarning, f"raise max_seconds, or {GO_ON}"),
    Outcome.INTERRUPTED: (InterruptedWarning, GO_ON),
    Outcome.DECREASED: (DecreasedWarning, "give the data as float64, and report it"),
}
"""The warning of each outcome that is not as it was asked for, and its remedy."""


@dataclass(frozen=True)
class Request:
    """What the record of a fit needs beside its runs.

    seed : int or None          that was drawn or given
    keeps_order : bool          whether the caller gave components an identity
    feature_names : tuple       of the columns, or None
    requested : Outcome or None what cut the search short: the best run may well have converged
                                before, but other starts were not tried or not finished
    """

    seed: int | None
    keeps_order: bool
    feature_names: tuple[str, ...] | None
    requested: Outcome | None = None


def finalise(
    restarts: Sequence[Restart], problem: Problem, request: Request, best: Restart | None = None
) -> Fit:
    """The record of ``best``, or of the finished start of highest rank, in order."""
    if best is None:
        best = max((r for r in restarts if r.result is not None), key=Restart.rank)
    last, ending, requested = best.run.last, best.run.ending, request.requested
    if requested is not None and ending.outcome is not Outcome.DECREASED:
        ending = Ending(requested, STOP_REASONS[requested])
    mixture = last.mixture
    order = np.arange(mixture.n_components) if request.keeps_order else _order(mixture)
    mixture = Mixture(
        mixture.weights[order],
        mixture.means[order],
        mixture.covariance.take(order),
        feature_names=request.feature_names,
    )
    entropy = partial(classification_entropy, mixture, problem.observation, problem.backend)
    notes = _notes(last, order, problem, request.feature_names)
    return Fit(
        mixture=mixture,
        family=problem.family,
        runs=tuple(restart.summary() for restart in restarts),
        chosen=restarts.index(best),
        log_likelihoods=best.run.path,
        n_parameters=problem.n_parameters(mixture.n_components),
        n_samples=problem.source.n_samples,
        total_weight=problem.summary.moments.count,
        classification_entropy=problem.engine.map_reduce(entropy, problem.source),
        outcome=ending.outcome,
        reason=ending.reason,
        healthy=last.healthy,
        seed=request.seed,
        notes=tuple(notes),
        cost=problem.engine.counter.cost(),
        equal_weights=problem.constraints.equal_weights,
    )


def _order(mixture: Mixture) -> Array:
    """(k,) components by decreasing weight, ties by the first coordinate of the mean."""
    return np.lexsort((mixture.means[:, 0], -mixture.weights))


def classification_entropy(
    mixture: Mixture, observation: Observation, backend: Backend, rows: Rows, n_threads: int
) -> float:
    """−Σ_i s⁽ⁱ⁾ log w[i, MAP(i)] of a chunk, by blocks so that nothing n × k is stored."""
    total = 0.0
    for block in rows.blocks(BLOCK_ROWS):
        soft = observation.responsibilities(backend, mixture, block, n_threads=n_threads)
        largest = np.ascontiguousarray(soft.T).max(axis=0)  # NumPy is slow along short rows
        weight = block.weights
        if block.labels is not None:  # a known label is a responsibility of one
            weight = np.where(block.labels < 0, weight, 0.0)
        total -= float((weight * np.log(largest.astype(np.float64))).sum())
    return total


def _notes(
    last: Iteration, order: Array, problem: Problem, names: tuple[str, ...] | None
) -> list[str]:
    """Columns and components are called what the table above the notes calls them."""
    notes, summary = [], problem.summary
    for a in np.flatnonzero(summary.constant):
        column = names[a] if names else f"x{a + 1}"
        notes.append(f"column {column} hardly varies for its size, which sets its least variance")
    dependent = summary.floor.flat_directions - int(summary.floor.flat_columns.sum())
    if problem.family.form is not Form.DIAGONAL and dependent > 0:
        notes.append(
            f"the columns are linearly dependent ({counted(dependent, 'direction')} without "
            "variance): the floor stands in there, and raises every log-likelihood"
        )
    if last.regularised:
        part = summary.floor.prior.strength * summary.floor.epsilon
        notes.append(
            f"a component met the floor: {part:g} of the scatter of all rows was added to every "
            "component's scatter"
        )
    floored = np.flatnonzero(last.on_floor[order])
    if floored.size:
        listed = ", ".join(str(j + 1) for j in floored[:5]) + (", ..." if floored.size > 5 else "")
        notes.append(f"collapsed, and kept on the floor: component {listed}")
    return notes


def warn_of(fit: Fit) -> None:
    """Warns the caller of the function that calls this of what is wrong with a fit."""
    k, d = fit.mixture.n_components, fit.mixture.n_features
    if fit.total_weight < k * (d + 1):
        warnings.warn(
            f"the sample weights sum to {fit.total_weight:g}, below k (d + 1) = {k * (d + 1)}, for "
            f"{fit.n_parameters} parameters: weights are counts; use more rows, fewer "
            "components, or a family with fewer parameters",
            DataWarning,
            stacklevel=3,
        )
    if not fit.healthy:
        warnings.warn(
            "the best fit is not healthy: a component is almost empty or rests on the floor; ask "
            "for fewer components or a family with fewer parameters",
            UnhealthyFitWarning,
            stacklevel=3,
        )
    if fit.outcome in WARNED:
        kind, remedy = WARNED[fit.outcome]
        message = f"the fit ended with '{fit.outcome.value}': {fit.reason}; {remedy}"
        warnings.warn(message, kind, stacklevel=3)


def warn_of_flat(
    summary: DataSummary, families: Sequence[Family], names: tuple[str, ...] | None
) -> None:
    """Warns where the floor is part of every likelihood: it is not the same in all families."""
    floor = summary.floor
    if floor.flat or len(families) == 1:
        return
    flat = np.flatnonzero(floor.flat_columns)
    dependent = floor.flat_directions - flat.size
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
