"""standard_errors(): a mixture and its data -> errors by curvature, or by refits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.backends import Backend, resolve
from drumlin.covariance import Family, family_named
from drumlin.data import (
    ArraySource,
    Rows,
    as_table,
    check_finite,
    check_labels,
    check_sample_weight,
)
from drumlin.em import Outcome, PassCounter, Problem, RunOptions, StopRequest, summarise
from drumlin.errors import InvalidDataError, InvalidParameterError, UndeterminedError
from drumlin.execution import Threads, available_threads, check_n_threads
from drumlin.fitting.options import check_limits, check_observers, check_whole_number, seeded
from drumlin.mixture import Mixture
from drumlin.uncertainty.information import Information, information
from drumlin.uncertainty.parameters import packed
from drumlin.uncertainty.resampling import (
    DRAWS,
    JACKKNIFE,
    Refit,
    RefitObserver,
    Replicates,
    Resample,
    plan,
    polished,
    refits,
)
from drumlin.uncertainty.result import StandardErrors
from drumlin.uncertainty.warnings import warn_of_refits, warn_off_maximum

CURVATURES: dict[str, Callable[[Information], Array]] = {
    "information": Information.spread,
    "sandwich": Information.robust_spread,
}
METHODS = (*CURVATURES, *DRAWS, JACKKNIFE)


def standard_errors(
    mixture: Mixture,
    family: str | Family,
    x: Any,
    *,
    method: str = "information",
    sample_weight: Any = None,
    labels: Any = None,
    equal_weights: bool = False,
    replicates: int | None = None,
    tol: float | None = None,
    max_iter: int = 1000,
    max_seconds: float | None = None,
    n_threads: int | None = None,
    backend: str | Backend = "auto",
    rng: Seed = None,
    observers: Sequence[RefitObserver] = (),
) -> StandardErrors:
    """Standard errors of the parameters of a mixture that was fitted to x (n, d).

    Parameters
    ----------
    mixture, family : what was fitted
    x, sample_weight, labels, equal_weights : as they were given to `drumlin.fit`
    method : "information", "sandwich", "bootstrap", "weighted-likelihood bootstrap", "jackknife"
    replicates : refits, 500 unless given; the jackknife leaves out every row once, or as many
        rows, drawn at random
    tol : nats still to be gained in a refit: 0.001 unless given, and that over n in the jackknife,
        whose refits differ by so little
    max_iter : passes of a refit
    max_seconds : wall time after which the refits done are all there are
    n_threads, backend : as in `drumlin.fit`; refits run side by side
    rng : seed or NumPy generator of the resamples
    observers : callables that see every `drumlin.uncertainty.resampling.Refit`

    Raises InvalidDataError, InvalidParameterError, and UndeterminedError where the data do not
    determine a parameter. Warns with UncertaintyWarning, InterruptedWarning,
    NotConvergedWarning.
    """
    if method not in METHODS:
        known = ", ".join(map(repr, METHODS))
        raise InvalidParameterError(f"method is {method!r}: choose one of {known}")
    rule = family_named(family, mixture.n_features)
    rows = _rows(mixture, x, sample_weight, labels)
    n_refits = None if replicates is None else check_whole_number(replicates, "replicates", 2)
    goal = tol if tol is not None else 1e-3 / (len(rows) if method == JACKKNIFE else 1)
    check_limits(goal, max_iter, max_seconds)
    threads = available_threads() if n_threads is None else check_n_threads(n_threads)
    told = _Told(method, mixture, rule, equal_weights, rows, resolve(backend), threads)
    watchers = check_observers(observers, "Refit")
    seed, generator = seeded(rng)
    if method in CURVATURES:
        found, errors = _by_curvature(told)
        warn_off_maximum(found.remaining)
        return errors
    count = rows.sample_weight if rows.sample_weight is not None else np.ones(len(rows))
    resamples, shares = plan(method, count, n_refits, generator)
    with StopRequest(max_seconds) as halt:
        watch = RunOptions(goal, max_iter, halt, PassCounter(len(rows)))
        gained, done = _refits(told, resamples, watch, watchers)
        halted = halt.final()
    warn_off_maximum(gained)
    used = [refit for refit in done if refit.healthy]
    if len(used) < 2 and halted is None:
        raise UndeterminedError(
            f"of {len(done)} refits {len(used)} were healthy, the others have a component that "
            "is nearly empty or on the floor: use fewer components or a family with fewer "
            "parameters"
        )
    kept = _replicates(used, done, len(resamples), mixture, halted, seed)
    # without a row that a small component needs: such refits are few, and all that tells of it
    warn_of_refits(kept, len(done), *([0.0] if method == JACKKNIFE else []))
    values = packed(kept.weights, kept.means, kept.covariances)
    shares = shares[np.array([refit.index for refit in used], dtype=np.intp)]
    spread = _spread(method, values, shares, count.sum())
    return StandardErrors(method, mixture, rule, equal_weights, spread, kept)


@dataclass(frozen=True, eq=False)
class _Told:
    """What was asked for, checked."""

    method: str
    mixture: Mixture
    family: Family
    equal_weights: bool
    rows: Rows
    backend: Backend
    n_threads: int


def _by_curvature(told: _Told) -> tuple[Information, StandardErrors]:
    """From one pass over the data."""
    found = information(
        told.mixture,
        told.family,
        ArraySource(told.rows),
        told.backend,
        equal_weights=told.equal_weights,
        n_threads=told.n_threads,
    )
    spread = CURVATURES[told.method](found)
    given = told.method, told.mixture, told.family, told.equal_weights
    return found, StandardErrors(*given, spread)


def _refits(
    told: _Told,
    resamples: Sequence[Resample],
    watch: RunOptions,
    observers: Sequence[RefitObserver],
) -> tuple[float, list[Refit]]:
    """What the fit itself can gain on its data, and all refits that were done until a halt."""
    source = ArraySource(told.rows)
    floor = summarise(source, told.backend, Threads(told.n_threads)).floor
    each = Threads(1)
    problem = Problem(source, told.family, floor, told.backend, each, told.equal_weights)
    base = polished(told.mixture, problem, watch)
    done = []
    for refit in refits(base.last.mixture, problem, resamples, watch, told.n_threads):
        done.append(refit)
        for observer in observers:
            observer(refit)
    return base.path[-1] - base.path[0], done


def _spread(method: str, values: Array, shares: Array, count: float) -> Array:
    """(B, P) F with Fᵀ F the covariance of the estimates, from B replicates (B, P).

    The bootstraps: Σ (v − v̄)(v − v̄)ᵀ / (B − 1). The jackknife: (n − 1) times the mean of the same,
    a row of weight s standing for s rows; of all n rows that is (n − 1)/n Σ.
    """
    if len(values) < 2:
        return np.full((1, values.shape[1]), np.nan)
    total = shares.sum()
    off = (values - shares @ values / total) * np.sqrt(shares / total)[:, None]
    factor = count - 1.0 if method == JACKKNIFE else total / (total - 1.0)
    spread: Array = off * np.sqrt(factor)
    return spread


def _rows(mixture: Mixture, x: Any, sample_weight: Any, labels: Any) -> Rows:
    """The data, checked as `drumlin.fit` checks them."""
    table = as_table(x, mixture.feature_names)
    if table.x.shape[1] != mixture.n_features:
        raise InvalidDataError(
            f"x has {table.x.shape[1]} columns, the mixture {mixture.n_features}: give the columns "
            "that it was fitted to, in their order"
        )
    check_finite(table.x, table.feature_names)
    weight = check_sample_weight(sample_weight, len(table.x))
    return Rows(table.x, weight, check_labels(labels, len(table.x), mixture.n_components))


def _replicates(
    used: Sequence[Refit],
    done: Sequence[Refit],
    planned: int,
    mixture: Mixture,
    halted: Outcome | None,
    seed: int | None,
) -> Replicates:
    k, d = mixture.means.shape
    found = [refit.mixture for refit in used]
    return Replicates(
        np.array([m.weights for m in found]).reshape(-1, k),
        np.array([m.means for m in found]).reshape(-1, k, d),
        np.array([m.covariance.matrices() for m in found]).reshape(-1, k, d, d),
        planned,
        len(done) - len(used),
        sum(not refit.certain for refit in used),
        sum(not refit.converged for refit in used),
        halted,
        seed,
    )
