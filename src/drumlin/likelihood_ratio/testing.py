"""bootstrap_test(): k components against k + 1, then k + 1 against k + 2, until one is enough."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend
from drumlin.covariance import Family, family_named
from drumlin.data import Rows, Survey, SurveyPass, mapped, prepare
from drumlin.em import (
    STOP_REASONS,
    Outcome,
    Problem,
    RunOptions,
    StopRequest,
    summarise,
)
from drumlin.errors import (
    DrumlinWarning,
    InterruptedWarning,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.execution import Pool, check_pool
from drumlin.fitting.options import (
    check_limits,
    check_numbers,
    check_observers,
    check_whole_number,
    engine_of,
    seeded,
)
from drumlin.likelihood_ratio.replicates import (
    MAX_ITER,
    RULE,
    Replicate,
)
from drumlin.likelihood_ratio.result import BootstrapTest, RatioTest
from drumlin.likelihood_ratio.sequence import NestedTests
from drumlin.mixture import Mixture
from drumlin.tables import counted

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.OUT_OF_TIME: (NotConvergedWarning, "raise max_seconds"),
    Outcome.INTERRUPTED: (InterruptedWarning, "ask for fewer samples with n_bootstrap"),
}
"""The warnings of a test that was cut short, and the remedies."""


def bootstrap_test(  # noqa: PLR0913 - options of a public verb
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
    numbers = check_numbers(n_components)
    check_limits(0.0, 1, max_seconds)
    n_bootstrap = check_whole_number(n_bootstrap, "n_bootstrap", 1)
    _check_level(level, n_bootstrap)
    n_starts = check_whole_number(starts, "starts", 1)
    data = prepare(x, sample_weight=sample_weight)
    rule = family_named(family, data.n_features)
    engine = engine_of(backend, n_threads, data.n_samples)
    watching = check_observers(observers, "Replicate")
    seed, generator = seeded(rng)
    root = int(generator.integers(2**63)) if seed is None else seed
    with StopRequest(max_seconds) as stop:
        source = mapped(data.source, in_double, dtype=np.dtype(np.float64))
        wanted = SurveyPass(n_distinct=numbers[-1] + 1, feature_names=data.feature_names)
        check = partial(Survey.check_n_components, n_components=numbers[-1] + 1)
        summary = summarise(source, engine, wanted, check=check, rng=generator)
        options = RunOptions(RULE, MAX_ITER, stop)
        sequence = NestedTests(
            Problem(source, rule, summary, engine), options, n_starts, n_bootstrap, root, pool
        )
        tests: list[RatioTest] = []
        for test in sequence.tests(numbers, watching):
            tests.append(_named_test(test, data.feature_names))
            if test.p_value > level or stop.outcome() is not None:
                break
    result = BootstrapTest(tuple(tests), level, rule, n_bootstrap, seed, stop.final())
    _warn(result)
    return result


def in_double(rows: Rows) -> Rows:
    """The rows in float64: samples from a mixture are."""
    return replace(rows, x=np.asarray(rows.x, dtype=np.float64))


def _named_test(test: RatioTest, names: tuple[str, ...] | None) -> RatioTest:
    return replace(test, smaller=_named(test.smaller, names), larger=_named(test.larger, names))


def _named(mixture: Mixture, names: tuple[str, ...] | None) -> Mixture:
    """By decreasing weight, with the names of the columns."""
    ordered = mixture.take(np.argsort(-mixture.weights, kind="stable"))
    return replace(ordered, feature_names=names)


def _check_level(level: object, n_bootstrap: int) -> None:
    if not isinstance(level, float) or not 0.0 < level < 1.0:
        raise InvalidParameterError(f"level is {level!r}: it is a fraction, such as 0.05")
    if (n_bootstrap + 1) * level < 1.0:
        raise InvalidParameterError(
            f"n_bootstrap is {n_bootstrap}: p is then at least {1 / (n_bootstrap + 1):.3g} and "
            f"never as small as level, {level:g}; ask for {int(np.ceil(1 / level)) - 1} or more"
        )


def _warn(result: BootstrapTest) -> None:
    if result.halted in WARNED:
        kind, remedy = WARNED[result.halted]
        reason = STOP_REASONS[result.halted].partition(":")[0]
        done = len(result.tests[-1].replicates)
        warnings.warn(
            f"the test of {counted(result.tests[-1].n_components, 'component')} ended after "
            f"{done} of {result.n_bootstrap} samples: {reason}; {remedy}",
            kind,
            stacklevel=3,
        )
    unhealthy = [str(test.n_components) for test in result.tests if not test.healthy]
    if unhealthy:
        warnings.warn(
            f"testing {', '.join(unhealthy)}: a component fitted to the data is almost empty or "
            "on the floor, and its likelihood means little; test fewer components, or a family "
            "with fewer parameters",
            UnhealthyFitWarning,
            stacklevel=3,
        )
