"""standard_errors(): a mixture and its data -> errors by curvature, or by refits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.backends import Backend
from drumlin.covariance import Family, family_named
from drumlin.data import SurveyPass, prepare
from drumlin.em import (
    Constraints,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    as_given,
    run,
    summarise,
)
from drumlin.errors import InvalidParameterError, UndeterminedError
from drumlin.execution import Threads, available_threads
from drumlin.fitting.options import (
    check_limits,
    check_observers,
    check_whole_number,
    engine_of,
    seeded,
)
from drumlin.mixture import Mixture
from drumlin.uncertainty.information import Information, information
from drumlin.uncertainty.parameters import packed_mixture, places, unpacked
from drumlin.uncertainty.resampling import (
    DRAWS,
    JACKKNIFE,
    Refit,
    RefitObserver,
    Replicates,
    Resample,
    plan,
    refits,
    weights,
)
from drumlin.uncertainty.result import StandardErrors
from drumlin.uncertainty.warnings import warn_of_refits, warn_off_maximum

CURVATURES: dict[str, Callable[[Information], Array]] = {
    "information": Information.covariance_root,
    "sandwich": Information.robust_covariance_root,
}
METHODS = (*CURVATURES, *DRAWS, JACKKNIFE)


def standard_errors(  # noqa: PLR0913 - options of a public verb
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
    data = prepare(
        x,
        sample_weight=sample_weight,
        labels=labels,
        n_components=mixture.n_components,
        columns=mixture.feature_names,
        n_features=mixture.n_features,
    )
    n_refits = None if replicates is None else check_whole_number(replicates, "replicates", 2)
    goal = tol if tol is not None else 1e-3 / (data.n_samples if method == JACKKNIFE else 1)
    check_limits(goal, max_iter, max_seconds)
    engine = engine_of(backend, n_threads, data.n_samples)
    watching = check_observers(observers, "Refit")
    seed, generator = seeded(rng)
    wanted = SurveyPass(n_labels=mixture.n_components, feature_names=data.feature_names)
    summary = summarise(data.source, engine, wanted)
    problem = Problem(data.source, rule, summary, engine, constraints=Constraints(equal_weights))
    asked = method, mixture, rule, equal_weights
    if method in CURVATURES:
        found = information(mixture, rule, data.source, engine, equal_weights=equal_weights)
        errors = StandardErrors(*asked, CURVATURES[method](found))
        warn_off_maximum(found.remaining)
        return errors
    weight = np.concatenate(engine.executor.map_reduce(weights, data.source))
    resamples, shares = plan(method, weight, n_refits, generator)
    with StopRequest(max_seconds) as stop:
        options = RunOptions(RemainingGain(goal), max_iter, stop)
        gained, done = _refits(mixture, problem, resamples, options, watching)
        halted = stop.final()
    warn_off_maximum(gained)
    used = [refit for refit in done if refit.healthy]
    if len(used) < 2 and halted is None:
        raise UndeterminedError(
            f"of {len(done)} refits {len(used)} were healthy, the others have a component that "
            "is nearly empty or on the floor: use fewer components or a family with fewer "
            "parameters"
        )
    values = np.array([packed_mixture(refit.mixture) for refit in used])
    kept = Replicates(
        *unpacked(values.reshape(len(used), len(places(mixture))), *mixture.means.shape),
        planned=len(resamples),
        unhealthy=len(done) - len(used),
        ambiguous=sum(not refit.certain for refit in used),
        unfinished=sum(not refit.converged for refit in used),
        halted=halted,
        seed=seed,
    )
    # without a row that a small component needs: such refits are few, and the only sign of it
    warn_of_refits(kept, len(done), *([0.0] if method == JACKKNIFE else []))
    shares = shares[np.array([refit.index for refit in used], dtype=np.intp)]
    root = _covariance_root(method, kept.packed(), shares, weight.sum())
    return StandardErrors(*asked, root, kept)


def _refits(
    mixture: Mixture,
    problem: Problem,
    resamples: Sequence[Resample],
    options: RunOptions,
    observers: Sequence[RefitObserver],
) -> tuple[float, list[Refit]]:
    """What the fit itself can gain on its data, and all refits that were done."""
    executor = problem.engine.executor
    threads = executor.n_threads if isinstance(executor, Threads) else available_threads()
    single = replace(problem, engine=replace(problem.engine, executor=Threads(1)))
    base, done = run(as_given(mixture), single, options), list[Refit]()
    for refit in refits(base.last.mixture, single, resamples, options, threads):
        done.append(refit)
        options.stop.notify(observers, refit)
    return base.path[-1] - base.path[0], done


def _covariance_root(method: str, values: Array, shares: Array, total_weight: float) -> Array:
    """(B, P) F with Fᵀ F the covariance of the estimates, from B replicates (B, P).

    The bootstraps: Σ (v − v̄)(v − v̄)ᵀ / (B − 1). The jackknife: (n − 1) times the mean of the same,
    a row of weight s standing for s rows; of all n rows that is (n − 1)/n Σ.
    """
    if len(values) < 2:
        return np.full((1, values.shape[1]), np.nan)
    total = shares.sum()
    off = (values - shares @ values / total) * np.sqrt(shares / total)[:, None]
    factor = total_weight - 1.0 if method == JACKKNIFE else total / (total - 1.0)
    return np.asarray(off * np.sqrt(factor))
