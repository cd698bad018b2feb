"""Stopping looks at how much is still to be gained, not at how small a step was."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.em import Outcome, StopRequest
from drumlin.em.stopping import (
    reason_among_jumps,
    reason_to_stop,
    remaining_after,
    remaining_gain,
    rounding,
)
from drumlin.errors import NotConvergedWarning
from tests.ingredients import draw, random_mixture


def geometric(gain: float, factor: float, passes: int, limit: float = -1000.0) -> list[float]:
    """A path that has ``gain`` to go at first, and each pass leaves ``factor`` of the rest."""
    return [limit - gain * factor**t for t in range(passes)]


@pytest.mark.parametrize("factor", [0.05, 0.5, 0.9, 0.99, 0.999])
def test_the_remaining_gain_of_a_geometric_path_is_exact(factor: float) -> None:
    """Assert Aitken's estimate to 1 % wherever gains are above rounding."""
    passes = 5 if factor < 0.1 else 12
    path = geometric(50.0, factor, passes)
    left = 50.0 * factor ** (passes - 1)
    assert remaining_gain(path) == pytest.approx(left, rel=0.01)


def test_nothing_is_known_of_a_path_that_is_short_or_unsteady() -> None:
    """Assert an infinite estimate before four passes, and while the factor still changes."""
    assert remaining_gain(geometric(50.0, 0.5, 3)) == np.inf
    assert np.isfinite(remaining_gain(geometric(50.0, 0.5, 4)))
    assert remaining_gain([0.0, 8.0, 12.0, 13.0]) == np.inf  # factor 1/2, then 1/4
    assert remaining_gain([0.0, 1.0, 3.0, 6.0]) == np.inf  # gains grow
    assert remaining_gain([0.0, 4.0, 4.0, 4.0]) == np.inf  # nothing was gained
    assert remaining_gain([0.0, 4.0, 3.0, 4.0]) == np.inf  # a fall


@pytest.mark.parametrize("factor", [0.3, 0.9, 0.995])
def test_a_geometric_path_stops_once_less_than_tol_remains_twice(factor: float) -> None:
    """Assert the very pass: the second whose true remaining gain is below tol."""
    tol = 1e-3
    path = geometric(50.0, factor, 3000)
    enough = [t for t in range(3000) if 50.0 * factor**t < tol]
    stopped = next(t for t in range(3000) if reason_to_stop(path[: t + 1], tol, 0.0) is not None)
    assert abs(stopped - enough[1]) <= 1  # rounding of ℓ = 1000 blurs the estimate by a pass
    assert "remain to be gained" in str(reason_to_stop(path[: stopped + 1], tol, 0.0))


def test_a_small_step_is_not_convergence() -> None:
    """Assert that gains of 1e-4 with a factor of 0.999 go on: 0.1 nats are still to be had."""
    path = geometric(0.1, 0.999, 50)
    assert path[-1] - path[-2] < 1e-3
    assert reason_to_stop(path, 1e-3, 0.0) is None


def test_two_tiny_gains_in_a_row_are_enough() -> None:
    """Assert that a path without a stable factor stops at max(tol / 1000, rounding)."""
    flat = [-10.0, -5.0, -5.0, -5.0]
    assert "two passes in a row" in str(reason_to_stop(flat, 1e-3, 0.0))
    assert reason_to_stop(flat[:3], 1e-3, 0.0) is None
    rough = [-10.0, -5.0, -5.0 + 1e-5, -5.0 + 3e-5]
    assert reason_to_stop(rough, 1e-3, 0.0) is None
    assert reason_to_stop(rough, 1e-3, 1e-4) is not None


def test_one_estimate_below_tol_is_not_enough() -> None:
    """Assert that a path whose factor has only just become steady goes on for one more pass."""
    path = np.cumsum([-10.0, 8.0, 2e-3, 2e-4, 2e-5, 2e-6]).tolist()
    assert remaining_gain(path[:-2]) == np.inf
    assert remaining_gain(path[:-1]) < 1e-3
    assert reason_to_stop(path[:-1], 1e-3, 0.0) is None
    assert reason_to_stop(path, 1e-3, 0.0) is not None


def test_what_remains_after_a_plain_step_among_jumps() -> None:
    """Assert g ρ² / (1 − ρ²) on a quadratic hill: ρ of the way is ρ² of the nats."""
    height, rho = 7.0, 0.9
    left = height * rho**2
    assert remaining_after(height - left, rho) == pytest.approx(left, rel=1e-12)
    assert remaining_after(1.0, 1.0) == np.inf
    assert remaining_after(1.0, np.nan) == np.inf
    assert remaining_after(-1e-12, 0.5) == 0.0


