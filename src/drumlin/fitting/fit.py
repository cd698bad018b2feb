"""fit(): data -> starts -> runs -> the best of them as a `Fit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend
from drumlin.covariance import Family, family_named
from drumlin.data import Survey, SurveyPass, check_n_components, prepare
from drumlin.em import (
    Constraints,
    Observer,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    run,
    summarise,
)
from drumlin.fitting.finalise import Request, finalise, warn_of
from drumlin.fitting.growing_subsamples import run_growing
from drumlin.fitting.options import (
    check_acceleration,
    check_equal_weights,
    check_limits,
    check_observers,
    engine_of,
    seeded,
)
from drumlin.fitting.restart import Restart
from drumlin.fitting.result import Fit
from drumlin.fitting.search import search
from drumlin.starts import LabelStart, SingleStart, StartFactory, check_every_label, read_starts


def fit(  # noqa: PLR0913 - options of a public verb
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
    x : (n, d) array, (n,) when d = 1, a pandas, polars or pyarrow table of numbers, or a
        `drumlin.data.Source` of chunks
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
    observers : callables that see every pass as an `Iteration`; one that returns True stops the
        fit, which is then the best so far

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
    constraints = Constraints(check_equal_weights(equal_weights))
    data = prepare(x, sample_weight=sample_weight, labels=labels, n_components=n_components)
    rule = family_named(family, data.n_features)
    engine = engine_of(backend, n_threads, data.n_samples)
    seed, generator = seeded(rng)
    watching = check_observers(observers, "Iteration")
    given = read_starts(starts, data, n_components)
    if not isinstance(given, int):
        given.check(data.source, engine)
    with StopRequest(max_seconds) as stop:
        wanted = SurveyPass(n_components, n_components, feature_names=data.feature_names)
        check = partial(_check, n_components, labels is not None, _anonymous(starts))
        summary = summarise(data.source, engine, wanted, check=check, rng=generator)
        problem = Problem(data.source, rule, summary, engine, constraints=constraints)
        options = RunOptions(RemainingGain(tol), max_iter, stop, watching, accelerated=accelerated)
        some, labelled = summary.survey.some_labelled, summary.survey.all_labelled
        if labelled or (some and _anonymous(starts)):
            given = LabelStart(n_components)
        elif n_components == 1:
            given = SingleStart()
        if isinstance(given, int):
            restarts = search(problem, n_components, given, options, generator)
        else:
            options = replace(options, closed_form=n_components == 1 or labelled)
            name = starts if isinstance(starts, str) else "given"
            restarts = [_one_start(given, name, problem, options, generator)]
    keeps_order = some or not _anonymous(starts)
    request = Request(seed, keeps_order, data.feature_names, stop.final())
    fitted = finalise(restarts, problem, request)
    warn_of(fitted)
    return fitted


def _check(n_components: int, labelled: bool, anonymous: bool, survey: Survey) -> None:
    """Refuses too few different rows, and labels without a row for each component.

    Some labels need not name every component where the start says where these begin.
    """
    survey.check_n_components(n_components)
    if survey.all_labelled or (anonymous and (labelled or survey.some_labelled)):
        check_every_label(survey.label_weights)


def _anonymous(starts: object) -> bool:
    """Whether these starts, a number of them or a name, give no component an identity."""
    return isinstance(starts, int | np.integer | str)


def _one_start(
    start: StartFactory, name: str, problem: Problem, options: RunOptions, rng: np.random.Generator
) -> Restart:
    """The only start, to its end."""
    state = start(problem, rng)
    if options.closed_form:
        result = run(state, problem, options)
        return Restart(0, "closed form", result.path[0], result)
    result = run_growing(state, problem, options, rng)
    return Restart(0, name, result.path[0], result)
