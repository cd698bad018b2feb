"""gmmx: Gaussian mixtures on JAX, in float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

import numpy as np

from benchmarks.cases import Case, Trial
from benchmarks.clock import watched
from benchmarks.peers.peer import Passes


@dataclass(frozen=True)
class Gmmx:
    """Its threads are XLA's, as many as the process may use processors."""

    def version(self) -> str:
        """The installed version, with that of JAX."""
        import_module("gmmx")  # now, so that it counts in no measurement
        return f"{version('gmmx')} (jax {version('jax')}, float32)"

    def variants(self, case: Case) -> list[str]:
        """It computes in float32, whatever it is given."""
        return ["float32"] if case.family == "full" else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """One compiled call per pass; compilation is in the first, which is not counted."""
        del variant, n_threads
        return Passes(*watched(_likelihoods(trial), n_passes))


def _likelihoods(trial: Trial) -> Iterator[float]:
    import jax
    from gmmx import EMFitter, GaussianMixtureModelJax

    x = jax.device_put(trial.x.astype(np.float32, copy=False))
    model = GaussianMixtureModelJax.from_squeezed(
        means=trial.means.astype(np.float32),
        covariances=trial.covariances.astype(np.float32),
        weights=trial.weights.astype(np.float32),
    )
    fitter = EMFitter(max_iter=1, tol=0.0, reg_covar=0.0)
    while True:
        result = fitter.fit(x, model)
        model = result.gmm
        yield float(result.log_likelihood) * trial.case.n_samples


PEER = Gmmx()
