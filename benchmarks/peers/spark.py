"""Spark's GaussianMixture of mllib, which takes a start; one machine, as many tasks as threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.cases import Case, Trial
from benchmarks.peers.peer import Passes

TIMES = 3


@dataclass(frozen=True)
class Spark:
    """Java's arrays; the data are cached by its first iteration."""

    def version(self) -> str:
        """The installed version."""
        return version("pyspark")

    def variants(self, case: Case) -> list[str]:
        """Full covariance, in double."""
        return [""] if (case.family, case.float_type) == ("full", "float64") else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """(A fit of n_passes + 1 iterations − one of one) / n_passes, three times."""
        del variant
        train = _trainer(trial, n_threads)
        train(1)
        one = min(_seconds(train, 1) for _ in range(2))
        seconds = [(_seconds(train, n_passes + 1) - one) / n_passes for _ in range(TIMES)]
        return Passes(seconds, _log_likelihood(trial.x, train(n_passes)))


def _trainer(trial: Trial, n_threads: int) -> Callable[[int], Any]:
    from pyspark.mllib.clustering import GaussianMixture
    from pyspark.mllib.linalg import DenseMatrix, DenseVector
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master(f"local[{n_threads}]")
        .config("spark.driver.memory", "6g")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    rows = session.sparkContext.parallelize([DenseVector(row) for row in trial.x], n_threads)
    d = trial.case.n_features
    gaussians = [
        SimpleNamespace(mu=DenseVector(mean), sigma=DenseMatrix(d, d, covariance.ravel().tolist()))
        for mean, covariance in zip(trial.means, trial.covariances, strict=True)
    ]
    k = trial.case.n_components
    start = SimpleNamespace(k=k, weights=trial.weights.tolist(), gaussians=gaussians)
    return lambda passes: GaussianMixture.train(rows, k, 0.0, passes, 1, start)


def _seconds(train: Callable[[int], Any], passes: int) -> float:
    start = perf_counter()
    train(passes)
    return perf_counter() - start


def _log_likelihood(x: np.ndarray, model: Any) -> float:
    """Log-likelihood of the returned model, which Spark does not report."""
    joint = []
    for weight, gaussian in zip(model.weights, model.gaussians, strict=True):
        factor = np.linalg.cholesky(gaussian.sigma.toArray())
        white = np.linalg.solve(factor, (x - gaussian.mu.toArray()).T)
        constant = np.log(weight) - np.log(np.diagonal(factor)).sum()
        joint.append(constant - 0.5 * np.einsum("di,di->i", white, white))
    half_log_two_pi = 0.5 * np.log(2.0 * np.pi) * x.shape[1]
    return float((np.logaddexp.reduce(joint, axis=0) - half_log_two_pi).sum())


PEER = Spark()
