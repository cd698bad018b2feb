"""Who is finished on all of the data, when the starts saw only a part of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import drumlin
from drumlin.em import (
    Ending,
    Iteration,
    Outcome,
    RemainingGain,
    RunOptions,
    RunResult,
    StopRequest,
    as_given,
)
from drumlin.fitting.budget import Budget
from drumlin.fitting.restart import Restart, agreed
from drumlin.fitting.result import RunSummary
from drumlin.fitting.search import Search
from drumlin.fitting.settings import SearchSettings
from drumlin.starts import whitened_sample
from tests.ingredients import problem_of

CONVERGED = Ending(Outcome.CONVERGED, "")


def restart(number: int, log_likelihood: float, degeneracy_allowance: float = 0.0) -> Restart:
    """A run on the subsample that ended at this log-likelihood."""
    mixture = drumlin.Mixture.from_arrays([1.0], [0.0], [1.0])
    healthy = degeneracy_allowance == 0.0
    state = as_given(mixture)
    last = Iteration(3, state, log_likelihood, np.ones(1), healthy, degeneracy_allowance)
    return Restart(number, "made up", log_likelihood, RunResult(last, (), CONVERGED, 0))


@pytest.fixture
def race() -> Search:
    """A search on a subsample of 100 of 1000 rows: chance may decide over five nats."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 1))
    problem = problem_of(x, "full")
    sample = whitened_sample(problem, 100, rng)
    options = RunOptions(RemainingGain(1e-3), 100, StopRequest())
    budget = Budget(problem.engine.counter, np.inf)
    return Search(problem, sample, sample, budget, options, rng, SearchSettings())


def numbers(entries: list[Restart]) -> list[int]:
    """Which restarts these are."""
    return [entry.number for entry in entries]


def test_the_same_place_is_finished_once(race: Search) -> None:
    """Assert that a run that came to the place of the best is no rival, a near one elsewhere is."""
    entries = [restart(0, -100.0), restart(1, -99.9), restart(2, -103.0)]
    assert numbers(race.rivals(entries, 100)) == [1, 2]


def test_the_hopeless_are_not_finished(race: Search) -> None:
    """Assert that a run farther behind than chance may put it is left where it is."""
    assert numbers(race.rivals([restart(0, -106.0), restart(1, -100.0)], 100)) == [1]


def test_a_degeneracy_allowance_counts_between_rivals(race: Search) -> None:
    """Assert that an unhealthy run leads only by more than its allowance."""
    entries = [restart(0, -60.0, degeneracy_allowance=44.0), restart(1, -100.0)]
    assert numbers(race.rivals(entries, 100)) == [1, 0]


def test_a_large_fit_finishes_one_run_where_all_agree() -> None:
    """Assert that on clear clusters a single run sees all of the data, and ends at the optimum."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 2000)
    x = rng.normal(size=(6000, 2)) + 12.0 * np.eye(3, 2)[labels]
    fitted = drumlin.fit(x, 3, rng=0)
    assert sum(run.log_likelihood is not None for run in fitted.runs) == 1
    best = drumlin.fit(x, 3, starts=labels)
    assert fitted.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-2)


def test_starts_that_agree_make_more_of_them_idle() -> None:
    """Assert that 2 k of the starts must have come to the best place, however many others."""
    one_component = [restart(number, value) for number, value in enumerate((-90.0, -70.0, -70.0))]
    assert agreed(one_component)
    two = drumlin.Mixture.from_arrays([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    places = (-90.0, -70.0, -80.0, -70.01, -90.0, -69.99, -70.02)
    entries = []
    for number, value in enumerate(places):
        last = Iteration(3, as_given(two), value, np.ones(2), True)
        entries.append(Restart(number, "made up", value, RunResult(last, (), CONVERGED, 0)))
        assert agreed(entries) == (number == 6)


def test_a_search_ends_early_where_all_starts_agree() -> None:
    """Assert that two far clusters take fewer than ten starts, of which one is finished."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 50.0])
    runs = drumlin.fit(x, 2, rng=0).runs
    assert 4 <= len(runs) < 10
    assert sum(run.log_likelihood is not None for run in runs) == 1


def test_starts_that_come_to_one_place_agree_in_the_report() -> None:
    """Assert that unfinished runs agree where their short runs did, and not elsewhere."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 50.0])
    assert "started, 1 finished, 4 agree" in str(drumlin.fit(x, 2, rng=0))
    chosen = RunSummary("a", -70.0, -60.0, 9, True, Outcome.CONVERGED, "")
    assert replace(chosen, short_log_likelihood=-90.0).agrees(chosen)
    assert not replace(chosen, log_likelihood=-61.0).agrees(chosen)
    assert replace(chosen, short_log_likelihood=-70.01, log_likelihood=None).agrees(chosen)
    assert not replace(chosen, short_log_likelihood=-71.0, log_likelihood=None).agrees(chosen)
