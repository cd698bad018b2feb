"""Held-out log-likelihood: every row is judged by a fit to the rows of the other folds.

Source: Smyth 2000, Model selection for probabilistic clustering using cross-validated likelihood.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend, Density
from drumlin.data import Rows, Source, subset
from drumlin.em import Problem, RunOptions, summarise
from drumlin.errors import InvalidParameterError
from drumlin.observation import Observation
from drumlin.selection.grid import Plan
from drumlin.selection.progress import Reporter
from drumlin.selection.workers import Key


def check_folds(n_folds: int, n_present: int) -> None:
    """Raises InvalidParameterError when a fold would be without rows of positive weight."""
    if n_folds > n_present:
        raise InvalidParameterError(
            f"n_folds is {n_folds}, but only {n_present} rows have weight: ask for fewer folds, or "
            "choose by BIC"
        )


def held_out_log_likelihoods(
    plan: Plan,
    problem: Problem,
    n_folds: int,
    options: RunOptions,
    rng: np.random.Generator,
    reporter: Reporter,
) -> dict[Key, float | None]:
    """Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) of each cell, in nats, each row under the fit without its fold.

    The whole table is made anew for every fold, so that no fit knows of the rows held out. None for
    a cell that failed in a fold; the dict is empty when the selection was asked to stop.
    """
    source, stop = problem.source, options.stop
    fold_of = assign_folds(source, problem, n_folds, rng)
    totals: dict[Key, float | None] = {}
    for fold in range(n_folds):
        if stop.outcome() is not None:
            return {}
        others = subset(source, fold_of != fold)
        engine = problem.engine.counting_anew(others.n_samples)
        summary = summarise(others, engine, rng=rng)
        inner = replace(problem, source=others, summary=summary, engine=engine)
        grid = plan.grid(inner, options, rng)
        grid.work(options, replace(reporter, part=fold + 1))
        held_out = subset(source, fold_of == fold)
        for key, state in grid.states.items():
            before = totals.get(key, 0.0)
            if state.best is None or before is None:
                totals[key] = None
                continue
            mixture = state.best.run.last.mixture
            given = mixture, problem.observation, problem.backend
            score = partial(total_log_density, *given)
            totals[key] = before + problem.engine.executor.map_reduce(score, held_out)
    return {} if stop.outcome() is not None else totals


def assign_folds(source: Source, problem: Problem, n_folds: int, rng: np.random.Generator) -> Array:
    """(n,) the fold of each row: those of positive weight evenly, the others in none (−1)."""
    counted = np.concatenate(problem.engine.executor.map_reduce(present, source))
    fold_of = np.full(len(counted), -1)
    counted = np.flatnonzero(counted)
    fold_of[rng.permutation(counted)] = np.arange(len(counted)) % n_folds
    return fold_of


def present(rows: Rows, _n_threads: int) -> list[Array]:
    """Which rows of a chunk have weight, (m,) bool in a list of one."""
    return [rows.weights > 0.0]


def total_log_density(
    mixture: Density, observation: Observation, backend: Backend, rows: Rows, n_threads: int
) -> float:
    """Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) of a chunk, in nats."""
    if not len(rows):
        return 0.0
    density = observation.log_density(backend, mixture, rows, n_threads=n_threads)
    return float(rows.weights @ density.astype(np.float64))
