"""drumlin itself: `em.iterates` on every instruction set, `drumlin.fit` as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import drumlin
from benchmarks.cases import Case, Trial
from benchmarks.clock import timed, watched
from benchmarks.peers.peer import FitPath, Fitted, Passes
from drumlin import Mixture
from drumlin.backends import Backend, NativeBackend, ReferenceBackend, instruction_sets
from drumlin.covariance import family_named
from drumlin.data import ArraySource, Rows
from drumlin.em import (
    Engine,
    Iteration,
    Outcome,
    PassCounter,
    Problem,
    as_given,
    iterates,
    summarise,
)
from drumlin.execution import Threads
from drumlin.fitting.result import Fit

REFERENCE = "reference"
LONG_ENOUGH = 20.0
MANY = 1_000_000
"""Passes that no fit needs: time is the limit."""


@dataclass
class _Watcher:
    """An observer that notes when the log-likelihood of all of the data was how high."""

    start: float
    seconds: list[float] = field(default_factory=list)
    log_likelihoods: list[float] = field(default_factory=list)

    def __call__(self, iteration: Iteration) -> None:
        if iteration.stage == "full" and iteration.accepted:
            self.seconds.append(perf_counter() - self.start)
            self.log_likelihoods.append(iteration.log_likelihood)


@dataclass(frozen=True)
class Drumlin:
    """The package of this repository."""

    def version(self) -> str:
        """The version of the tree."""
        return drumlin.__version__

    def variants(self, case: Case) -> list[str]:
        """Widest instruction set first; the reference backend where there is none."""
        del case
        return list(reversed(instruction_sets())) or [REFERENCE]

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """A pass is what `iterates` does between two items: an M-step and an E-step."""
        run = iterates(as_given(_mixture(trial)), _problem(trial, variant, n_threads))
        seconds, log_likelihood = watched((step.log_likelihood for step in run), n_passes)
        return Passes(seconds, log_likelihood)

    def overhead(self, trial: Trial, times: int) -> Fitted:
        """Seconds of a pass, on one thread, that are not spent in the compiled call."""
        from drumlin import _native

        inside: list[float] = []
        expect: Callable[..., Any] = _native.expect

        def measured(*arguments: Any, **options: Any) -> Any:
            start = perf_counter()
            value = expect(*arguments, **options)
            inside.append(perf_counter() - start)
            return value

        setattr(_native, "expect", measured)  # noqa: B010  the stub says that it is a function
        try:
            passes = self.passes(trial, self.variants(trial.case)[0], 1, times)
        finally:
            setattr(_native, "expect", expect)  # noqa: B010
        assert passes.log_likelihood is not None
        beyond = [whole - call for whole, call in zip(passes.seconds, inside[-times:], strict=True)]
        return Fitted(beyond, passes.log_likelihood)

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """`drumlin.fit` from the given start: all that it does is in the time."""
        watcher = _Watcher(perf_counter())
        fit = _fit(
            trial,
            starts=_mixture(trial),
            tol=tol * trial.case.n_samples,
            max_iter=MANY,
            max_seconds=max_seconds,
            n_threads=n_threads,
            observers=[watcher],
        )
        finished = fit.outcome is Outcome.CONVERGED
        return FitPath(watcher.seconds, watcher.log_likelihoods, finished)

    def fit_small(self, trial: Trial, times: int) -> Fitted:
        """Default settings."""
        log_likelihood = float(_fit(trial).log_likelihood)
        return Fitted(timed(lambda: _fit(trial), times), log_likelihood)

    def fit_large(self, trial: Trial, times: int) -> Fitted:
        """Default settings too, but not for ever: memory is at its highest long before."""
        values = []
        limit = {"max_seconds": LONG_ENOUGH}
        seconds = timed(lambda: values.append(_fit(trial, **limit).log_likelihood), times)
        return Fitted(seconds, float(values[-1]))

    def inference(self, trial: Trial, n_rows: int, times: int) -> Mapping[str, Sequence[float]]:
        """Default settings."""
        mixture, x = _mixture(trial), trial.x[:n_rows]
        operations: dict[str, Callable[[], object]] = {
            "log_density": lambda: mixture.log_density(x),
            "responsibilities": lambda: mixture.responsibilities(x),
            "labels": lambda: mixture.labels(x),
            "sample": lambda: mixture.sample(len(x), 0),
        }
        return {name: timed(operation, times) for name, operation in operations.items()}


def _fit(trial: Trial, **options: Any) -> Fit:
    return drumlin.fit(trial.x, trial.case.n_components, trial.case.family, rng=0, **options)


def _mixture(trial: Trial) -> Mixture:
    return Mixture.from_arrays(
        trial.weights, trial.means, trial.covariances, structure=trial.case.family
    )


def _problem(trial: Trial, variant: str, n_threads: int) -> Problem:
    source = ArraySource(Rows(trial.x))
    backend: Backend = ReferenceBackend()
    if variant != REFERENCE:
        backend = NativeBackend(variant)
    engine = Engine(backend, Threads(n_threads), PassCounter(trial.case.n_samples))
    family = family_named(trial.case.family, trial.case.n_features)
    return Problem(source, family, summarise(source, engine), engine)


PEER = Drumlin()
