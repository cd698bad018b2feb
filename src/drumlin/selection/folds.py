"""Held-out log-likelihood: every row is judged by a fit to the rows of the other folds.

Source: Smyth 2000, Model selection for probabilistic clustering using cross-validated likelihood.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.data import Rows
from drumlin.em import RunOptions
from drumlin.errors import InvalidParameterError
from drumlin.selection.cell import Audience, Entry
from drumlin.selection.grid import Key, Plan


def check_folds(n_folds: int, rows: Rows) -> None:
    """Raises InvalidParameterError when a fold would be without rows."""
    weight = rows.sample_weight
    present = len(rows) if weight is None else int(np.count_nonzero(weight))
    if n_folds > present:
        raise InvalidParameterError(
            f"n_folds is {n_folds}, but only {present} rows have weight: ask for fewer folds, or "
            "choose by BIC"
        )


def in_folds(
    plan: Plan,
    rows: Rows,
    n_folds: int,
    watch: RunOptions,
    rng: np.random.Generator,
    audience: Audience,
) -> dict[Key, float | None]:
    """Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) of each cell, in nats, each row under the fit without its fold.

    The whole table is made anew for every fold, so that no fit knows of the rows that judge it.
    None for a cell that failed in a fold; the dict is empty when somebody stopped.
    """
    fold_of = dealt(rows, n_folds, rng)
    totals: dict[Key, float | None] = {}
    for fold in range(n_folds):
        if watch.halt.outcome() is not None:
            return {}
        others = rows.take(np.flatnonzero(fold_of != fold))
        grid = plan.worked(others, watch, rng, replace(audience, part=fold + 1))
        judges = rows.take(np.flatnonzero(fold_of == fold))
        for key, entry in grid.entries.items():
            value, before = _judged(entry, judges), totals.get(key, 0.0)
            totals[key] = None if value is None or before is None else before + value
    return {} if watch.halt.outcome() is not None else totals


def dealt(rows: Rows, n_folds: int, rng: np.random.Generator) -> Array:
    """(n,) the fold of each row: those of positive weight dealt evenly, the others in none (−1)."""
    weight = rows.sample_weight
    present = np.arange(len(rows)) if weight is None else np.flatnonzero(weight)
    fold_of = np.full(len(rows), -1)
    fold_of[rng.permutation(present)] = np.arange(len(present)) % n_folds
    return fold_of


def _judged(entry: Entry, judges: Rows) -> float | None:
    if entry.best is None:
        return None
    mixture = entry.best.traced.last.mixture
    density = entry.whole.backend.log_density(mixture, judges.x, n_threads=1)
    weight = np.ones(len(judges)) if judges.sample_weight is None else judges.sample_weight
    return float(weight @ density.astype(np.float64))
