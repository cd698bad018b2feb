"""bootstrap_test(): k components against k + 1, then k + 1 against k + 2, until one is enough."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend, resolve
from drumlin.covariance import Family, family_named
from drumlin.data import (
    Rows,
    as_table,
    check_distinct_rows,
    check_finite,
    check_n_components,
    check_sample_weight,
    check_scale,
)
from drumlin.em import (
    STOP_REASONS,
    DataSummary,
    Outcome,
    PassCounter,
    Problem,
    RunOptions,
    RunResult,
    State,
    StopRequest,
    last_step,
    maximise,
)
from drumlin.errors import (
    DrumlinWarning,
    InterruptedWarning,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.execution import Pool, available_threads, check_n_threads, check_pool
from drumlin.fitting.options import check_limits, check_observers, check_whole_number, seeded
from drumlin.fitting.search import search
from drumlin.likelihood_ratio.nested import Nested, nested
from drumlin.likelihood_ratio.replicates import (
    MAX_ITER,
    TOL,
    Replicate,
    Sampler,
    measured,
    n_rows,
    statistics,
    stream,
)
from drumlin.likelihood_ratio.result import BootstrapTest, RatioTest
from drumlin.mixture import Mixture
from drumlin.tables import counted

FIT, DATA = -1, 0
"""Random numbers of the search for k components, and of both models of the data; see `stream`."""

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.OUT_OF_TIME: (NotConvergedWarning, "raise max_seconds"),
    Outcome.INTERRUPTED: (InterruptedWarning, "ask for fewer samples with n_bootstrap"),
}
"""The warnings of a test that was cut short, and the remedies."""


def bootstrap_test(
    x: Any,
    n_components: int | Iterable[int],
    family: str | Family = "full",
    *,
    n_bootstrap: int = 999,
    level: float = 0.05,
    sample_weight: Any = None,
    starts: int = 10,
    max_seconds: float | None = None,
    backend: str | Backend = "auto",
    n_threads: int | None = None,
    pool: Pool | None = None,
    rng: Seed = None,
    observers: Sequence[Callable[[Replicate], object]] = (),
) -> BootstrapTest:
    """Test k components against k + 1 by the bootstrap likelihood ratio (McLachlan 1987).

    Parameters
    ----------
    x : (n, d) array, (n,) when d = 1, or a pandas, polars or pyarrow table of numbers
    n_components : k, or several: they are tested in turn, ascending, until one is not rejected
    family : as in `fit`
    n_bootstrap : B samples from the fitted k components, each of n = Σ s⁽ⁱ⁾ rows, rounded
    level : k is rejected when p <= level
    sample_weight : (n,) counts
    starts : of the fit of k components to the data, as in `fit`
    max_seconds : wall time after which what is done is returned
    backend, n_threads : as in `fit`, for the passes over the data, and over samples without a pool
    pool : whose ``map`` fits the samples, such as that of a concurrent.futures.ProcessPoolExecutor:
        as many at a time as it has workers, a thread for each
    rng : seed or NumPy generator; sample b of k is the same whatever else is tested, on any threads
    observers : callables that see a `Replicate` for every sample, in order

    Both models are fitted to the data and to every sample in one way: k components from those
    fitted to the data, and k + 1 from splits of these and from new components at random rows.

    Returns a `BootstrapTest`, which prints as a table. Raises InvalidDataError and
    InvalidParameterError before any work. Warns with InterruptedWarning after Ctrl-C and
    NotConvergedWarning when ``max_seconds`` have passed: the tests are then of the samples done;
    with UnhealthyFitWarning when a fit to the data is unhealthy.

    >>> import drumlin
    >>> two = drumlin.Mixture.from_arrays([0.5, 0.5], [0.0, 9.0], [1.0, 1.0])
    >>> x, _ = two.sample(200, 0)
    >>> drumlin.bootstrap_test(x, [1, 2], "spherical", n_bootstrap=39, rng=0).n_components
    2
    """
    check_pool(pool)
    numbers = _numbers(n_components)
    check_limits(TOL, 1, max_seconds)
    n_bootstrap = check_whole_number(n_bootstrap, "n_bootstrap", 1)
    _check_level(level, n_bootstrap)
    n_starts = check_whole_number(starts, "starts", 1)
    table = as_table(x)
    rule = family_named(family, table.x.shape[1])
    check_finite(table.x, table.feature_names)
    weight = check_sample_weight(sample_weight, len(table.x))
    rows = Rows(np.asarray(table.x, dtype=np.float64), weight)
    check_scale(rows, table.feature_names)
    check_distinct_rows(rows.x, weight, numbers[-1] + 1)
    threads = available_threads() if n_threads is None else check_n_threads(n_threads)
    watchers = check_observers(observers, "Replicate")
    seed, generator = seeded(rng)
    root = int(generator.integers(2**63)) if seed is None else seed
    problem, whole = measured(rows, rule, resolve(backend), threads)
    tests: list[RatioTest] = []
    with StopRequest(max_seconds) as halt:
        watch = RunOptions(TOL, MAX_ITER, halt, PassCounter(len(rows)))
        known: dict[int, RunResult] = {}
        for k in numbers:
            found = stream(root, k, FIT)
            start = _fitted(problem, whole, k, n_starts, watch, found, known.get(k))
            observed = nested(problem, start, watch, stream(root, k, DATA))
            known[k + 1] = observed.larger
            mixture = observed.smaller.last.mixture
            sampler = Sampler(mixture, n_rows(rows), rule, problem.backend, root, halt, threads)
            values = [
                _seen(seen, watchers)
                for seen in statistics(sampler, n_bootstrap, pool, observed.statistic)
            ]
            tests.append(_told(k, observed, values, table.feature_names))
            if tests[-1].p_value > level or halt.outcome() is not None:
                break
    result = BootstrapTest(tuple(tests), level, rule, n_bootstrap, seed, halt.final())
    _warn(result)
    return result


def _fitted(
    problem: Problem,
    whole: DataSummary,
    n_components: int,
    n_starts: int,
    watch: RunOptions,
    rng: np.random.Generator,
    known: RunResult | None,
) -> State:
    """k components fitted to the data; what the test before found for them may be better."""
    if n_components == 1:
        return maximise(whole.moments, problem)
    found = search(problem, whole, n_components, n_starts, watch, rng)
    traces = [entry.trace for entry in found if entry.trace is not None]
    return last_step(max([*traces, known] if known else traces, key=RunResult.rank))


def _seen(replicate: Replicate, observers: Sequence[Callable[[Replicate], object]]) -> float:
    for observer in observers:
        observer(replicate)
    return replicate.statistic


def _told(
    n_components: int, observed: Nested, values: Sequence[float], names: tuple[str, ...] | None
) -> RatioTest:
    lasts = observed.smaller.last, observed.larger.last
    smaller, larger = (_named(last.mixture, names) for last in lasts)
    healthy = all(last.healthy for last in lasts)
    subsample = np.array(values, dtype=np.float64)
    return RatioTest(n_components, observed.statistic, subsample, smaller, larger, healthy)


def _named(mixture: Mixture, names: tuple[str, ...] | None) -> Mixture:
    """By decreasing weight, with the names of the columns."""
    ordered = mixture.take(np.argsort(-mixture.weights, kind="stable"))
    return replace(ordered, feature_names=names)


def _numbers(n_components: int | Iterable[int]) -> tuple[int, ...]:
    """The numbers of components, each once, ascending."""
    several = n_components if isinstance(n_components, Iterable) else [n_components]
    numbers = tuple(sorted({check_n_components(number) for number in several}))
    if not numbers:
        raise InvalidParameterError("n_components is empty: give numbers, as in range(1, 5)")
    return numbers


def _check_level(level: object, n_bootstrap: int) -> None:
    if not isinstance(level, float) or not 0.0 < level < 1.0:
        raise InvalidParameterError(f"level is {level!r}: it is a fraction, such as 0.05")
    if (n_bootstrap + 1) * level < 1.0:
        raise InvalidParameterError(
            f"n_bootstrap is {n_bootstrap}: p is then at least {1 / (n_bootstrap + 1):.3g} and "
            f"never as small as level, {level:g}; ask for {int(np.ceil(1 / level)) - 1} or more"
        )


def _warn(result: BootstrapTest) -> None:
    if result.halted is not None:
        kind, remedy = WARNED[result.halted]
        reason = STOP_REASONS[result.halted].partition(":")[0]
        done = len(result.tests[-1].replicates)
        warnings.warn(
            f"the test of {counted(result.tests[-1].n_components, 'component')} ended after "
            f"{done} of {result.n_bootstrap} samples: {reason}; {remedy}",
            kind,
            stacklevel=3,
        )
    sick = [str(test.n_components) for test in result.tests if not test.healthy]
    if sick:
        warnings.warn(
            f"testing {', '.join(sick)}: a component fitted to the data is almost empty or on the "
            "floor, and its likelihood means little; test fewer components, or a family with "
            "fewer parameters",
            UnhealthyFitWarning,
            stacklevel=3,
        )
