"""Refits of a mixture under other sample weights: bootstrap, weighted bootstrap, jackknife.

A resample is a vector of sample weights for the same rows, so that one code does for all:

    bootstrap                        multinomial: rows drawn with replacement (Efron 1979)
    weighted-likelihood bootstrap    Dirichlet (Newton & Raftery 1994)
    jackknife                        one row, or one count of it, left out

Each refit starts at the fit itself. Its components are then matched to those of the fit.

Source: O'Hagan, Murphy, Scrucca & Gormley 2019.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.data import Annotate, Rows, mapped
from drumlin.em import STOP_REASONS, Outcome, Problem, RunOptions, RunResult, as_given, run
from drumlin.errors import InvalidDataError
from drumlin.mixture import Mixture
from drumlin.tables import counted
from drumlin.uncertainty.matching import matching
from drumlin.uncertainty.parameters import packed

REPLICATES = 500
"""Refits of a bootstrap unless given; the jackknife makes one per row."""


PREFETCH = 4
"""Refits that wait per thread: enough that none is idle, few when it is interrupted."""


@dataclass(frozen=True, eq=False)
class Refit:
    """One resample, given to observers when it is done.

    index, total : int      its number, counted from 0, of so many
    mixture : Mixture       components in the order of the fit
    certain : bool          whether they could be matched without doubt
    healthy : bool          whether every component has enough mass and is off the floor
    converged : bool        whether it was let to its end
    """

    index: int
    total: int
    mixture: Mixture
    certain: bool
    healthy: bool
    converged: bool

    @property
    def done(self) -> int:
        """Refits so far."""
        return self.index + 1


@dataclass(frozen=True, eq=False)
class Replicates:
    """The refits that the errors are made of.

    weights : (B, k);  means : (B, k, d);  covariances : (B, k, d, d)    in the order of the fit
    planned : int        refits asked for
    unhealthy : int      those left out, a component being nearly empty or on the floor
    ambiguous : int      those whose components could not be matched without doubt
    unfinished : int     those that stopped at max_iter
    halted : Outcome     what cut them short, or None when all were done
    seed : int or None   of the resamples; None for a generator
    """

    weights: Array
    means: Array
    covariances: Array
    planned: int
    unhealthy: int
    ambiguous: int
    unfinished: int
    halted: Outcome | None
    seed: int | None

    def packed(self) -> Array:
        """(B, P) the refits, each as `drumlin.uncertainty.parameters.packed`."""
        return packed(self.weights, self.means, self.covariances)

    def __str__(self) -> str:
        parts = [
            f"{len(self.weights)} of {counted(self.planned, 'refit')}",
            self.unhealthy and f"{self.unhealthy} unhealthy and left out",
            self.ambiguous and f"{self.ambiguous} matched with doubt",
            self.unfinished and f"{self.unfinished} stopped at max_iter",
            self.halted and self.halted.value,
            None if self.seed is None else f"seed {self.seed}",
        ]
        return ", ".join(str(part) for part in parts if part)


RefitObserver = Callable[[Refit], object]
Resample = Callable[[], Array]
"""Gives the sample weights (n,) of a refit."""


def plan(
    method: str, count: Array, replicates: int | None, rng: np.random.Generator
) -> tuple[list[Resample], Array]:
    """The resamples, and how often each counts.

    The jackknife leaves rows out in random order, so that those done before an interruption stand
    for the others; a row of weight s stands for s rows.
    """
    if method == JACKKNIFE:
        rows = np.flatnonzero(count > 0.0)
        small = rows[count[rows] < 1.0]
        if small.size:
            raise InvalidDataError(
                f"sample_weight of row {small[0]} is {count[small[0]]:g}, below the one count that "
                "the jackknife leaves out: weights are counts; use method='bootstrap'"
            )
        rows = rng.permutation(rows)[:replicates]
        return [partial(without, count, int(row)) for row in rows], count[rows]
    entropy = tuple(int(word) for word in rng.integers(0, 2**32, size=4))
    planned = range(replicates or REPLICATES)
    # a seed for each, so that the weights of one refit do not depend on the others
    seeds = (np.random.SeedSequence(entropy, spawn_key=(index,)) for index in planned)
    draws: list[Resample] = [partial(DRAWS[method], count, seed) for seed in seeds]
    return draws, np.ones(len(draws))


def weights(rows: Rows, _n_threads: int) -> list[Array]:
    """(m,) the sample weights of a chunk, in a list of one."""
    return [rows.weights]


def refits(
    base: Mixture,
    problem: Problem,
    resamples: Sequence[Resample],
    options: RunOptions,
    n_threads: int,
) -> Iterator[Refit]:
    """A refit per resample, in their order; when asked to stop those that were done before.

    Refits run side by side, each in one thread, and none depends on another.
    """
    refit = partial(_refit, base, problem, options)
    waiting: deque[Future[RunResult | None]] = deque()
    with ThreadPoolExecutor(n_threads) as pool:
        for index in range(len(resamples)):
            ahead = index + len(waiting)
            while ahead < len(resamples) and len(waiting) < PREFETCH * n_threads:
                waiting.append(pool.submit(refit, resamples[ahead]))
                ahead += 1
            result = waiting.popleft().result()
            if result is None:  # nor will there be others
                return
            order, certain = matching(result.last.mixture, base)
            mixture = result.last.mixture.take(order)
            converged = result.outcome is Outcome.CONVERGED
            yield Refit(index, len(resamples), mixture, certain, result.last.healthy, converged)


def _refit(
    base: Mixture, problem: Problem, options: RunOptions, resample: Resample
) -> RunResult | None:
    """The run under other weights, with a counter of its own; None when it was cut short."""
    if options.stop.outcome() is not None:
        return None
    source = mapped(problem.source, Annotate(sample_weight=resample()))
    engine = problem.engine.counting_anew(source.n_samples)
    result = run(as_given(base), replace(problem, source=source, engine=engine), options)
    return None if result.outcome in STOP_REASONS else result


def resampled(count: Array, seed: np.random.SeedSequence) -> Array:
    """(n,) how often each row is drawn in Σ count draws in proportion to ``count``."""
    draws = max(1, round(float(count.sum())))
    shares = count / count.sum()
    times = np.random.default_rng(seed).multinomial(draws, shares)
    return times * (count.sum() / draws)


def reweighted(count: Array, seed: np.random.SeedSequence) -> Array:
    """(n,) Dirichlet weights with parameters ``count``, times Σ count."""
    drawn = np.random.default_rng(seed).standard_gamma(count)
    return drawn * (count.sum() / drawn.sum())


def without(count: Array, row: int) -> Array:
    """(n,) ``count`` less one of this row."""
    left = count.copy()
    left[row] = max(0.0, left[row] - 1.0)
    return left


JACKKNIFE = "jackknife"
DRAWS: dict[str, Callable[[Array, np.random.SeedSequence], Array]] = {
    "bootstrap": resampled,
    "weighted-likelihood bootstrap": reweighted,
}
