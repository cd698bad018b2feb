"""Growing subsamples: a run on large data makes its first passes on few rows, then on more.

The log-likelihood on a subsample is blurred by about half a nat per free parameter, so each
stage runs only until less than a fraction of that remains, and a pass over a quarter of the rows
costs a quarter. The full data then begin near their optimum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from drumlin.data import DRAW_BYTES, ArraySource, bytes_per_row, subsample
from drumlin.em import Problem, RunOptions, RunResult, State, expect, run

FACTOR = 4
"""How many times more rows each stage has."""

LARGE = 100_000
"""Rows from which a run from a given start grows, too."""

FEWEST_ROWS = (2000, 200)
"""Rows of the first stage: at least the first, and the second per component."""

BLUR = 0.01
"""Nats per free parameter that a stage leaves to be gained."""

STAGE_PASSES, PASSES_FROM_GIVEN = 200, 50
"""Passes of a stage at most, and of one on the way up from a given start."""

ROWS_PER_PARAMETER = 10
"""Of the first stage: with fewer, a given start would move to optima of those rows alone."""


@dataclass(frozen=True, eq=False)
class SubsampleSchedule:
    """The stages between a few rows and all of them.

    problem : Problem       on all of the data
    sizes : tuple of int    rows of each stage, ascending; none when the data are few
    """

    problem: Problem
    sizes: tuple[int, ...]

    def stages(self, rng: np.random.Generator) -> Iterator[Problem]:
        """The problem on each subsample, drawn anew from the draw of the survey."""
        for size in self.sizes:
            rows = subsample(self.problem.summary.draw, size, rng)
            yield replace(self.problem, source=ArraySource(rows))


def subsample_schedule(problem: Problem, n_first: int) -> SubsampleSchedule:
    """Stages of a quarter of the rows above them, down to ``n_first``, at most `DRAW_BYTES`."""
    source = problem.source
    sizes = []
    most = DRAW_BYTES // bytes_per_row(source.n_features, source.dtype)
    size = min(source.n_samples // FACTOR, most)
    while size >= n_first:
        sizes.append(size)
        size //= FACTOR
    return SubsampleSchedule(problem, tuple(reversed(sizes)))


def first_rows(n_components: int) -> int:
    """Rows of the smallest subsample on which k components can be separated."""
    return max(FEWEST_ROWS[0], FEWEST_ROWS[1] * n_components)


def stage_options(options: RunOptions, problem: Problem, n_components: int) -> RunOptions:
    """Of a run on a subsample: it ends where the blur of its rows begins."""
    return replace(
        options,
        rule=options.rule.coarser(BLUR * problem.n_parameters(n_components)),
        max_iter=min(STAGE_PASSES, options.max_iter),
        stage="subsample",
    )


def run_stages(
    start: State, schedule: SubsampleSchedule, options: RunOptions, rng: np.random.Generator
) -> State:
    """From ``start`` through the stages, to the state that the last one ended with.

    A stage with too few rows of a small component, which would be lost there, is passed over.
    """
    state = start
    for problem in schedule.stages(rng):
        brief = stage_options(options, problem, start.mixture.n_components)
        brief = replace(brief, max_iter=min(PASSES_FROM_GIVEN, brief.max_iter))
        result = run(state, problem, brief)
        if result.last.healthy:
            state = result.state
        if options.stop.outcome() is not None:
            break
    return state


def run_growing(
    start: State, problem: Problem, options: RunOptions, rng: np.random.Generator
) -> RunResult:
    """A run on large data from a given start: through the stages, unless that ends lower.

    One pass over all of the data at the start, and one at the end of the stages; the better of the
    two goes on. On fewer than `LARGE` rows, or where plain EM is asked for: just the run.
    """
    k = start.mixture.n_components
    least = ROWS_PER_PARAMETER * problem.n_parameters(k)
    schedule = subsample_schedule(problem, max(first_rows(k), least))
    few = problem.source.n_samples < LARGE or not schedule.sizes
    if few or not options.accelerated:
        return run(start, problem, options)
    grown = run_stages(start, schedule, options, rng)
    problem.engine.counter.add(problem.source.n_samples, 2)
    before, after = (expect(each.mixture, problem).log_likelihood for each in (start, grown))
    return run(start if after < before else grown, problem, options)
