"""Several starts, short runs, and the best few to the end.

Short runs on a subsample find good regions cheaply (Biernacki, Celeux & Govaert 2003); the best
healthy ones are finished on all of the data; if none stays healthy, the sick components of the
best are reseeded and the run is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.constraints import Whole
from drumlin.em import Problem, Step, maximise
from drumlin.report import Run
from drumlin.running import Trace, Watch, run
from drumlin.starts import Frame, frame_of, planned, reseeded

SUBSAMPLE_ROWS = (2000, 200)
"""Rows of the subsample: at least the first, and the second per component."""

SHORT_PASSES = 15
FINISHED, FINISHED_LARGE = 5, 2
"""Runs that are finished; the second when the data are more than the subsample."""

SAME = 1e-9
"""Short runs whose log-likelihoods differ by less than this fraction are one run."""

SUBSAMPLE_PASSES = 200
SUBSAMPLE_TOLERANCE = 0.1
RESEEDINGS = 3


@dataclass(frozen=True, eq=False)
class Candidate:
    """A start on its way: its name, ℓ after the short run, and the trace once finished."""

    name: str
    short_log_likelihood: float
    trace: Trace | None

    def rank(self) -> tuple[bool, float]:
        """Healthy before unhealthy, then by log-likelihood."""
        assert self.trace is not None  # only traced candidates are ranked
        return self.trace.last.healthy, self.trace.last.log_likelihood

    def record(self) -> Run:
        """What the report says of it."""
        if self.trace is None:
            return Run(self.name, self.short_log_likelihood, None, 0, False, None, "")
        last = self.trace.last
        return Run(
            self.name,
            self.short_log_likelihood,
            last.log_likelihood,
            len(self.trace.path),
            last.healthy,
            self.trace.outcome,
            self.trace.reason,
        )


def search(
    problem: Problem,
    whole: Whole,
    n_components: int,
    n_starts: int,
    watch: Watch,
    rng: np.random.Generator,
) -> list[Candidate]:
    """Every start as a candidate, in the order of the plan; the finished ones have a trace."""
    n_rows = max(SUBSAMPLE_ROWS[0], SUBSAMPLE_ROWS[1] * n_components)
    frame = frame_of(problem, whole, n_rows, rng)
    short = _short_runs(frame, n_components, n_starts, watch, rng)
    best = sorted(range(len(short)), key=lambda c: short[c].rank(), reverse=True)
    large = problem.source.n_samples > len(frame.rows)
    finished: dict[int, Candidate] = {}
    for number in _distinct(short, best)[: FINISHED_LARGE if large else FINISHED]:
        finished[number] = _finish(short[number], frame, problem, replace(watch, run=number), large)
        if watch.halt.outcome() is not None:
            break
    candidates = [finished.get(c, replace(s, trace=None)) for c, s in enumerate(short)]
    candidates += _reseed(list(finished.values()), frame, problem, watch, rng, len(candidates))
    return candidates


def _short_runs(
    frame: Frame, n_components: int, n_starts: int, watch: Watch, rng: np.random.Generator
) -> list[Candidate]:
    """At least one, even when the time is up."""
    short: list[Candidate] = []
    for number, entry in enumerate(planned(n_starts, frame.y.shape[1])):
        step = entry.first_step(frame, n_components, rng)
        brief = replace(
            watch, max_iter=min(SHORT_PASSES, watch.max_iter), stage="start", run=number
        )
        trace = run(step, frame.problem, brief)
        short.append(Candidate(entry.name, trace.last.log_likelihood, trace))
        if watch.halt.outcome() is not None:
            break
    return short


def _distinct(short: Sequence[Candidate], order: Sequence[int]) -> list[int]:
    """``order`` without the candidates that came to the same place as one before them."""
    kept: list[int] = []
    for number in order:
        here = short[number].short_log_likelihood
        if all(abs(here - short[c].short_log_likelihood) > SAME * abs(here) for c in kept):
            kept.append(number)
    return kept


def _finish(
    short: Candidate, frame: Frame, problem: Problem, watch: Watch, large: bool
) -> Candidate:
    """The run to its end: on the subsample first when the data are larger, then on all of them."""
    assert short.trace is not None  # short runs always have one
    last = short.trace.last
    if large:
        rough = replace(
            watch,
            tol=max(watch.tol, SUBSAMPLE_TOLERANCE),
            max_iter=min(SUBSAMPLE_PASSES, watch.max_iter),
            stage="subsample",
        )
        last = run(Step(last.mixture, last.on_floor), frame.problem, rough).last
    if not large:  # passes of the short run count
        watch = replace(watch, max_iter=max(1, watch.max_iter - len(short.trace.path) + 1))
    trace = run(Step(last.mixture, last.on_floor), problem, watch)
    if not large:  # the short run saw all of the data: its path is the beginning
        trace = replace(trace, path=short.trace.path + trace.path[1:])
    return replace(short, trace=trace)


def _reseed(
    finished: Sequence[Candidate],
    frame: Frame,
    problem: Problem,
    watch: Watch,
    rng: np.random.Generator,
    number: int,
) -> list[Candidate]:
    """While no finished run is healthy: the best again, with its sick components elsewhere."""
    added: list[Candidate] = []
    best = max(finished, key=Candidate.rank)
    assert best.trace is not None  # finished candidates have one
    for _ in range(RESEEDINGS):
        if best.trace.last.healthy or watch.halt.outcome() is not None:
            break
        moments = reseeded(frame, best.trace.last, rng)
        step = maximise(moments, problem.family, problem.floor)
        trace = run(step, problem, replace(watch, run=number + len(added)))
        added.append(Candidate(f"{best.name}, reseeded", trace.path[0], trace))
        if trace.last.healthy:
            break
    return added
