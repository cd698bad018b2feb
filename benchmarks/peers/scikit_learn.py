"""scikit-learn's GaussianMixture, through its public face."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps
from benchmarks.peers.peer import Passes, Setting

STARTS = 10
FEW_PASSES = 1
"""Enough to see the memory of a fit: every pass takes as much."""


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
    """Its BLAS and OpenMP threads are set from outside; the better setting counts."""

    name: str = "scikit-learn"

    def version(self) -> str | None:
        """The installed version, if any."""
        try:
            return version("scikit-learn")
        except PackageNotFoundError:
            return None

    def settings(self, case: Case, thread_counts: Sequence[int]) -> list[Setting]:
        """Every number of threads."""
        del case
        return [Setting("", count) for count in thread_counts]

    def passes(self, trial: Trial, setting: Setting, n_passes: int) -> Passes:
        """Time between the lines it prints per iteration: its own loop, without set-up and end.

        Iteration m + 1 evaluates the log-likelihood of mixture m, then makes mixture m + 1.
        """
        case, printed = trial.case, _Iterations()
        model = _model(
            case.n_components,
            covariance_type=case.family,
            tol=0.0,
            reg_covar=0.0,
            max_iter=n_passes + 1,
            weights_init=trial.weights,
            means_init=trial.means,
            precisions_init=_precisions(trial),
            verbose=1,
            verbose_interval=1,
        )
        with redirect_stdout(printed):
            _limited(setting.n_threads, partial(_fit, model, trial.x))
        return Passes(gaps(printed.stamps), float(model.lower_bound_) * case.n_samples)

    def fit(self, x: np.ndarray, n_components: int) -> float:
        """Ten k-means starts, default tolerance."""
        model = _fit(_model(n_components, n_init=STARTS, random_state=0), x)
        return float(model.score(x)) * len(x)

    def fit_large(self, x: np.ndarray, n_components: int) -> float:
        """One start at random rows and a few passes."""
        model = _model(
            n_components, init_params="random_from_data", max_iter=FEW_PASSES, random_state=0
        )
        return float(_fit(model, x).lower_bound_) * len(x)

    def inference(
        self, trial: Trial, thread_counts: Sequence[int]
    ) -> Mapping[str, Sequence[Callable[[], object]]]:
        """Each operation with each number of threads."""
        model, x = _with_parameters(trial), trial.x
        operations: dict[str, Callable[[], object]] = {
            "log_density": lambda: model.score_samples(x),
            "responsibilities": lambda: model.predict_proba(x),
            "labels": lambda: model.predict(x),
            "sample": lambda: model.sample(len(x)),
        }
        return {
            name: [partial(_limited, count, operation) for count in thread_counts]
            for name, operation in operations.items()
        }


def _model(n_components: int, **parameters: Any) -> Any:
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(n_components, **parameters)


def _fit(model: Any, x: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it did not converge: it was not to
        return model.fit(x)


def _limited(n_threads: int, work: Callable[[], object]) -> object:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=n_threads):
        return work()


def _precisions(trial: Trial) -> np.ndarray:
    if trial.case.family in ("full", "tied"):
        return np.linalg.inv(trial.covariances)
    return 1.0 / trial.covariances


def _with_parameters(trial: Trial) -> Any:
    """A model that counts as fitted, of family full."""
    model = _model(trial.case.n_components)
    precisions = np.linalg.inv(trial.covariances)
    model.weights_, model.means_ = trial.weights, trial.means
    model.covariances_, model.precisions_ = trial.covariances, precisions
    model.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(trial.covariances)).swapaxes(1, 2)
    model.n_features_in_ = trial.case.n_features
    return model
