"""Several starts, short runs, and the best few to the end.

Short runs on a subsample find good regions cheaply (Biernacki, Celeux & Govaert 2003). The best
few run on; the winner is rearranged by splitting and merging while that helps; when the data are
more than the subsample, the best are finished on all of them. If the winner is unhealthy, its sick
components are reseeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.constraints import Whole
from drumlin.em import Problem, Step, maximise
from drumlin.moments import Moments
from drumlin.report import Run
from drumlin.running import Trace, Watch, run
from drumlin.starts import Frame, frame_of, planned, rearranged, reseeded
from drumlin.stopping import Outcome

SUBSAMPLE_ROWS = (2000, 200)
"""Rows of the subsample: at least the first, and the second per component."""

SHORT_PASSES = 15

AHEAD, FINISHED_LARGE = 5, 2
"""Short runs that run on, and those of them that see all of data larger than the subsample."""

SAME = 1e-9
"""Short runs whose log-likelihoods differ by less than this fraction are one run."""

SAME_PLACE, RIVAL_GAP = 1.0, 0.5
"""Nats on the subsample: nearer are one optimum; farther than the second per √row cannot win."""

SUBSAMPLE_PASSES = 200
SUBSAMPLE_TOLERANCE = 0.1

TRIALS, TRIAL_PASSES, TRIAL_GAIN = 18, 40, 0.01
"""Rearrangements tried in all, the passes of each, and the gain in nats that counts."""

RESEEDINGS = 3


@dataclass(frozen=True, eq=False)
class Candidate:
    """A start on its way: its name, ℓ after the short run, and its trace while in the race."""

    number: int
    name: str
    short_log_likelihood: float
    trace: Trace | None

    @property
    def traced(self) -> Trace:
        """The trace of a candidate that is still in the race."""
        assert self.trace is not None  # callers ask only those
        return self.trace

    def rank(self) -> float:
        """Log-likelihood, less what unhealthy components may owe to being unhealthy."""
        return self.traced.last.log_likelihood - self.traced.last.handicap

    def record(self) -> Run:
        """What the report says of it."""
        if self.trace is None:
            return Run(self.name, self.short_log_likelihood, None, 0, False, None, "")
        last = self.trace.last
        return Run(
            self.name,
            self.short_log_likelihood,
            last.log_likelihood,
            self.trace.passes,
            last.healthy,
            self.trace.outcome,
            self.trace.reason,
        )


@dataclass(frozen=True, eq=False)
class Search:
    """The race: the whole problem, the frame in which starts are made, and who watches."""

    problem: Problem
    frame: Frame
    watch: Watch
    rng: np.random.Generator

    @property
    def large(self) -> bool:
        """Whether the frame is only a part of the data."""
        return self.problem.source.n_samples > len(self.frame.rows)

    @property
    def halted(self) -> bool:
        """Whether somebody asked to stop."""
        return self.watch.halt.outcome() is not None

    def candidates(self, n_components: int, n_starts: int) -> list[Candidate]:
        """Every start as a candidate; the finished ones have a trace on all of the data."""
        entries = self.short_runs(n_components, n_starts)
        order = sorted(entries, key=Candidate.rank, reverse=True)
        ahead = [self.run_on(entry) for entry in self.unless_halted(_distinct(order)[:AHEAD])]
        ahead += self.rearrangements(max(ahead, key=Candidate.rank), len(entries))
        if self.large:
            ahead = [self.finish(entry) for entry in self.unless_halted(self.rivals(ahead))]
        ahead += self.reseedings(max(ahead, key=Candidate.rank), len(entries) + TRIALS)
        alive = {entry.number: entry for entry in ahead}
        out = [alive.pop(e.number, replace(e, trace=None)) for e in entries]
        return out + list(alive.values())

    def rivals(self, ahead: Sequence[Candidate]) -> list[Candidate]:
        """The best on the subsample, and who may overtake it on all of the data.

        A rival is somewhere else, and behind by no more than chance may put it on so many rows.
        """
        order = sorted(ahead, key=Candidate.rank, reverse=True)
        chance = RIVAL_GAP * float(np.sqrt(len(self.frame.rows)))
        behind = [order[0].rank() - entry.rank() for entry in order]
        close = [e for e, gap in zip(order, behind, strict=True) if SAME_PLACE < gap < chance]
        return [order[0], *close[: FINISHED_LARGE - 1]]

    def unless_halted(self, entries: Sequence[Candidate]) -> Iterator[Candidate]:
        """The first in any case, the others while nobody asked to stop."""
        for place, entry in enumerate(entries):
            if place == 0 or not self.halted:
                yield entry

    def short_runs(self, n_components: int, n_starts: int) -> list[Candidate]:
        """At least one, even when the time is up."""
        short: list[Candidate] = []
        for number, entry in enumerate(planned(n_starts, self.frame.y.shape[1])):
            if short and self.halted:
                break
            step = entry.first_step(self.frame, n_components, self.rng)
            trace = run(step, self.frame.problem, self.brief(number, SHORT_PASSES))
            short.append(Candidate(number, entry.name, trace.last.log_likelihood, trace))
        return short

    def brief(self, number: int, passes: int) -> Watch:
        """A few passes on the frame."""
        limit = min(passes, self.watch.max_iter)
        return replace(self.watch, max_iter=limit, stage="start", run=number, accelerated=False)

    def run_on(self, entry: Candidate) -> Candidate:
        """To convergence on the frame: the end where the frame is all of the data."""
        watch = replace(self.watch, run=entry.number)
        if self.large:
            watch = replace(
                watch,
                tol=max(watch.tol, SUBSAMPLE_TOLERANCE) if watch.tol else 0.0,
                max_iter=min(SUBSAMPLE_PASSES, watch.max_iter),
                stage="subsample",
            )
        before = entry.traced
        if before.outcome is not Outcome.REACHED_LIMIT:  # it has already ended
            return entry
        passes = before.passes - 1  # the first pass of what follows is its last, done again
        trace = run(_step(before), self.frame.problem, replace(watch, passed=passes))
        whole = replace(trace, path=before.path[:-1] + trace.path, passes=passes + trace.passes)
        return replace(entry, trace=whole)

    def finish(self, entry: Candidate) -> Candidate:
        """To the end on all of the data."""
        trace = run(_step(entry.traced), self.problem, replace(self.watch, run=entry.number))
        return replace(entry, trace=trace)

    def rearrangements(self, best: Candidate, number: int) -> list[Candidate]:
        """Splits and merges of the best candidate that made it better, one after another."""
        added: list[Candidate] = []
        trials, improved = 0, True
        while improved and not self.halted:
            improved = False
            for moments in rearranged(self.frame, best.traced.last):
                trials += 1
                if trials > TRIALS or self.halted:
                    return added
                entry = self.trial(moments, number + len(added))
                if entry.rank() > best.rank() + TRIAL_GAIN:
                    best, improved = self.run_on(entry), True
                    added.append(best)
                    break
        return added

    def trial(self, moments: Moments, number: int) -> Candidate:
        """A short run from these moments."""
        step = maximise(moments, self.problem.family, self.problem.floor)
        trace = run(step, self.frame.problem, self.brief(number, TRIAL_PASSES))
        return Candidate(number, "split and merged", trace.last.log_likelihood, trace)

    def reseedings(self, best: Candidate, number: int) -> list[Candidate]:
        """While the best is unhealthy: it again, its sick components elsewhere; kept if better."""
        added: list[Candidate] = []
        for _ in range(RESEEDINGS):
            if best.traced.last.healthy or self.halted:
                break
            moments = reseeded(self.frame, best.traced.last, self.rng)
            step = maximise(moments, self.problem.family, self.problem.floor)
            watch = replace(self.watch, run=number + len(added))
            trace = run(step, self.problem, watch)
            entry = Candidate(watch.run, f"{best.name}, reseeded", trace.last.log_likelihood, trace)
            better = entry.rank() > best.rank()
            added.append(entry if better else replace(entry, trace=None))
            if better:
                break
        return added


def search(
    problem: Problem,
    whole: Whole,
    n_components: int,
    n_starts: int,
    watch: Watch,
    rng: np.random.Generator,
) -> list[Candidate]:
    """Every start as a candidate; those that were finished on all of the data have a trace."""
    n_rows = max(SUBSAMPLE_ROWS[0], SUBSAMPLE_ROWS[1] * n_components)
    frame = frame_of(problem, whole, n_rows, rng)
    return Search(problem, frame, watch, rng).candidates(n_components, n_starts)


def _step(trace: Trace) -> Step:
    return Step(trace.last.mixture, trace.last.on_floor)


def _distinct(order: Sequence[Candidate]) -> list[Candidate]:
    """``order`` without the candidates that came to the same place as one before them."""
    kept: list[Candidate] = []
    for entry in order:
        here = entry.short_log_likelihood
        if all(abs(here - other.short_log_likelihood) > SAME * abs(here) for other in kept):
            kept.append(entry)
    return kept
