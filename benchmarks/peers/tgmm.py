"""tgmm: Gaussian mixtures on PyTorch."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from time import perf_counter

from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps
from benchmarks.peers.peer import Passes

FAMILIES = {"full": "full", "tied": "tied_full", "diag": "diag", "spherical": "spherical"}


@dataclass
class _Iterations(io.TextIOBase):
    """Notes the time of each line that tells of an iteration."""

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
        import torch
        from tgmm import GaussianMixture

        x, weights, means, covariances = (
            torch.from_numpy(array.astype(trial.case.float_type, copy=False))
            for array in (trial.x, trial.weights, trial.means, trial.covariances)
        )
        model = GaussianMixture(
            n_components=trial.case.n_components,
            covariance_type=FAMILIES[trial.case.family],
            max_iter=n_passes + 1,
            tol=1e-300,
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
        history = model.log_likelihood_history_.tolist()
        return Passes(gaps(printed.stamps), history[n_passes] * trial.case.n_samples)


PEER = Tgmm()
