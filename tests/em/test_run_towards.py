"""Short runs that are given up where they will not come to what they are for."""

from __future__ import annotations

import numpy as np
import pytest

import drumlin
from drumlin.em import (
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    as_given,
    run,
    run_towards,
)
from drumlin.em.run import LOOK
from tests.ingredients import problem_of

LIMIT = 40


@pytest.fixture
def problem() -> Problem:
    """Two clusters that overlap, on which EM is slow."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=200), rng.normal(size=200) + 2.0])
    return problem_of(x[:, None], "full")


@pytest.fixture
def start() -> drumlin.Mixture:
    """Far from where EM ends."""
    return drumlin.Mixture.from_arrays([0.5, 0.5], [0.9, 1.1], [3.0, 1.0])


def brief() -> RunOptions:
    """Forty plain passes, whatever they gain."""
    return RunOptions(RemainingGain(0.0), LIMIT, StopRequest(), accelerated=False)


def test_a_trial_that_gets_there_is_the_whole_run(problem: Problem, start: drumlin.Mixture) -> None:
    """Assert that looking changes nothing: the same passes, and the same path."""
    whole = run(as_given(start), problem, brief())
    result = run_towards(as_given(start), problem, brief(), whole.rank())
    assert result.passes == whole.passes == LIMIT
    assert result.path == whole.path
    assert result.rank() == whole.rank()


def test_a_trial_that_cannot_get_there_ends_early(problem: Problem, start: drumlin.Mixture) -> None:
    """Assert that a run is given up if its last gains, going on so, would end below the aim."""
    whole = run(as_given(start), problem, brief())
    result = run_towards(as_given(start), problem, brief(), whole.rank() + 100.0)
    assert result.passes == LOOK
    assert result.path == whole.path[:LOOK]


def test_a_converged_trial_does_not_go_on(problem: Problem, start: drumlin.Mixture) -> None:
    """Assert that a run that ended by itself is left alone, and so is a short one."""
    end = drumlin.fit(problem.source[0].x, 2, rng=0, tol=1e-9).mixture
    converging = RunOptions(RemainingGain(1e-3), LIMIT, StopRequest(), accelerated=False)
    assert run_towards(as_given(end), problem, converging, -np.inf).passes < LOOK
    short = RunOptions(RemainingGain(0.0), 5, StopRequest(), accelerated=False)
    assert run_towards(as_given(start), problem, short, -np.inf).passes == 5
