"""fit(): starts -> iterates -> the best run -> `Fit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend, resolve
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
    check_scale,
)
from drumlin.em import (
    Counting,
    Observer,
    PassCounter,
    Problem,
    RunOptions,
    State,
    StopRequest,
    maximise,
    run,
    summarise,
)
from drumlin.execution import Threads, available_threads, check_n_threads
from drumlin.fitting.finalise import conclude, warn_of
from drumlin.fitting.growing_subsamples import grown
from drumlin.fitting.options import (
    check_acceleration,
    check_equal_weights,
    check_limits,
    check_observers,
    seeded,
)
from drumlin.fitting.restart import Restart
from drumlin.fitting.result import Fit
from drumlin.fitting.search import search
from drumlin.starts import StartFactory, all_known, check_every_label, from_labels, read_starts


def fit(
    x: Any,
    n_components: int,
    family: str | Family = "full",
    *,
    sample_weight: Any = None,
    labels: Any = None,
    equal_weights: bool = False,
    starts: Any = 10,
    tol: float = 1e-3,
    max_iter: int = 1000,
    max_seconds: float | None = None,
    acceleration: str = "auto",
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
    family : "full", "tied", "diag", "spherical", or a code of three letters, volume, shape and
        orientation each E, V or I: EII VII EEI VEI EVI VVI EEE VEE EVE VVE EEV VEV EVV VVV;
        V and E when d = 1
    sample_weight : (n,) counts: an integer weight equals repeated rows, zero an absent row
    labels : (n,) known components 0 … k−1, −1 or null where unknown. All known: the closed form
        of Gaussian discriminant analysis (full: one Σ_j per class, tied: one Σ)
    equal_weights : whether φ_j = 1/k is given, which saves k − 1 free parameters
    starts : how many starts at most (2 k that agree are enough), or one: "agglomerative" (the
        tree of up to 2000 rows, cut into k groups), a Mixture, labels (n,), or
        responsibilities (n, k)
    tol : nats of total log-likelihood still to be gained; 0 runs to max_iter
    max_iter : E-steps on the full data, per run
    max_seconds : wall time after which the best so far is returned
    acceleration : "auto" jumps ahead where EM is slow, and climbs through growing subsamples of
        large data; "none" is plain EM from pass to pass on all rows
    backend : "auto", "native" or "reference"
    n_threads : threads of the native backend; all that this process may use by default
    rng : seed or NumPy generator; None draws a seed, which the fit reports
    observers : callables that see every pass as an `Iteration`

    Returns the best run as a `Fit`; ``healthy`` says whether every component stands on its own.
    Components are in order of decreasing weight unless the caller numbered them (labels, a
    starting mixture, responsibilities).

    Raises InvalidDataError and InvalidParameterError before any work. Warns with DataWarning,
    UnhealthyFitWarning, NotConvergedWarning, DecreasedWarning, InterruptedWarning.

    >>> import numpy as np, drumlin
    >>> x = np.concatenate([np.arange(10.0), np.arange(100.0, 110.0)])
    >>> drumlin.fit(x, 2, rng=0).mixture.weights.round(3)
    array([0.5, 0.5])

    Source: Dempster, Laird & Rubin 1977; McLachlan & Peel 2000.
    """
    n_components = check_n_components(n_components)
    check_limits(tol, max_iter, max_seconds)
    accelerated = check_acceleration(acceleration)
    check_equal_weights(equal_weights)
    table = as_table(x)
    rule = family_named(family, table.x.shape[1])
    check_finite(table.x, table.feature_names)
    weight = check_sample_weight(sample_weight, len(table.x))
    known = check_labels(labels, len(table.x), n_components)
    rows = Rows(table.x, weight, known)
    check_scale(rows, table.feature_names)
    check_distinct_rows(rows.x, weight, n_components)
    threads = available_threads() if n_threads is None else check_n_threads(n_threads)
    counter = PassCounter(len(rows))
    executor = Counting(Threads(threads), counter)
    seed, generator = seeded(rng)
    engine = resolve(backend)
    watchers = check_observers(observers, "Iteration")
    first = _beginning(rows, n_components, starts, table.feature_names)
    with StopRequest(max_seconds) as halt:
        whole = summarise(ArraySource(rows), engine, executor)
        problem = Problem(ArraySource(rows), rule, whole.floor, engine, executor, equal_weights)
        watch = RunOptions(tol, max_iter, halt, counter, watchers, accelerated=accelerated)
        if isinstance(first, int):
            candidates = search(problem, whole, n_components, first, watch, generator)
        else:
            closed = n_components == 1 or all_known(rows)
            name = starts if isinstance(starts, str) else "given"
            step = first(problem, whole, generator)
            candidates = [_only(step, name, problem, watch, closed, generator)]
    named = labels is not None or not _anonymous(starts)
    fitted = conclude(
        candidates, problem, whole, counter, seed, named, table.feature_names, halt.final()
    )
    warn_of(fitted)
    return fitted


def _beginning(
    rows: Rows, n_components: int, starts: Any, names: tuple[str, ...] | None
) -> StartFactory | int:
    """The one start where there is a best one, else the number of starts to try."""
    first = read_starts(starts, rows, n_components, names)
    if rows.labels is not None and (all_known(rows) or _anonymous(starts)):
        check_every_label(rows, n_components)
        return lambda problem, whole, _rng: from_labels(problem, rows, whole, n_components)
    if n_components == 1:
        return lambda problem, whole, _rng: maximise(whole.moments, problem)
    return first


def _anonymous(starts: object) -> bool:
    """Whether these starts, a number of them or a name, give no component an identity."""
    return isinstance(starts, int | np.integer | str)


def _only(
    start: State,
    name: str,
    problem: Problem,
    watch: RunOptions,
    closed_form: bool,
    rng: np.random.Generator,
) -> Restart:
    if closed_form:
        trace = run(start, problem, replace(watch, closed_form=True))
    else:
        trace = grown(start, problem, watch, rng)
    return Restart(0, "closed form" if closed_form else name, trace.path[0], trace)
