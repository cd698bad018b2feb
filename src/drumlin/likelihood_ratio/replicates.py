"""Samples from a fitted mixture, to each of which both models are fitted: the null distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from drumlin.backends import Backend
from drumlin.covariance import Family
from drumlin.data import ArraySource, Rows
from drumlin.em import (
    Engine,
    PassCounter,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    as_given,
    summarise,
)
from drumlin.execution import Pool, Threads
from drumlin.likelihood_ratio.nested import nested
from drumlin.mixture import Mixture

RULE, MAX_ITER = RemainingGain(1e-2), 1000
"""Nats that the runs of both models leave to be gained, and the passes of a run at most."""


@dataclass(frozen=True)
class Replicate:
    """The event that observers see for every sample.

    n_components : int          k
    done, total : int           samples so far, and how many there will be
    statistic, observed : ()    of this sample, and of the data, in nats
    """

    n_components: int
    done: int
    total: int
    statistic: float
    observed: float


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws a sample from a mixture, fits both models to it, and returns their statistic.

    size : rows of a sample;  root : see `stream`
    stop : when it asks to stop, the answer is None
    """

    mixture: Mixture
    size: int
    family: Family
    backend: Backend
    root: int
    stop: StopRequest
    n_threads: int = 1

    def __call__(self, number: int) -> float | None:
        """The statistic of sample ``number``, counted from 1."""
        if self.stop.outcome() is not None:
            return None
        rng = stream(self.root, self.mixture.n_components, number)
        key = int.from_bytes(rng.bytes(8), "little")
        x, _ = self.backend.sample(self.mixture, self.size, key, n_threads=self.n_threads)
        engine = Engine(self.backend, Threads(self.n_threads), PassCounter(self.size))
        source = ArraySource(Rows(x))
        problem = Problem(source, self.family, summarise(source, engine), engine)
        options = RunOptions(RULE, MAX_ITER, self.stop)
        statistic = nested(problem, as_given(self.mixture), options, rng).statistic
        return None if self.stop.outcome() is not None else statistic


def stream(root: int, n_components: int, number: int) -> np.random.Generator:
    """The random numbers of sample ``number`` >= 1 of k; those below belong to the data."""
    return np.random.default_rng([root, n_components, number + 1])


def statistics(
    sampler: Sampler, n_bootstrap: int, pool: Pool | None, observed: float
) -> Iterator[Replicate]:
    """The statistics of samples 1 … B in order; of the first few when it was asked to stop.

    What is done is cut where the first is missing: among those that happen to be ready, samples
    that are quick to fit would be too many. Without a pool they are fitted one after another:
    threads would wait for each other in Python.
    """
    k = sampler.mixture.n_components
    numbers = range(1, n_bootstrap + 1)
    if pool is None:
        found: Iterable[float | None] = map(sampler, numbers)
    else:
        found = pool.map(replace(sampler, stop=StopRequest(), n_threads=1), numbers)
    for number, statistic in zip(numbers, found, strict=True):
        if statistic is None or sampler.stop.outcome() is not None:
            break
        yield Replicate(k, number, n_bootstrap, statistic, observed)
