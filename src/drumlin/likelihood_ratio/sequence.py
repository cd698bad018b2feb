"""Tests of k against k + 1 on one data set, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from drumlin.em import Problem, RunOptions, RunResult
from drumlin.execution import Pool, Threads
from drumlin.fitting.search import search
from drumlin.likelihood_ratio.nested import Nested, nested
from drumlin.likelihood_ratio.replicates import Replicate, Sampler, statistics, stream
from drumlin.likelihood_ratio.result import RatioTest
from drumlin.mixture import Mixture
from drumlin.starts import SingleStart

FIT, DATA = -1, 0
"""Random numbers of the search for k components, and of both models of the data; see `stream`."""


@dataclass(frozen=True, eq=False)
class NestedTests:
    """Tests of k against k + 1 on one data set, each from what the one before found.

    root : of all random numbers; see `drumlin.likelihood_ratio.replicates.stream`
    """

    problem: Problem
    options: RunOptions
    n_starts: int
    n_bootstrap: int
    root: int
    pool: Pool | None

    def tests(
        self, numbers: Sequence[int], observers: Sequence[Callable[[Replicate], object]]
    ) -> Iterator[RatioTest]:
        """A test for each number of components."""
        known: dict[int, RunResult] = {}
        for k in numbers:
            observed = self._observed(k, known.get(k))
            known[k + 1] = observed.larger
            values = []
            sampler = self._sampler(observed.smaller.last.mixture)
            for replicate in statistics(sampler, self.n_bootstrap, self.pool, observed.statistic):
                values.append(replicate.statistic)
                self.options.stop.notify(observers, replicate)
            lasts = observed.smaller.last, observed.larger.last
            yield RatioTest(
                k,
                observed.statistic,
                np.array(values, dtype=np.float64),
                lasts[0].mixture,
                lasts[1].mixture,
                all(last.healthy for last in lasts),
            )

    def _observed(self, n_components: int, known: RunResult | None) -> Nested:
        """Both models of the data; the smaller may be better known from the test before."""
        found, data = (stream(self.root, n_components, part) for part in (FIT, DATA))
        problem, options = self.problem, self.options
        if n_components == 1:
            return nested(problem, SingleStart()(problem, found), options, data)
        restarts = search(problem, n_components, self.n_starts, options, found)
        results = [restart.result for restart in restarts if restart.result is not None]
        best = max([*results, known] if known else results, key=RunResult.rank)
        return nested(problem, best.state, options, data)

    def _sampler(self, mixture: Mixture) -> Sampler:
        """Of samples as large as the data: weights are counts, and rounded in total."""
        problem, executor = self.problem, self.problem.engine.executor
        size = max(1, round(problem.summary.moments.count))
        threads = executor.n_threads if isinstance(executor, Threads) else 1
        stop = self.options.stop
        return Sampler(mixture, size, problem.family, problem.backend, self.root, stop, threads)
