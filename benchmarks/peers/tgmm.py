"""tgmm: Gaussian mixtures on PyTorch."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps, since_start
from benchmarks.peers.peer import FitPath, Passes

NEVER = 1e-300
"""A tolerance that is never reached."""
FAMILIES = {"full": "full", "tied": "tied_full", "diag": "diag", "spherical": "spherical"}


@dataclass
class _Iterations(io.TextIOBase):
    """Notes the time of each line that reports an iteration."""

    stamps: list[float] = field(default_factory=list)

    def write(self, text: str, /) -> int:
        if "Iteration" in text:
            self.stamps.append(perf_counter())
        return len(text)


@dataclass(frozen=True)
class Tgmm:
    """Its threads are PyTorch's, set from outside."""

    def version(self) -> str:
        """The installed version, with that of PyTorch."""
        import_module("tgmm")  # now, so that it counts in no measurement
        return f"{version('tgmm')} (torch {version('torch')})"

    def variants(self, case: Case) -> list[str]:
        """All four families."""
        return [""] if case.family in FAMILIES else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """Line m + 1 comes after the E-step of mixture m + 1; the first is to warm up."""
        del variant, n_threads
        model, stamps = _run(trial, n_passes + 1, NEVER)
        history = model.log_likelihood_history_.tolist()
        return Passes(gaps(stamps), history[n_passes] * trial.case.n_samples)

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """Its tolerance is relative; set-up is left out."""
        del n_threads
        model, first = _run(trial, 4, NEVER)
        size = abs(float(model.lower_bound_))
        most = int(max_seconds / median(gaps(first))) + 2
        model, stamps = _run(trial, most, tol / size)
        # Line m comes after the E-step of mixture m; the last E-step has no line.
        known = model.log_likelihood_history_.tolist()[1 : len(stamps) + 1]
        values = [value * trial.case.n_samples for value in known]
        return FitPath(since_start(stamps), values, bool(model.converged_))


def _run(trial: Trial, max_iter: int, tol: float) -> tuple[Any, list[float]]:
    """From the start of the trial; when each iteration ended."""
    import torch
    from tgmm import GaussianMixture

    x, weights, means, covariances = (
        torch.from_numpy(array.astype(trial.case.float_type, copy=False))
        for array in (trial.x, trial.weights, trial.means, trial.covariances)
    )
    model = GaussianMixture(
        n_components=trial.case.n_components,
        covariance_type=FAMILIES[trial.case.family],
        max_iter=max_iter,
        tol=tol,
        reg_covar=0.0,
        init_weights=weights,
        init_means=means,
        init_covariances=covariances,
        device="cpu",
        verbose=True,
        verbose_interval=1,
    )
    printed = _Iterations()
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it did not converge: it was not to
        model.fit(x)
    return model, printed.stamps


PEER = Tgmm()
