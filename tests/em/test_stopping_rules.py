"""Another rule for when a run has converged, and observers that stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.em import (
    Outcome,
    RemainingGain,
    RunOptions,
    RunResult,
    StoppingRule,
    StopRequest,
    as_given,
    run,
)
from drumlin.em.stopping import Path
from tests.ingredients import problem_of, start_of

FLOORLESS = 1e-300
"""scikit-learn adds this to every variance."""


@dataclass(frozen=True)
class MeanChange:
    """scikit-learn's rule: the mean log-likelihood changes by less than ``least``."""

    least: float
    tol: float = 0.0

    def coarser(self, tol: float) -> MeanChange:
        """The same: it knows of no nats that are left."""
        del tol
        return self

    def reason(self, path: Path) -> str | None:
        """The change of the last pass, per row."""
        if len(path.objectives) < 2:
            return None
        change = (path.objectives[-1] - path.objectives[-2]) / path.total_weight
        return f"the mean changed by {change:.2g}" if abs(change) < self.least else None


def run_by(rule: StoppingRule, x: Array, start: Mixture, **options: Any) -> RunResult:
    """Plain EM on all rows, stopped by a rule."""
    problem = problem_of(x, "full", backend=resolve())
    asked = RunOptions(rule, 1000, StopRequest(), accelerated=False, **options)
    return run(as_given(start), problem, asked)


@pytest.fixture
def start(faithful: Array) -> Mixture:
    """Three groups of Old Faithful by waiting time, which EM leaves only slowly."""
    labels = np.digitize(faithful[:, 1], [60.0, 75.0])
    return start_of(problem_of(faithful, "full"), labels, 3).mixture


@pytest.mark.parametrize("least", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_the_rule_of_scikit_learn_stops_where_scikit_learn_does(
    faithful: Array, start: Mixture, least: float
) -> None:
    """Assert the same number of passes, and the same mean log-likelihood there."""
    result = run_by(MeanChange(least), faithful, start)
    theirs = GaussianMixture(
        3,
        tol=least,
        max_iter=1000,
        reg_covar=FLOORLESS,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariance.matrices()),
    ).fit(faithful)
    assert theirs.converged_
    assert result.outcome is Outcome.CONVERGED
    assert result.passes == theirs.n_iter_
    assert result.path[-1] / len(faithful) == pytest.approx(theirs.lower_bound_, rel=1e-10)
    assert "the mean changed by" in result.ending.reason


def test_rules_stop_at_different_passes(faithful: Array, start: Mixture) -> None:
    """Assert, as a control, that ours goes on where the usual one has stopped, and gains nats."""
    theirs, ours = (
        run_by(rule, faithful, start) for rule in (MeanChange(1e-3), RemainingGain(1e-3))
    )
    assert ours.passes > 1.5 * theirs.passes
    assert ours.path[: theirs.passes] == theirs.path
    assert ours.path[-1] > theirs.path[-1] + 0.1


def stop_after(number: int, answer: object = True) -> Callable[[object], object]:
    """An observer that gives this answer when it is called so many times, and later on."""
    calls: list[object] = []

    def observer(event: object) -> object:
        calls.append(event)
        return answer if len(calls) >= number else None

    return observer


@pytest.mark.parametrize("answer", [True, np.True_])
def test_an_observer_stops_a_run(faithful: Array, start: Mixture, answer: object) -> None:
    """Assert STOPPED at the very pass, with the path so far and the reason in words."""
    whole = run_by(RemainingGain(1e-3), faithful, start)
    result = run_by(RemainingGain(1e-3), faithful, start, observers=(stop_after(5, answer),))
    assert result.outcome is Outcome.STOPPED
    assert "an observer returned True" in result.ending.reason
    assert result.path == whole.path[:5]


@pytest.mark.parametrize("answer", [1, "stop", [True], np.int64(1), 1.0, False, np.False_, None])
def test_only_true_stops(faithful: Array, start: Mixture, answer: object) -> None:
    """Assert that a run goes on whatever else an observer returns, true in an if or not."""
    whole = run_by(RemainingGain(1e-3), faithful, start)
    result = run_by(RemainingGain(1e-3), faithful, start, observers=(stop_after(1, answer),))
    assert result.outcome is Outcome.CONVERGED
    assert result.path == whole.path


@pytest.mark.parametrize("starts", [10, "labels"])
@pytest.mark.parametrize("number", [1, 4, 40])
def test_an_observer_stops_a_fit(faithful: Array, starts: Any, number: int) -> None:
    """Assert STOPPED soon, without a warning, and the best so far: a mixture with its own ℓ."""
    given = np.digitize(faithful[:, 1], [60.0, 75.0]) if starts == "labels" else starts
    seen: list[object] = []
    observers = [seen.append, stop_after(number)]
    fit = drumlin.fit(faithful, 3, starts=given, rng=0, tol=1e-9, observers=observers)
    assert fit.outcome is Outcome.STOPPED
    assert "an observer returned True" in fit.reason
    assert len(seen) <= number + 2  # the pass under way, and one of the best
    assert fit.log_likelihood == max(fit.log_likelihoods)
    assert fit.log_likelihood == pytest.approx(fit.mixture.log_density(faithful).sum(), rel=1e-12)


def test_an_observer_stops_a_selection(faithful: Array) -> None:
    """Assert a table of what was done, and the best fit of it."""
    seen: list[object] = []
    observers = [seen.append, stop_after(3)]
    selection = drumlin.select(faithful, range(1, 4), "VVV,EEE", rng=0, observers=observers)
    assert selection.halted is Outcome.STOPPED
    found = [cell for cell in selection.cells if cell.fit is not None]
    assert 0 < len(found) < 6
    assert selection.best_cell.value == min(cell.value for cell in found)
    best = selection.best
    assert best.log_likelihood == pytest.approx(best.mixture.log_density(faithful).sum(), rel=1e-12)
    assert drumlin.select(faithful, range(1, 4), "VVV,EEE", rng=0).halted is None


@pytest.mark.parametrize("answer", [True, np.True_])
def test_an_observer_stops_a_bootstrap_test(faithful: Array, answer: object) -> None:
    """Assert the test of the samples done so far."""
    options: dict[str, Any] = {"n_bootstrap": 39, "rng": 0, "starts": 2}
    tested = drumlin.bootstrap_test(
        faithful, [1, 2], "EEE", observers=[stop_after(5, answer)], **options
    )
    assert tested.halted is Outcome.STOPPED
    assert len(tested.tests) == 1
    assert len(tested.tests[0].replicates) == 5


@pytest.mark.parametrize("answer", [True, np.True_])
def test_an_observer_stops_refits(faithful: Array, answer: object) -> None:
    """Assert standard errors of the refits done so far, in their order."""
    fit = drumlin.fit(faithful, 2, rng=0)
    options: dict[str, Any] = {"method": "bootstrap", "replicates": 400, "rng": 0, "n_threads": 1}
    got = fit.standard_errors(faithful, observers=[stop_after(5, answer)], **options)
    told = got.replicates
    assert told is not None
    assert told.halted is Outcome.STOPPED
    assert 5 <= len(told.means) < 100
    few = fit.standard_errors(faithful, **{**options, "replicates": len(told.means)}).replicates
    assert few is not None
    np.testing.assert_array_equal(told.means, few.means)
