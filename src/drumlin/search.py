"""Several starts, short runs, and the best few to the end.

Short runs on a subsample find good regions cheaply (Biernacki, Celeux & Govaert 2003); where
enough of them agree, no more are made. The best few run on; components of the winner are split,
merged and moved while that helps. When the data are more than the subsample, the best climb
through growing ones and are finished on all rows. If the winner is unhealthy, its sick components
are reseeded. On large data all that comes before the last stage has a budget of passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.budget import Budget, budget
from drumlin.candidate import Candidate, agreed, distinct
from drumlin.constraints import Whole
from drumlin.em import Problem, maximise
from drumlin.growth import FACTOR, first_rows, ladder, last_step, stage_watch
from drumlin.moments import Moments
from drumlin.running import Watch, run
from drumlin.starts import LLOYD_STEPS, Frame, frame_of, planned, rearranged, reseeded
from drumlin.stopping import Outcome
from drumlin.trial import tried

SHORT_PASSES, FEWEST_PASSES = 15, 5
"""Passes of a short run, and the least where the budget is small."""

SHORT_SHARE, RUN_ON_SHARE, TIED_SHARE = 0.25, 0.25, 0.5
"""Of the budget for short runs, of what is left for running on; of a short run for tied passes."""

START_PASSES, CLIMB_PASSES = 5.5, 2.5
"""What starts and growing subsamples may cost, in passes over all of a large source."""

USUAL_STARTS = 10

STAGE_SHARE = 0.4
"""Of what is left for growing, for a stage that is not the last."""

LEAST_PASSES = 20
"""Starts that cannot have so many passes are not made."""

SMALL_ROWS = 500
"""Rows of the subsample of the short runs, at least."""

AHEAD, FINISHED_LARGE = 5, 2
"""Short runs that run on, and those of them that leave the subsample for more rows."""

SAME_PLACE, RIVAL_GAP = 1.0, 0.5
"""Nats on the subsample: nearer are one optimum; farther than the second per √row cannot win."""

TRIALS, TRIAL_PASSES, TRIAL_GAIN = 30, 40, 0.01
"""Rearrangements tried in all, the passes of each, and the gain in nats that counts."""

LEAST_TRIAL, TRIAL_SHARE, ONWARD_SHARE = 8, 0.4, 0.3
"""Passes that must be left for a trial; of what is left, for a trial, and for what it found."""

RESEEDINGS = 3


@dataclass(frozen=True, eq=False)
class Search:
    """The race: the whole problem, where starts are made and run on, and who watches.

    small, frame : Frame    subsamples for short runs and for what follows; one where data are few
    """

    problem: Problem
    small: Frame
    frame: Frame
    budget: Budget
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
        order = distinct(sorted(entries, key=Candidate.rank, reverse=True))
        ahead = self.run_on_all(order[: 1 if agreed(entries) else AHEAD])
        ahead += self.rearrangements(max(ahead, key=Candidate.rank), len(entries))
        if self.large:
            rivals = self.rivals(ahead, len(self.frame.rows))
            rivals = self.climbed(rivals) if self.watch.accelerated else rivals
            ahead = [self.finish(entry) for entry in self.unless_halted(rivals)]
        ahead += self.reseedings(max(ahead, key=Candidate.rank), len(entries) + TRIALS)
        alive = {entry.number: entry for entry in ahead}
        out = [alive.pop(e.number, replace(e, trace=None)) for e in entries]
        return out + list(alive.values())

    def rivals(self, ahead: Sequence[Candidate], n_rows: int) -> list[Candidate]:
        """The best on a subsample of so many rows, and who may overtake it on more.

        A rival is somewhere else, and behind by no more than chance may put it on so many rows.
        """
        order = sorted(ahead, key=Candidate.rank, reverse=True)
        chance = RIVAL_GAP * float(np.sqrt(n_rows))
        behind = [order[0].rank() - entry.rank() for entry in order]
        close = [e for e, gap in zip(order, behind, strict=True) if SAME_PLACE < gap < chance]
        return [order[0], *close[: FINISHED_LARGE - 1]]

    def unless_halted(self, entries: Sequence[Candidate]) -> Iterator[Candidate]:
        """The first in any case, the others while nobody asked to stop."""
        for place, entry in enumerate(entries):
            if place == 0 or not self.halted:
                yield entry

    def short_runs(self, n_components: int, n_starts: int) -> list[Candidate]:
        """At least one, even when the time is up; fewer than asked for when they cost too much.

        No more are made when the first few, from different kinds of starts, come to one place.
        """
        short: list[Candidate] = []
        rows, purse = len(self.small.rows), self.budget.part(SHORT_SHARE)
        n_starts = int(np.clip(purse.passes(1.0, rows) / LEAST_PASSES, 2, n_starts))
        for number, entry in enumerate(planned(n_starts, self.problem.source.n_features, rows)):
            if (short and self.halted) or (short and agreed(short)):
                break
            each = purse.passes(1.0 / (n_starts - number), rows)
            tied = int(min(entry.tied_passes, TIED_SHARE * each))
            step = replace(entry, tied_passes=tied).first_step(self.small, n_components, self.rng)
            passes = int(np.clip(each - tied - LLOYD_STEPS, FEWEST_PASSES, SHORT_PASSES))
            trace = run(step, self.small.problem, self.brief_watch(number, passes))
            short.append(Candidate(number, entry.name, trace.last.log_likelihood, trace))
        return short

    def brief_watch(self, number: int, passes: int) -> Watch:
        """For a few plain passes on a frame."""
        limit = min(passes, self.watch.max_iter)
        stage = "start" if self.large else self.watch.stage
        return replace(self.watch, max_iter=limit, stage=stage, run=number, accelerated=False)

    def run_on_all(self, entries: Sequence[Candidate]) -> list[Candidate]:
        """Those of them that the budget allows, the first in any case."""
        purse, rows = self.budget.part(RUN_ON_SHARE), len(self.frame.rows)
        number = int(np.clip(purse.passes(1.0, rows) / SHORT_PASSES, 1, len(entries)))
        return [
            self.run_on(entry, purse.passes(1.0 / (number - place), rows))
            for place, entry in enumerate(self.unless_halted(entries[:number]))
        ]

    def run_on(self, entry: Candidate, passes: float) -> Candidate:
        """To convergence on the frame: the end where the frame is all of the data."""
        if self.large:
            return self.on_subsample(entry, self.frame.problem, passes)
        watch, before = replace(self.watch, run=entry.number), entry.traced
        if before.outcome is not Outcome.REACHED_LIMIT:  # it has already ended
            return entry
        watch = replace(watch, passed=before.passes - 1)
        trace = run(last_step(before), self.frame.problem, watch)
        return replace(entry, trace=before.then(trace))

    def on_subsample(self, entry: Candidate, problem: Problem, passes: float) -> Candidate:
        """From where it is to what these rows can tell, or until the passes are used up."""
        before, watch = last_step(entry.traced), replace(self.watch, run=entry.number)
        watch = stage_watch(watch, problem, before.mixture.n_components)
        limit = int(np.clip(passes, min(FEWEST_PASSES, watch.max_iter), watch.max_iter))
        return replace(entry, trace=run(before, problem, replace(watch, max_iter=limit)))

    def climbed(self, entries: Sequence[Candidate]) -> list[Candidate]:
        """The rivals on more and more rows; after each stage those left who may still win."""
        rungs = ladder(self.problem, 3 * len(self.frame.rows) // 2)
        purse = budget(self.watch.ledger, CLIMB_PASSES, self.problem.source.n_samples)
        for problem in rungs.stages(self.rng):
            rows = problem.source.n_samples
            passes = purse.passes(1.0 if rows == rungs.sizes[-1] else STAGE_SHARE, rows)
            each = passes / len(entries)
            on = [self.on_subsample(e, problem, each) for e in self.unless_halted(entries)]
            entries = self.rivals(on, rows)
        return list(entries)

    def finish(self, entry: Candidate) -> Candidate:
        """To the end on all of the data."""
        trace = run(last_step(entry.traced), self.problem, replace(self.watch, run=entry.number))
        return replace(entry, trace=trace)

    def rearrangements(self, best: Candidate, number: int) -> list[Candidate]:
        """Rearrangements of the best candidate that made it better, one after another."""
        added: list[Candidate] = []
        trials, improved, rows = 0, True, len(self.frame.rows)
        while improved and not self.halted:
            improved = False
            for moments in rearranged(self.frame, best.traced.last, self.rng):
                trials += 1
                spent = trials > TRIALS or self.budget.passes(1.0, rows) < LEAST_TRIAL
                if spent or self.halted:
                    return added
                entry = self.trial(moments, best.rank(), number + len(added))
                if improved := entry.rank() > best.rank() + TRIAL_GAIN:
                    best = self.run_on(entry, self.budget.passes(ONWARD_SHARE, rows))
                    added.append(best)
                    break
        return added

    def trial(self, moments: Moments, aim: float, number: int) -> Candidate:
        """A short run from these moments, given up early where it will not come to ``aim``."""
        left = self.budget.passes(TRIAL_SHARE, len(self.frame.rows))
        passes = int(np.clip(left, FEWEST_PASSES, TRIAL_PASSES))
        step, problem = maximise(moments, self.problem), self.frame.problem
        trace = tried(step, problem, self.brief_watch(number, passes), aim)
        return Candidate(number, "rearranged", trace.last.log_likelihood, trace)

    def reseedings(self, best: Candidate, number: int) -> list[Candidate]:
        """While the best is unhealthy: it again, its sick components elsewhere; kept if better."""
        added: list[Candidate] = []
        for _ in range(RESEEDINGS):
            if best.traced.last.healthy or self.halted:
                break
            moments = reseeded(self.frame, best.traced.last, self.rng)
            step = maximise(moments, self.problem)
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
    n_rows, n_samples = first_rows(n_components), problem.source.n_samples
    frame = small = frame_of(problem, whole, n_rows, rng)
    means = Budget(watch.ledger, np.inf)
    if n_samples > n_rows:
        least = max(SMALL_ROWS, 4 * n_components * (problem.source.n_features + 1))
        small = frame_of(problem, whole, min(n_rows, max(n_rows // FACTOR, least)), rng)
        more = max(1.0, n_starts / USUAL_STARTS)  # who asks for more starts pays for them
        means = budget(watch.ledger, START_PASSES * more, n_samples)
    return Search(problem, small, frame, means, watch, rng).candidates(n_components, n_starts)
