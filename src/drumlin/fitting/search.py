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

from drumlin.em import (
    DataSummary,
    Outcome,
    Problem,
    RunOptions,
    last_step,
    maximise,
    run,
    run_towards,
)
from drumlin.fitting.budget import Budget, budget
from drumlin.fitting.growing_subsamples import FACTOR, first_rows, stage_watch, subsample_schedule
from drumlin.fitting.restart import Restart, agreed, distinct
from drumlin.fitting.settings import SearchSettings
from drumlin.moments import Moments
from drumlin.starts import (
    LLOYD_STEPS,
    WhitenedSample,
    planned,
    rearranged,
    reseeded,
    whitened_sample,
)


@dataclass(frozen=True, eq=False)
class Search:
    """The race: the whole problem, where starts are made and run on, and who watches.

    small, frame : Frame    subsamples for short runs and for what follows; one where data are few
    """

    problem: Problem
    small: WhitenedSample
    frame: WhitenedSample
    budget: Budget
    watch: RunOptions
    rng: np.random.Generator
    settings: SearchSettings

    @property
    def large(self) -> bool:
        """Whether the frame is only a part of the data."""
        return self.problem.source.n_samples > len(self.frame.rows)

    @property
    def halted(self) -> bool:
        """Whether somebody asked to stop."""
        return self.watch.halt.outcome() is not None

    def candidates(self, n_components: int, n_starts: int) -> list[Restart]:
        """Every start as a candidate; the finished ones have a trace on all of the data."""
        entries = self.short_runs(n_components, n_starts)
        order = distinct(sorted(entries, key=Restart.rank, reverse=True))
        ahead = self.run_on_all(order[: 1 if agreed(entries) else self.settings.n_run_on])
        ahead += self.rearrangements(max(ahead, key=Restart.rank), len(entries))
        if self.large:
            rivals = self.rivals(ahead, len(self.frame.rows))
            rivals = self.climbed(rivals) if self.watch.accelerated else rivals
            ahead = [self.finish(entry) for entry in self.unless_halted(rivals)]
        ahead += self.reseedings(max(ahead, key=Restart.rank), len(entries) + self.settings.n_moves)
        alive = {entry.number: entry for entry in ahead}
        out = [alive.pop(e.number, replace(e, trace=None)) for e in entries]
        return out + list(alive.values())

    def rivals(self, ahead: Sequence[Restart], n_rows: int) -> list[Restart]:
        """The best on a subsample of so many rows, and who may overtake it on more.

        A rival is somewhere else, and behind by no more than chance may put it on so many rows.
        """
        settings = self.settings
        order = sorted(ahead, key=Restart.rank, reverse=True)
        chance = settings.rival_gap * float(np.sqrt(n_rows))
        behind = [order[0].rank() - entry.rank() for entry in order]
        close = [
            e for e, gap in zip(order, behind, strict=True) if settings.same_optimum < gap < chance
        ]
        return [order[0], *close[: settings.n_finished_large - 1]]

    def unless_halted(self, entries: Sequence[Restart]) -> Iterator[Restart]:
        """The first in any case, the others while nobody asked to stop."""
        for place, entry in enumerate(entries):
            if place == 0 or not self.halted:
                yield entry

    def short_runs(self, n_components: int, n_starts: int) -> list[Restart]:
        """At least one, even when the time is up; fewer than asked for when they cost too much.

        No more are made when the first few, from different kinds of starts, come to one place.
        """
        settings = self.settings
        short: list[Restart] = []
        rows, purse = len(self.small.rows), self.budget.part(settings.short_share)
        n_starts = int(np.clip(purse.passes(1.0, rows) / settings.least_passes, 2, n_starts))
        for number, entry in enumerate(planned(n_starts, self.problem.source.n_features, rows)):
            if (short and self.halted) or (short and agreed(short)):
                break
            each = purse.passes(1.0 / (n_starts - number), rows)
            tied = int(min(entry.tied_passes, settings.tied_share * each))
            step = replace(entry, tied_passes=tied).first_step(self.small, n_components, self.rng)
            passes = int(
                np.clip(
                    each - tied - LLOYD_STEPS,
                    settings.fewest_passes,
                    settings.short_passes,
                )
            )
            trace = run(step, self.small.problem, self.brief_watch(number, passes))
            short.append(Restart(number, entry.name, trace.last.log_likelihood, trace))
        return short

    def brief_watch(self, number: int, passes: int) -> RunOptions:
        """For a few plain passes on a frame."""
        limit = min(passes, self.watch.max_iter)
        stage = "start" if self.large else self.watch.stage
        return replace(self.watch, max_iter=limit, stage=stage, run=number, accelerated=False)

    def run_on_all(self, entries: Sequence[Restart]) -> list[Restart]:
        """Those of them that the budget allows, the first in any case."""
        purse, rows = self.budget.part(self.settings.run_on_share), len(self.frame.rows)
        number = int(np.clip(purse.passes(1.0, rows) / self.settings.short_passes, 1, len(entries)))
        return [
            self.run_on(entry, purse.passes(1.0 / (number - place), rows))
            for place, entry in enumerate(self.unless_halted(entries[:number]))
        ]

    def run_on(self, entry: Restart, passes: float) -> Restart:
        """To convergence on the frame: the end where the frame is all of the data."""
        if self.large:
            return self.on_subsample(entry, self.frame.problem, passes)
        watch, before = replace(self.watch, run=entry.number), entry.traced
        if before.outcome is not Outcome.REACHED_LIMIT:  # it has already ended
            return entry
        watch = replace(watch, passed=before.passes - 1)
        trace = run(last_step(before), self.frame.problem, watch)
        return replace(entry, trace=before.then(trace))

    def on_subsample(self, entry: Restart, problem: Problem, passes: float) -> Restart:
        """From where it is to what these rows can tell, or until the passes are used up."""
        settings = self.settings
        before, watch = last_step(entry.traced), replace(self.watch, run=entry.number)
        watch = stage_watch(watch, problem, before.mixture.n_components)
        limit = int(np.clip(passes, min(settings.fewest_passes, watch.max_iter), watch.max_iter))
        return replace(entry, trace=run(before, problem, replace(watch, max_iter=limit)))

    def climbed(self, entries: Sequence[Restart]) -> list[Restart]:
        """The rivals on more and more rows; after each stage those left who may still win."""
        settings = self.settings
        schedule = subsample_schedule(self.problem, 3 * len(self.frame.rows) // 2)
        purse = budget(self.watch.counter, settings.growing_passes, self.problem.source.n_samples)
        for problem in schedule.stages(self.rng):
            rows = problem.source.n_samples
            passes = purse.passes(1.0 if rows == schedule.sizes[-1] else settings.stage_share, rows)
            each = passes / len(entries)
            on = [self.on_subsample(e, problem, each) for e in self.unless_halted(entries)]
            entries = self.rivals(on, rows)
        return list(entries)

    def finish(self, entry: Restart) -> Restart:
        """To the end on all of the data."""
        trace = run(last_step(entry.traced), self.problem, replace(self.watch, run=entry.number))
        return replace(entry, trace=trace)

    def rearrangements(self, best: Restart, number: int) -> list[Restart]:
        """Rearrangements of the best candidate that made it better, one after another."""
        settings = self.settings
        added: list[Restart] = []
        trials, improved, rows = 0, True, len(self.frame.rows)
        while improved and not self.halted:
            improved = False
            for moments in rearranged(self.frame, best.traced.last, self.rng):
                trials += 1
                spent = (
                    trials > settings.n_moves
                    or self.budget.passes(1.0, rows) < settings.least_move_passes
                )
                if spent or self.halted:
                    return added
                entry = self.trial(moments, best.rank(), number + len(added))
                if improved := entry.rank() > best.rank() + settings.move_gain:
                    best = self.run_on(entry, self.budget.passes(settings.onward_share, rows))
                    added.append(best)
                    break
        return added

    def trial(self, moments: Moments, aim: float, number: int) -> Restart:
        """A short run from these moments, given up early where it will not come to ``aim``."""
        left = self.budget.passes(self.settings.move_share, len(self.frame.rows))
        passes = int(np.clip(left, self.settings.fewest_passes, self.settings.move_passes))
        step, problem = maximise(moments, self.problem), self.frame.problem
        trace = run_towards(step, problem, self.brief_watch(number, passes), aim)
        return Restart(number, "rearranged", trace.last.log_likelihood, trace)

    def reseedings(self, best: Restart, number: int) -> list[Restart]:
        """While the best is unhealthy: it again, its sick components elsewhere; kept if better."""
        added: list[Restart] = []
        for _ in range(self.settings.n_reseedings):
            if best.traced.last.healthy or self.halted:
                break
            moments = reseeded(self.frame, best.traced.last, self.rng)
            step = maximise(moments, self.problem)
            watch = replace(self.watch, run=number + len(added))
            trace = run(step, self.problem, watch)
            entry = Restart(watch.run, f"{best.name}, reseeded", trace.last.log_likelihood, trace)
            better = entry.rank() > best.rank()
            added.append(entry if better else replace(entry, trace=None))
            if better:
                break
        return added


def search(
    problem: Problem,
    whole: DataSummary,
    n_components: int,
    n_starts: int,
    watch: RunOptions,
    rng: np.random.Generator,
) -> list[Restart]:
    """Every start as a candidate; those that were finished on all of the data have a trace."""
    settings = SearchSettings()
    n_rows, n_samples = first_rows(n_components), problem.source.n_samples
    frame = small = whitened_sample(problem, whole, n_rows, rng)
    means = Budget(watch.counter, np.inf)
    if n_samples > n_rows:
        least = max(settings.small_rows, 4 * n_components * (problem.source.n_features + 1))
        small = whitened_sample(problem, whole, min(n_rows, max(n_rows // FACTOR, least)), rng)
        more = max(1.0, n_starts / settings.usual_starts)  # who asks for more starts pays for them
        means = budget(watch.counter, settings.start_passes * more, n_samples)
    searching = Search(problem, small, frame, means, watch, rng, settings)
    return searching.candidates(n_components, n_starts)
