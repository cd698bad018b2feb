"""Ctrl-C, limits of time and passes, and observers that raise."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import numpy as np
import pytest

import drumlin
from drumlin.em import Iteration, Outcome
from drumlin.errors import InterruptedWarning, NotConvergedWarning

TOLERANCE = 1e-9
"""Relative: ℓ of the fit against Σ log p of its mixture, two orders of addition."""


@pytest.fixture(scope="module")
def overlap() -> np.ndarray:
    """(300, 2): three clusters that overlap, so that EM takes many passes."""
    rng = np.random.default_rng(21)
    return rng.normal(size=(300, 2)) + rng.integers(0, 3, size=300)[:, None] * [3.0, 1.0]


@pytest.fixture(scope="module")
def n_passes(overlap: np.ndarray) -> int:
    """All passes of the fit that the tests interrupt."""
    passes: list[Iteration] = []
    drumlin.fit(overlap, 3, rng=1, observers=[passes.append])
    return len(passes)


def interrupt_at(*passes: int) -> Callable[[Iteration], None]:
    """An observer that presses Ctrl-C at these passes, counted over the whole fit."""
    seen = iter(range(1_000_000))

    def observer(_: Iteration) -> None:
        if next(seen) in passes:
            signal.raise_signal(signal.SIGINT)

    return observer


def assert_consistent(fitted: drumlin.Fit, x: np.ndarray) -> None:
    """The mixture is usable, and the log-likelihood is its own."""
    total = float(fitted.mixture.log_density(x).sum())
    assert fitted.log_likelihood == pytest.approx(total, rel=TOLERANCE)
    np.testing.assert_allclose(fitted.mixture.responsibilities(x).sum(axis=1), 1.0, atol=1e-12)
    assert fitted.log_likelihood >= max(fitted.log_likelihoods) - abs(total) * TOLERANCE


PARTS = 12


@pytest.mark.parametrize("part", range(PARTS + 1))
def test_the_first_ctrl_c_returns_the_best_so_far(
    overlap: np.ndarray, n_passes: int, part: int
) -> None:
    """Assert that a Ctrl-C from the first pass to the last is INTERRUPTED with a warning, soon."""
    press = part * (n_passes - 1) // PARTS
    after: list[Iteration] = []
    with pytest.warns(InterruptedWarning, match="interrupted"):
        fitted = drumlin.fit(overlap, 3, rng=1, observers=[after.append, interrupt_at(press)])
    assert fitted.outcome is Outcome.INTERRUPTED
    assert "Ctrl-C" in fitted.reason
    assert len(after) <= press + 3  # the pass under way, and one more of the best
    assert_consistent(fitted, overlap)


def test_an_interrupted_fit_of_many_rows() -> None:
    """Assert the same where starts see a subsample: ℓ is that of all of the data."""
    rng = np.random.default_rng(22)
    x = rng.normal(size=(5000, 1)) + 3.0 * (rng.random(5000) < 0.4)[:, None]
    for press in (0, 20, 100):
        with pytest.warns(InterruptedWarning):
            fitted = drumlin.fit(x, 3, rng=1, tol=1e-9, observers=[interrupt_at(press)])
        assert fitted.outcome is Outcome.INTERRUPTED
        assert_consistent(fitted, x)


def test_an_interrupted_single_start(overlap: np.ndarray) -> None:
    """Assert that a fit from one given start stops at the pass of the Ctrl-C."""
    labels = np.arange(len(overlap)) % 3
    with pytest.warns(InterruptedWarning):
        fitted = drumlin.fit(overlap, 3, starts=labels, observers=[interrupt_at(4)])
    assert fitted.outcome is Outcome.INTERRUPTED
    assert len(fitted.log_likelihoods) == 5
    assert_consistent(fitted, overlap)


def test_the_second_ctrl_c_raises(overlap: np.ndarray) -> None:
    """Assert that two Ctrl-C in one pass raise KeyboardInterrupt."""

    def twice(iteration: Iteration) -> None:
        if iteration.index == 2:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        drumlin.fit(overlap, 3, rng=1, observers=[twice])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_is_restored(overlap: np.ndarray) -> None:
    """Assert that after a fit, interrupted or not or failed, Ctrl-C raises as before."""
    drumlin.fit(overlap, 2, rng=1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.warns(InterruptedWarning):
        drumlin.fit(overlap, 2, rng=1, observers=[interrupt_at(3)])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def fail(_: Iteration) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        drumlin.fit(overlap, 2, rng=1, observers=[fail])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_does_not_leak_into_the_next_fit(overlap: np.ndarray) -> None:
    """Assert that the fit after an interrupted one runs to its end."""
    with pytest.warns(InterruptedWarning):
        drumlin.fit(overlap, 2, rng=1, observers=[interrupt_at(3)])
    assert drumlin.fit(overlap, 2, rng=1).outcome is Outcome.CONVERGED


def test_the_handler_of_an_application_is_respected(overlap: np.ndarray) -> None:
    """Assert that where an application handles SIGINT itself, its handler is called, not ours."""
    called = []

    def mine(number: int, frame: FrameType | None) -> None:
        del frame
        called.append(number)

    signal.signal(signal.SIGINT, mine)
    fitted = drumlin.fit(overlap, 2, rng=1, observers=[interrupt_at(3)])
    assert called == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is mine
    assert fitted.outcome is Outcome.CONVERGED


def test_ignoring_sigint_is_respected(overlap: np.ndarray) -> None:
    """Assert that a process that ignores SIGINT (nohup) goes on ignoring it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    fitted = drumlin.fit(overlap, 2, rng=1, observers=[interrupt_at(3)])
    assert fitted.outcome is Outcome.CONVERGED


