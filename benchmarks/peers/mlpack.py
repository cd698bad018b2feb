"""mlpack's gmm_train. It begins with k-means whatever it is given: its start is its own."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from time import perf_counter

from benchmarks.cases import Case, Trial
from benchmarks.peers.peer import Passes

TIMES, MANY = 5, 10_000


@dataclass(frozen=True)
class Mlpack:
    """Its threads are OpenMP's, set from outside."""

    def version(self) -> str:
        """The installed version."""
        import_module("mlpack")  # now, so that it counts in no measurement
        return version("mlpack")

    def variants(self, case: Case) -> list[str]:
        """Full and diagonal, in double."""
        known = case.family in ("full", "diag") and case.float_type == "float64"
        return ["own start"] if known else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """(A fit of m + 1 iterations − one of one) / m, five times."""
        del variant, n_threads
        _seconds(trial, 1)
        more = min(n_passes, 1 if trial.case.n_samples > MANY else 10)
        one = min(_seconds(trial, 1) for _ in range(2))
        return Passes([(_seconds(trial, more + 1) - one) / more for _ in range(TIMES)], None)


def _seconds(trial: Trial, max_iterations: int) -> float:
    from mlpack import gmm_train

    start = perf_counter()
    gmm_train(
        input_=trial.x,
        gaussians=trial.case.n_components,
        max_iterations=max_iterations,
        kmeans_max_iterations=1,
        tolerance=0.0,
        diagonal_covariance=trial.case.family == "diag",
        seed=1,
    )
    return perf_counter() - start


PEER = Mlpack()
