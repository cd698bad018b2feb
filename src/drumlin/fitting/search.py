"""Several starts, short runs, and the best few to the end.

Short runs on a subsample find good regions cheaply (Biernacki, Celeux & Govaert 2003); where
enough of them agree, no more are made. The best few run on; components of the best are split,
merged and moved while that helps. When the data are more than the subsample, the best go through
growing ones and are finished on all rows. If the best is unhealthy, its unhealthy components are
reseeded. On large data all that comes before the last stage has a budget of passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.em import Outcome, Problem, RunOptions, maximise, run, run_towards
from drumlin.fitting.budget import Budget, budget
from drumlin.fitting.growing_subsamples import (
    FACTOR,
    first_rows,
    stage_options,
    subsample_schedule,
)
from drumlin.fitting.restart import Restart, agreed, distinct
from drumlin.fitting.settings import SearchSettings
from drumlin.moments import Moments
from drumlin.starts import (
    LLOYD_STEPS,
    WhitenedSample,
    recipes,
    reseeded,
    split_merge_moves,
    whitened_sample,
)


@dataclass(frozen=True, eq=False)
class Search:
    """The race of all starts.

    problem : Problem                 on all of the data
    small, sample : WhitenedSample    rows of the short runs, and of what follows; one where the
                                      data are few
    budget : Budget                   of everything before the last stage
    """

    problem: Problem
    small: WhitenedSample
    sample: WhitenedSample
    budget: Budget
    options: RunOptions
    rng: np.random.Generator
    settings: SearchSettings

    @property
    def large(self) -> bool:
        """Whether the sample is only a part of the data."""
        return self.problem.source.n_samples > len(self.sample.rows)

    @property
    def stopped(self) -> bool:
        """Whether the fit was asked to stop."""
        return self.options.stop.outcome() is not None

    def restarts(self, n_components: int, n_starts: int) -> list[Restart]:
        """Every start; those that were finished have a run on all of the data."""
        starts = self.short_runs(n_components, n_starts)
        order = distinct(sorted(starts, key=Restart.rank, reverse=True))
        ahead = self.run_on_all(order[: 1 if agreed(starts) else self.settings.n_run_on])
        ahead += self.moves(max(ahead, key=Restart.rank), len(starts))
        if self.large:
            rivals = self.rivals(ahead, len(self.sample.rows))
            rivals = self.grow(rivals) if self.options.accelerated else rivals
            ahead = [self.finish(restart) for restart in self.unless_stopped(rivals)]
        n_before = len(starts) + self.settings.n_moves
        ahead += self.reseedings(max(ahead, key=Restart.rank), n_before)
        left = {restart.number: restart for restart in ahead}
        out = [left.pop(each.number, replace(each, result=None)) for each in starts]
        return out + list(left.values())

    def rivals(self, ahead: Sequence[Restart], n_rows: int) -> list[Restart]:
        """The best on a subsample of so many rows, and those that may overtake it on more.

        A rival is somewhere else, and behind by no more than chance may put it on so many rows.
        """
        order = sorted(ahead, key=Restart.rank, reverse=True)
        nearest = self.settings.same_optimum
        farthest = self.settings.rival_gap * float(np.sqrt(n_rows))
        behind = [order[0].rank() - restart.rank() for restart in order]
        close = [r for r, gap in zip(order, behind, strict=True) if nearest < gap < farthest]
        return [order[0], *close[: self.settings.n_finished_large - 1]]

    def unless_stopped(self, restarts: Sequence[Restart]) -> Iterator[Restart]:
        """The first in any case, the others until the fit is asked to stop."""
        for place, restart in enumerate(restarts):
            if place == 0 or not self.stopped:
                yield restart

    def short_runs(self, n_components: int, n_starts: int) -> list[Restart]:
        """At least one, even when the time is up; fewer than asked for when they cost too much.

        No more are made when the first few, from different kinds of starts, reach one optimum.
        """
        settings, short = self.settings, list[Restart]()
        rows, share = len(self.small.rows), self.budget.part(settings.short_share)
        n_starts = int(np.clip(share.passes(1.0, rows) / settings.least_passes, 2, n_starts))
        schedule = recipes(n_starts, self.problem.source.n_features)
        for number, recipe in enumerate(schedule):
            if short and (self.stopped or agreed(short)):
                break
            each = share.passes(1.0 / (n_starts - number), rows)
            tied = int(min(recipe.tied_passes, settings.tied_share * each))
            recipe = replace(recipe, tied_passes=tied)
            state = recipe.first_state(self.small, n_components, self.rng)
            left = each - tied - LLOYD_STEPS
            passes = int(np.clip(left, settings.fewest_passes, settings.short_passes))
            result = run(state, self.small.problem, self.brief(number, passes))
            short.append(Restart(number, recipe.name, result.last.log_likelihood, result))
        return short

    def brief(self, number: int, passes: int) -> RunOptions:
        """Of a few plain passes on a sample."""
        limit = min(passes, self.options.max_iter)
        stage = "start" if self.large else self.options.stage
        return replace(self.options, max_iter=limit, stage=stage, run=number, accelerated=False)

    def run_on_all(self, restarts: Sequence[Restart]) -> list[Restart]:
        """Those of them that the budget allows, the first in any case."""
        share, rows = self.budget.part(self.settings.run_on_share), len(self.sample.rows)
        affordable = share.passes(1.0, rows) / self.settings.short_passes
        number = int(np.clip(affordable, 1, len(restarts)))
        return [
            self.run_on(restart, share.passes(1.0 / (number - place), rows))
            for place, restart in enumerate(self.unless_stopped(restarts[:number]))
        ]

    def run_on(self, restart: Restart, passes: float) -> Restart:
        """To convergence on the sample: the end where the sample is all of the data."""
        if self.large:
            return self.on_subsample(restart, self.sample.problem, passes)
        before = restart.run
        if before.outcome is not Outcome.REACHED_LIMIT:  # it has already ended
            return restart
        options = replace(self.options, run=restart.number, n_before=before.passes - 1)
        result = run(before.state, self.sample.problem, options)
        return replace(restart, result=before.then(result))

    def on_subsample(self, restart: Restart, problem: Problem, passes: float) -> Restart:
        """On these rows to the precision that they allow, or until the passes are used up."""
        state, options = restart.run.state, replace(self.options, run=restart.number)
        options = stage_options(options, problem, state.mixture.n_components)
        fewest = min(self.settings.fewest_passes, options.max_iter)
        limit = int(np.clip(passes, fewest, options.max_iter))
        return replace(restart, result=run(state, problem, replace(options, max_iter=limit)))

    def grow(self, restarts: Sequence[Restart]) -> list[Restart]:
        """The rivals on more and more rows; after each stage those are left that may still win."""
        settings = self.settings
        schedule = subsample_schedule(self.problem, 3 * len(self.sample.rows) // 2)
        counter, n_samples = self.problem.engine.counter, self.problem.source.n_samples
        limit = budget(counter, settings.growing_passes, n_samples)
        for problem in schedule.stages(self.rng):
            rows = problem.source.n_samples
            passes = limit.passes(1.0 if rows == schedule.sizes[-1] else settings.stage_share, rows)
            each = passes / len(restarts)
            on = [self.on_subsample(r, problem, each) for r in self.unless_stopped(restarts)]
            restarts = self.rivals(on, rows)
        return list(restarts)

    def finish(self, restart: Restart) -> Restart:
        """To the end on all of the data."""
        options = replace(self.options, run=restart.number)
        return replace(restart, result=run(restart.run.state, self.problem, options))

    def moves(self, best: Restart, number: int) -> list[Restart]:
        """Splits and merges of the best start that made it better, one after another."""
        settings, added = self.settings, list[Restart]()
        tried, improved, rows = 0, True, len(self.sample.rows)
        while improved and not self.stopped:
            improved = False
            for moments in split_merge_moves(self.sample, best.run.last, self.rng):
                tried += 1
                poor = self.budget.passes(1.0, rows) < settings.least_move_passes
                if tried > settings.n_moves or poor or self.stopped:
                    return added
                restart = self.move(moments, best.rank(), number + len(added))
                if improved := restart.rank() > best.rank() + settings.move_gain:
                    best = self.run_on(restart, self.budget.passes(settings.onward_share, rows))
                    added.append(best)
                    break
        return added

    def move(self, moments: Moments, target: float, number: int) -> Restart:
        """A short run from these moments, given up early where it would not reach ``target``."""
        settings = self.settings
        left = self.budget.passes(settings.move_share, len(self.sample.rows))
        passes = int(np.clip(left, settings.fewest_passes, settings.move_passes))
        state, problem = maximise(moments, self.problem), self.sample.problem
        result = run_towards(state, problem, self.brief(number, passes), target)
        return Restart(number, "rearranged", result.last.log_likelihood, result)

    def reseedings(self, best: Restart, number: int) -> list[Restart]:
        """While the best is unhealthy: it again, bad components elsewhere; kept if better."""
        added: list[Restart] = []
        for _ in range(self.settings.n_reseedings):
            if best.run.last.healthy or self.stopped:
                break
            moments = reseeded(self.sample, best.run.last, self.rng)
            options = replace(self.options, run=number + len(added))
            result = run(maximise(moments, self.problem), self.problem, options)
            name = f"{best.name}, reseeded"
            restart = Restart(options.run, name, result.last.log_likelihood, result)
            better = restart.rank() > best.rank()
            added.append(restart if better else replace(restart, result=None))
            if better:
                break
        return added


def search(
    problem: Problem,
    n_components: int,
    n_starts: int,
    options: RunOptions,
    rng: np.random.Generator,
    settings: SearchSettings | None = None,
) -> list[Restart]:
    """Every start; those that were finished on all of the data have a run."""
    settings = settings or SearchSettings()
    counter = problem.engine.counter
    n_rows, n_samples = first_rows(n_components), problem.source.n_samples
    sample = small = whitened_sample(problem, n_rows, rng)
    limit = Budget(counter, np.inf)
    if n_samples > n_rows:
        least = max(settings.small_rows, 4 * n_components * (problem.source.n_features + 1))
        small = whitened_sample(problem, min(n_rows, max(n_rows // FACTOR, least)), rng)
        more = max(1.0, n_starts / settings.usual_starts)  # more starts have more to spend
        limit = budget(counter, settings.start_passes * more, n_samples)
    race = Search(problem, small, sample, limit, options, rng, settings)
    return race.restarts(n_components, n_starts)
