"""scikit-learn's GaussianMixture, through its public face."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps, since_start, timed
from benchmarks.peers.peer import FitPath, Fitted, Passes

STARTS = 10
FEW_PASSES = 1
"""Enough to see the memory of a fit: every pass takes as much."""
MANY = 1_000_000


@dataclass
class _Iterations(io.TextIOBase):
    """Takes what scikit-learn prints, and notes the time of each "Iteration"."""

    stamps: list[float] = field(default_factory=list)

    def write(self, text: str, /) -> int:
        if text.strip().startswith("Iteration"):
            self.stamps.append(perf_counter())
        return len(text)


@dataclass(frozen=True)
class ScikitLearn:
    """Its BLAS and OpenMP threads are set from outside."""

    def version(self) -> str:
        """The installed version."""
        import_module("sklearn.mixture")  # now, so that it counts in no measurement
        return version("scikit-learn")

    def variants(self, case: Case) -> list[str]:
        """All four families."""
        del case
        return [""]

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """Time between the lines it prints per iteration: its own loop, without set-up and end.

        Iteration m + 1 evaluates the log-likelihood of mixture m, then makes mixture m + 1.
        """
        del variant, n_threads
        model, stamps = _run(trial, n_passes + 1, 0.0)
        return Passes(gaps(stamps), float(model.lower_bound_) * trial.case.n_samples)

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """Time runs from one typical pass before the end of the first: set-up is left out."""
        del n_threads
        _, first = _run(trial, 4, 0.0)
        most = int(max_seconds / median(gaps(first))) + 2
        model, stamps = _run(trial, min(most, MANY), tol)
        bounds = [float(bound) * trial.case.n_samples for bound in model.lower_bounds_]
        return FitPath(since_start(stamps), bounds, bool(model.converged_))

    def fit_small(self, trial: Trial, times: int) -> Fitted:
        """Ten k-means starts, default tolerance."""
        k = trial.case.n_components
        model = _fit(_model(k, n_init=STARTS, random_state=0), trial.x)
        log_likelihood = float(model.score(trial.x)) * len(trial.x)
        return Fitted(timed(lambda: _fit(model, trial.x), times), log_likelihood)

    def fit_large(self, trial: Trial, times: int) -> Fitted:
        """One start at random rows and one pass."""
        model = _model(
            trial.case.n_components,
            init_params="random_from_data",
            max_iter=FEW_PASSES,
            random_state=0,
        )
        seconds = timed(lambda: _fit(model, trial.x), times)
        return Fitted(seconds, float(model.lower_bound_) * len(trial.x))

    def inference(self, trial: Trial, n_rows: int, times: int) -> Mapping[str, Sequence[float]]:
        """The calls of the same meaning."""
        model, x = _with_parameters(trial), trial.x[:n_rows]
        operations: dict[str, Callable[[], object]] = {
            "log_density": lambda: model.score_samples(x),
            "responsibilities": lambda: model.predict_proba(x),
            "labels": lambda: model.predict(x),
            "sample": lambda: model.sample(len(x)),
        }
        return {name: timed(operation, times) for name, operation in operations.items()}


def _run(trial: Trial, max_iter: int, tol: float) -> tuple[Any, list[float]]:
    """From the start of the trial; when each iteration ended."""
    printed = _Iterations()
    model = _model(
        trial.case.n_components,
        covariance_type=trial.case.family,
        init_params="random_from_data",  # replaced by what is given, but computed all the same
        tol=tol,
        reg_covar=0.0,
        max_iter=max_iter,
        weights_init=trial.weights,
        means_init=trial.means,
        precisions_init=_precisions(trial),
        verbose=1,
        verbose_interval=1,
    )
    with redirect_stdout(printed):
        _fit(model, trial.x)
    return model, printed.stamps


def _model(n_components: int, **parameters: Any) -> Any:
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(n_components, **parameters)


def _fit(model: Any, x: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it did not converge: it was not to
        return model.fit(x)


def _precisions(trial: Trial) -> np.ndarray:
    if trial.case.family in ("full", "tied"):
        return np.linalg.inv(trial.covariances)
    return 1.0 / trial.covariances


def _with_parameters(trial: Trial) -> Any:
    """A model that counts as fitted, of family full."""
    model = _model(trial.case.n_components)
    model.weights_, model.means_ = trial.weights, trial.means
    model.covariances_, model.precisions_ = trial.covariances, np.linalg.inv(trial.covariances)
    model.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(trial.covariances)).swapaxes(1, 2)
    model.n_features_in_ = trial.case.n_features
    return model


PEER = ScikitLearn()
