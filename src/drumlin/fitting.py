"""fit(): starts -> iterates -> the best healthy run -> `Fit`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from drumlin.backends import Backend, resolve
from drumlin.constraints import Whole, measure
from drumlin.covariance import Family, family_named
from drumlin.data import (
    ArraySource,
    Rows,
    as_table,
    check_distinct_rows,
    check_finite,
    check_labels,
    check_n_components,
    check_sample_weight,
)
from drumlin.em import Problem, Step, maximise
from drumlin.errors import (
    DataWarning,
    DecreasedWarning,
    DrumlinWarning,
    InterruptedWarning,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.execution import Threads, available_threads, check_n_threads
from drumlin.mixture import Mixture, Seed
from drumlin.report import Fit, Run
from drumlin.running import Observer, Trace, Watch, run
from drumlin.search import Candidate, search
from drumlin.starts import from_labels, read_starts
from drumlin.stopping import Halt, Outcome

Array = np.ndarray

BLOCK_ROWS = 8192

WARNED: dict[Outcome, type[DrumlinWarning]] = {
    Outcome.REACHED_LIMIT: NotConvergedWarning,
    Outcome.OUT_OF_TIME: NotConvergedWarning,
    Outcome.INTERRUPTED: InterruptedWarning,
    Outcome.DECREASED: DecreasedWarning,
}


def fit(
    x: Any,
    n_components: int,
    family: str | Family = "full",
    *,
    sample_weight: Any = None,
    labels: Any = None,
    starts: Any = 10,
    tol: float = 1e-3,
    max_iter: int = 1000,
    max_seconds: float | None = None,
    backend: str | Backend = "auto",
    n_threads: int | None = None,
    rng: Seed = None,
    observers: Sequence[Observer] = (),
) -> Fit:
    """Fit p(x) = Σ_j φ_j N(x; μ_j, Σ_j) by maximum likelihood with EM.

    Parameters
    ----------
    x : (n, d) array, (n,) when d = 1, or a pandas, polars or pyarrow table of numbers
    n_components : k, at most the number of distinct rows
    family : "full", "tied", "diag", "spherical", or VVV, EEE, VVI, VII; V and E when d = 1
    sample_weight : (n,) counts: an integer weight equals repeated rows, zero an absent row
    labels : (n,) known components 0 … k−1, −1 or null where unknown. All known: the closed form
        of Gaussian discriminant analysis (full: one Σ_j per class, tied: one Σ)
    starts : a number of starts, a Mixture, labels (n,), or responsibilities (n, k)
    tol : nats of total log-likelihood still to be gained; 0 runs to max_iter
    max_iter : E-steps on the full data, per run
    max_seconds : wall time after which the best so far is returned
    backend : "auto", "native" or "reference"
    n_threads : threads of the native backend; all that this process may use by default
    rng : seed or NumPy generator; None draws a seed, which the fit reports
    observers : callables that see every pass as an `Iteration`

    Returns the best healthy run as a `Fit`; its components are in order of decreasing weight
    unless the caller numbered them (labels, a starting mixture, responsibilities).

    Raises InvalidDataError and InvalidParameterError before any work. Warns with DataWarning,
    UnhealthyFitWarning, NotConvergedWarning, DecreasedWarning, InterruptedWarning.

    >>> import numpy as np, drumlin
    >>> x = np.concatenate([np.arange(10.0), np.arange(100.0, 110.0)])
    >>> drumlin.fit(x, 2, rng=0).mixture.weights.round(3)
    array([0.5, 0.5])

    Source: Dempster, Laird & Rubin 1977; McLachlan & Peel 2000.
    """
    n_components = check_n_components(n_components)
    _check_limits(tol, max_iter, max_seconds)
    table = as_table(x)
    rule = family_named(family, table.x.shape[1])
    check_finite(table.x, table.feature_names)
    weight = check_sample_weight(sample_weight, len(table.x))
    known = check_labels(labels, len(table.x), n_components)
    rows = Rows(table.x, weight, known)
    check_distinct_rows(rows.x, weight, n_components)
    executor = Threads(available_threads() if n_threads is None else check_n_threads(n_threads))
    seed, generator = _seeded(rng)
    engine = resolve(backend)
    with Halt(max_seconds) as halt:
        whole = measure(ArraySource(rows), engine, executor)
        problem = Problem(ArraySource(rows), rule, whole.floor, engine, executor)
        watch = Watch(tol, max_iter, halt, tuple(observers))
        first = _single_start(problem, rows, whole, n_components, starts)
        if isinstance(first, Step):
            closed = n_components == 1 or _all_known(rows)
            candidates = [_only(first, problem, watch, closed)]
        else:
            candidates = search(problem, whole, n_components, first, watch, generator)
    named = labels is not None or not isinstance(starts, int | np.integer)
    return _conclude(candidates, problem, whole, seed, named, table.feature_names)


def _single_start(
    problem: Problem, rows: Rows, whole: Whole, n_components: int, starts: Any
) -> Step | int:
    """The one start where there is a best one, else the number of starts to try."""
    first = read_starts(starts, problem, rows, whole, n_components)
    if rows.labels is not None and (_all_known(rows) or not isinstance(first, Step)):
        return from_labels(problem, rows, whole, n_components)
    if n_components == 1:
        return maximise(whole.moments, problem.family, problem.floor)
    return first


def _all_known(rows: Rows) -> bool:
    if rows.labels is None:
        return False
    known = rows.labels >= 0
    return bool(known.all() if rows.sample_weight is None else known[rows.sample_weight > 0].all())


def _only(start: Step, problem: Problem, watch: Watch, closed_form: bool) -> Candidate:
    trace = run(
        start,
        problem,
        Watch(watch.tol, watch.max_iter, watch.halt, watch.observers, closed_form=closed_form),
    )
    return Candidate("closed form" if closed_form else "given", trace.path[0], trace)


def _conclude(
    candidates: Sequence[Candidate],
    problem: Problem,
    whole: Whole,
    seed: int | None,
    named: bool,
    feature_names: tuple[str, ...] | None,
) -> Fit:
    """The best healthy run, put in order, with its warnings."""
    finished = [c for c in candidates if c.trace is not None]
    best = max(finished, key=Candidate.rank)
    trace = best.trace
    assert trace is not None  # only finished runs were ranked
    mixture = trace.last.mixture if named else _ordered(trace.last.mixture)
    mixture = Mixture(
        mixture.weights, mixture.means, mixture.covariance, feature_names=feature_names
    )
    fitted = Fit(
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
        tuple(_notes(trace, whole, feature_names)),
    )
    _warn(fitted)
    return fitted


def _ordered(mixture: Mixture) -> Mixture:
    """Components by decreasing weight, ties by the first coordinate of the mean."""
    order = np.lexsort((mixture.means[:, 0], -mixture.weights))
    return mixture.take(order)


def _assignment(mixture: Mixture, problem: Problem) -> float:
    """Σ_i s⁽ⁱ⁾ log w[i, MAP(i)], block by block so that nothing n × k is stored."""
    total = 0.0
    for index in range(len(problem.source)):
        rows = problem.source[index]
        for first in range(0, len(rows), BLOCK_ROWS):
            part = slice(first, first + BLOCK_ROWS)
            largest = problem.backend.responsibilities(
                mixture.weights, mixture.means, mixture.covariance, rows.x[part], n_threads=1
            ).max(axis=1)
            weight = 1.0 if rows.sample_weight is None else rows.sample_weight[part]
            total += float((weight * np.log(largest.astype(np.float64))).sum())
    return total


def _notes(trace: Trace, whole: Whole, names: tuple[str, ...] | None) -> list[str]:
    notes = []
    for a in np.flatnonzero(whole.constant):
        column = repr(names[a]) if names else str(a)
        notes.append(f"column {column} hardly varies: its floor is set from its size")
    floored = np.flatnonzero(trace.last.on_floor)
    if floored.size:
        listed = ", ".join(str(j) for j in floored[:5])
        notes.append(
            f"{floored.size} components rest on the floor (first: {listed}, before ordering)"
        )
    return notes


def _warn(fitted: Fit) -> None:
    k, d = fitted.mixture.n_components, fitted.mixture.n_features
    if fitted.count < k * (d + 1):
        warnings.warn(
            f"the sample weights sum to {fitted.count:g}, below k (d + 1) = {k * (d + 1)}, for "
            f"{fitted.n_parameters} parameters: weights are counts; use more rows, fewer "
            "components, or a family with fewer parameters",
            DataWarning,
            stacklevel=4,
        )
    if not fitted.healthy:
        warnings.warn(
            "no healthy fit was found: a component is almost empty or rests on the floor; ask for "
            "fewer components or a family with fewer parameters",
            UnhealthyFitWarning,
            stacklevel=4,
        )
    if fitted.outcome in WARNED:
        warnings.warn(
            f"the fit ended with '{fitted.outcome.value}': {fitted.reason}; raise the limit, or "
            "start again from fit.mixture",
            WARNED[fitted.outcome],
            stacklevel=4,
        )


def _seeded(rng: Seed) -> tuple[int | None, np.random.Generator]:
    if isinstance(rng, np.random.Generator):
        return None, rng
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if rng is None else int(rng)
    return seed, np.random.default_rng(seed)


def _check_limits(tol: float, max_iter: object, max_seconds: float | None) -> None:
    if not tol >= 0.0:
        raise InvalidParameterError(f"tol is {tol}: it must be 0 or more nats")
    if not isinstance(max_iter, int | np.integer) or isinstance(max_iter, bool) or max_iter < 1:
        raise InvalidParameterError(f"max_iter is {max_iter!r}: it must be a whole number >= 1")
    if max_seconds is not None and not max_seconds > 0:
        raise InvalidParameterError(f"max_seconds is {max_seconds}: it must be positive")


__all__ = ["Fit", "Run", "fit"]