def test_an_accelerated_run_stops_after_a_small_estimate_or_two_small_gains() -> None:
    """Assert that one small gain is not enough, and that tol=0 never stops."""
    assert reason_among_jumps([1.0], [2e-3], 1e-3, 0.0) is None
    assert "remain to be gained" in str(reason_among_jumps([1.0], [9e-4], 1e-3, 0.0))
    assert reason_among_jumps([1.0, 1e-9], [np.inf, np.inf], 1e-3, 0.0) is None
    assert "two passes" in str(reason_among_jumps([1e-9, 0.0], [np.inf, np.inf], 1e-3, 0.0))
    assert reason_among_jumps([0.0, 0.0], [0.0, 0.0], 0.0, 1.0) is None


def test_tol_zero_never_stops() -> None:
    """Assert that even a path that stands still goes on, and that a fit runs to max_iter."""
    assert reason_to_stop([-5.0] * 100, 0.0, 1.0) is None
    x = np.random.default_rng(0).normal(size=(30, 1)) + 3.0 * (np.arange(30) % 2)[:, None]
    with pytest.warns(NotConvergedWarning, match="max_iter is 60 passes"):
        fit = drumlin.fit(x, 2, starts=np.arange(30) % 2, tol=0.0, max_iter=60)
    assert fit.outcome is Outcome.REACHED_LIMIT
    assert fit.runs[0].passes == 60


def test_rounding_grows_with_the_sum_the_type_and_the_conditioning() -> None:
    """Assert 64 ε (|ℓ| + κ n) in float64, and much more in float32."""
    double, single = np.dtype(np.float64), np.dtype(np.float32)
    assert rounding(-1000.0, 500.0, double) == pytest.approx(64 * 2**-52 * 1500)
    assert rounding(-1000.0, 500.0, double, 10.0) == pytest.approx(64 * 2**-52 * 6000)
    assert rounding(-1000.0, 500.0, single) > 1e5 * rounding(-1000.0, 500.0, double)


def overlapping(seed: int) -> tuple[Array, Array]:
    """Two or three components in the plane, about three standard deviations apart.

    With heavier overlap a path may pass a saddle, where it is slow and steady for a while; no rule
    that looks at the path alone can tell that from the limit.
    """
    rng = np.random.default_rng(seed)
    return draw(random_mixture(rng, 2 + seed % 2, 2, spread=3.0), 300, rng)


@pytest.mark.parametrize("seed", range(10))
def test_little_is_left_after_convergence(seed: int) -> None:
    """Assert that fewer than 10 tol nats remain to a run's own limit."""
    tol = 1e-3
    x, z = overlapping(seed)
    fit = drumlin.fit(x, 2 + seed % 2, starts=z, tol=tol, max_iter=5000)
    assert fit.outcome is Outcome.CONVERGED
    longer = drumlin.fit(x, 2 + seed % 2, starts=fit.mixture, tol=1e-8, max_iter=20_000)
    assert longer.outcome is Outcome.CONVERGED
    assert longer.log_likelihood - fit.log_likelihood < 10 * tol


def test_the_usual_rule_would_have_stopped_early() -> None:
    """Assert, as a control, that a mean gain below 1e-3 leaves a nat on these same mixtures."""
    left = []
    for seed in range(10):
        x, z = overlapping(seed)
        path = drumlin.fit(x, 2 + seed % 2, starts=z, tol=1e-4, max_iter=20_000).log_likelihoods
        early = next(t for t in range(1, len(path)) if path[t] - path[t - 1] < 1e-3 * len(x))
        left.append(path[-1] - path[early])
    assert max(left) > 1.0


def test_time_runs_out() -> None:
    """Assert OUT_OF_TIME after the deadline, and that no deadline never ends."""
    with StopRequest(max_seconds=1e-9) as halt:
        assert halt.outcome() is Outcome.OUT_OF_TIME
    with StopRequest() as halt:
        assert halt.outcome() is None
    with StopRequest(max_seconds=3600.0) as halt:
        assert halt.outcome() is None


def test_the_first_ctrl_c_is_remembered_and_the_second_raises() -> None:
    """Assert INTERRUPTED after one SIGINT, KeyboardInterrupt after two, the old handler after."""
    before = signal.default_int_handler
    signal.signal(signal.SIGINT, before)  # a shell's background job is started deaf to Ctrl-C
    with StopRequest() as halt:
        os.kill(os.getpid(), signal.SIGINT)
        assert halt.outcome() is Outcome.INTERRUPTED
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_the_caller_is_left_alone() -> None:
    """Assert that only Python's own handler is replaced."""
    calls: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: calls.append(number))
    try:
        with StopRequest() as halt:
            os.kill(os.getpid(), signal.SIGINT)
            assert halt.outcome() is None
        assert calls == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_install_no_handler() -> None:
    """Assert that Halt works in a thread, where signals cannot be set."""
    seen: list[object] = []

    def work() -> None:
        with StopRequest() as halt:
            seen.append(halt.outcome())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
