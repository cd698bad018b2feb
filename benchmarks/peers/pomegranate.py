"""pomegranate's GeneralMixtureModel of Normals, on PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from benchmarks.cases import Case, Trial
from benchmarks.clock import until_converged, watched
from benchmarks.peers.peer import FitPath, Passes


@dataclass(frozen=True)
class Pomegranate:
    """Its threads are PyTorch's, set from outside."""

    def version(self) -> str:
        """The installed version, with that of PyTorch."""
        import_module("pomegranate.gmm")  # now, so that it counts in no measurement
        return f"{version('pomegranate')} (torch {version('torch')})"

    def variants(self, case: Case) -> list[str]:
        """Normals of full covariance; its own arithmetic on sums of x and xxᵀ."""
        return [""] if case.family == "full" else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """`summarize` is the E-step, `from_summaries` the M-step."""
        del variant, n_threads
        return Passes(*watched(_likelihoods(trial), n_passes))

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """The same calls; it has no tolerance per row."""
        del n_threads
        least_gain = tol * trial.case.n_samples
        return FitPath(*until_converged(_likelihoods(trial), least_gain, max_seconds))


def _likelihoods(trial: Trial) -> Iterator[float]:
    import torch
    from pomegranate.distributions import Normal
    from pomegranate.gmm import GeneralMixtureModel

    torch.set_default_dtype(getattr(torch, trial.case.float_type))
    x, weights, means, covariances = (
        torch.from_numpy(array.astype(trial.case.float_type, copy=False))
        for array in (trial.x, trial.weights, trial.means, trial.covariances)
    )
    normals = [Normal(mean, cov) for mean, cov in zip(means, covariances, strict=True)]
    model = GeneralMixtureModel(normals, priors=weights)
    while True:
        yield float(model.summarize(x))
        model.from_summaries()


PEER = Pomegranate()