def test_other_threads_install_no_handler(overlap: np.ndarray) -> None:
    """Assert that a fit in a thread works, and leaves the handler alone while it runs."""
    handlers = []
    found = []

    def look(_: Iteration) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))

    def work() -> None:
        found.append(drumlin.fit(overlap, 2, rng=1, observers=[look]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert set(handlers) == {signal.default_int_handler}
    assert found[0].log_likelihoods == drumlin.fit(overlap, 2, rng=1).log_likelihoods


def test_a_limit_of_time(overlap: np.ndarray) -> None:
    """Assert that max_seconds ends the fit with OUT_OF_TIME and a usable mixture."""
    started = time.monotonic()
    with pytest.warns(NotConvergedWarning, match="out of time"):
        fitted = drumlin.fit(overlap, 3, rng=1, tol=0.0, max_iter=10**9, max_seconds=0.2)
    assert fitted.outcome is Outcome.OUT_OF_TIME
    assert "max_seconds" in fitted.reason
    assert time.monotonic() - started < 5.0  # generous: a busy machine
    assert_consistent(fitted, overlap)


def test_hardly_any_time(overlap: np.ndarray) -> None:
    """Assert that even a nanosecond gives a usable mixture."""
    with pytest.warns(NotConvergedWarning):
        fitted = drumlin.fit(overlap, 3, rng=1, max_seconds=1e-9)
    assert fitted.outcome is Outcome.OUT_OF_TIME
    assert_consistent(fitted, overlap)


def test_time_enough(overlap: np.ndarray) -> None:
    """Assert that a limit that is not reached changes no bit of the answer."""
    limited = drumlin.fit(overlap, 2, rng=1, max_seconds=600.0)
    assert limited.log_likelihoods == drumlin.fit(overlap, 2, rng=1).log_likelihoods


@pytest.mark.parametrize("max_iter", [1, 2, 7, 15, 16, 20])
def test_a_limit_of_passes(overlap: np.ndarray, max_iter: int) -> None:
    """Assert that max_iter passes end in REACHED_LIMIT with a warning, and not one pass more."""
    with pytest.warns(NotConvergedWarning, match="reached max_iter.*raise max_iter, or go on with"):
        fitted = drumlin.fit(overlap, 3, rng=1, max_iter=max_iter, tol=1e-12)
    assert fitted.outcome is Outcome.REACHED_LIMIT
    assert f"max_iter is {max_iter}" in fitted.reason
    assert len(fitted.log_likelihoods) <= max_iter
    assert_consistent(fitted, overlap)


def test_no_tolerance_runs_to_the_limit(overlap: np.ndarray) -> None:
    """Assert that tol=0 makes exactly max_iter passes from a given start."""
    labels = np.arange(len(overlap)) % 2
    with pytest.warns(NotConvergedWarning):
        fitted = drumlin.fit(overlap, 2, starts=labels, tol=0.0, max_iter=33)
    assert fitted.runs[0].passes == 33


def test_an_observer_that_raises_is_heard(overlap: np.ndarray) -> None:
    """Assert that the exception of an observer reaches the caller as it is."""

    def fail(iteration: Iteration) -> None:
        if iteration.index == 3:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        drumlin.fit(overlap, 2, rng=1, observers=[fail])


def test_a_ctrl_c_is_not_swallowed_by_a_closed_form(overlap: np.ndarray) -> None:
    """Assert that a Ctrl-C in the one pass of k = 1 or of known labels is reported."""
    for options in ({"n_components": 1}, {"n_components": 2, "labels": np.arange(300) % 2}):
        with pytest.warns(InterruptedWarning):
            fitted = drumlin.fit(overlap, observers=[interrupt_at(0)], **options)
        assert fitted.outcome is Outcome.INTERRUPTED
        assert_consistent(fitted, overlap) if "labels" not in options else None
