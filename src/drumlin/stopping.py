"""When to stop, and why: rules that look at the path of the log-likelihood.

A small step does not mean that the limit is near. The gain of EM shrinks by a nearly constant
factor a from pass to pass, so from a gain g about g·a / (1 − a) remains (Aitken; Böhning et al.
1994). `reason_to_stop` stops when that is below ``tol`` nats twice in a row.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from types import FrameType, TracebackType
from typing import Any, TypeVar

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)

Answer = TypeVar("Answer")

STEADY = 0.1
"""The shrinking factor is trusted when it changes by less than this fraction."""


class Outcome(Enum):
    """How a run ended."""

    CONVERGED = "converged"
    REACHED_LIMIT = "reached max_iter"
    OUT_OF_TIME = "out of time"
    INTERRUPTED = "interrupted"
    DECREASED = "decreased"


HALTED = {
    Outcome.INTERRUPTED: "Ctrl-C or SIGTERM: this is the best mixture so far",
    Outcome.OUT_OF_TIME: "max_seconds have passed: this is the best mixture so far",
}
"""The reasons in words when somebody else, and no rule, ended a fit."""


def rounding(
    log_likelihood: float, count: float, dtype: np.dtype, conditioning: float = 1.0
) -> float:
    """What a sum over the samples may lose to rounding, in nats: 64 ε (|ℓ| + κ Σ weights).

    κ (``Structure.conditioning``) is by how much whitening magnifies the rounding of a row. In
    float32 the rows are rounded one by one and the errors of n rows add up: half a unit in the
    last place for the constant of the component (the same error in every row), for the squared
    distance and for the logarithm, in each of the two passes that are compared.
    """
    unit = 64.0 * EPSILON if dtype == np.float64 else 6.0 * 2.0**-24
    return unit * (abs(log_likelihood) + conditioning * count)


def blurred(count: float, n_features: int, least: float) -> float:
    """What an M-step may lose where variances as small as ``least``, relative to others, count.

    The rounding of the large ones blurs them by δ = d ε / least, and Q is at its maximum: count δ².
    """
    return count * (n_features * EPSILON / least) ** 2


def remaining_gain(path: Sequence[float]) -> float:
    """Nats still to be gained after the last pass, by Aitken's rule; infinite when unknown.

    path : log-likelihoods of successive EM passes, at least four for an estimate
    """
    if len(path) < 4:
        return np.inf
    gain, last, before = path[-1] - path[-2], path[-2] - path[-3], path[-3] - path[-4]
    if gain <= 0.0 or last <= 0.0 or before <= 0.0:
        return np.inf
    previous, factor = last / before, gain / last
    if not 0.0 < factor < 1.0 or abs(factor - previous) > STEADY * previous:
        return np.inf
    return gain * factor / (1.0 - factor)


def remaining_after(gain: float, shrinkage: float) -> float:
    """Nats still to be gained after a plain EM step among jumps: g ρ² / (1 − ρ²).

    gain : g of the plain step;  shrinkage : ρ = ‖f₁‖ / ‖f₀‖, residuals before and after it. Jumps
    remove the directions in which EM is slow in turn, so callers give the largest of the last many.
    """
    if not shrinkage < 1.0:
        return np.inf
    return max(gain, 0.0) * shrinkage**2 / (1.0 - shrinkage**2)


def reason_to_stop(path: Sequence[float], tol: float, noise: float) -> str | None:
    """Why the run may stop after this path, or None. ``tol=0`` never stops.

    tol : nats of total log-likelihood still to be gained;  noise : what rounding hides
    """
    if tol <= 0.0:
        return None
    remaining = remaining_gain(path)
    if remaining < tol and remaining_gain(path[-5:-1]) < tol:
        return f"about {remaining:.1g} nats remain to be gained"
    gains = [after - before for before, after in pairwise(path[-3:])]
    return _reason_of_gains(gains, tol, noise)


def reason_among_jumps(
    gains: Sequence[float], remaining: Sequence[float], tol: float, noise: float
) -> str | None:
    """Why an accelerated run may stop after its last plain step, or None.

    gains, remaining : nats that plain steps gained and left; the estimate is no smaller than what
    the jump before gained, so that one will do
    """
    if tol <= 0.0:
        return None
    if remaining[-1] < tol:
        return f"about {remaining[-1]:.1g} nats remain to be gained"
    return _reason_of_gains(gains[-2:], tol, noise)


def _reason_of_gains(gains: Sequence[float], tol: float, noise: float) -> str | None:
    """Whether the last two gains are nothing: what stops a path that never shrinks steadily."""
    small = max(tol / 1000.0, noise)
    if len(gains) >= 2 and max(gains) <= small:
        return f"two passes in a row gained less than {small:.1g} nats"
    return None


@dataclass(eq=False)
class Halt:
    """Whether somebody asked to stop: Ctrl-C, or a time limit. A context manager.

    Inside, the first Ctrl-C is remembered and the second raises KeyboardInterrupt; handlers are
    installed only in the main thread.
    """

    max_seconds: float | None = None
    interrupted: bool = field(default=False, init=False)
    told: Outcome | None = field(default=None, init=False)
    _deadline: float = field(default=np.inf, init=False)
    _handler: Any = field(default=None, init=False)
    _waiting: bool = field(default=False, init=False)

    def __enter__(self) -> Halt:
        if self.max_seconds is not None:
            self._deadline = time.monotonic() + self.max_seconds
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            if handler is signal.default_int_handler:
                self._handler = handler
                signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        again, self.interrupted = self.interrupted, True
        if again or self._waiting:
            raise KeyboardInterrupt

    def awaited(self, answer: Callable[[], Answer]) -> Answer | None:
        """What others have been asked for; None when Ctrl-C comes first, or has come before."""
        if self.interrupted:
            return None
        self._waiting = True
        try:
            return answer()
        except KeyboardInterrupt:
            if not self.interrupted:
                raise
            return None
        finally:
            self._waiting = False

    def until(self) -> float | None:
        """When the time is up, in seconds of the clock on the wall, which other processes share."""
        left = self._deadline - time.monotonic()
        return None if left == np.inf else time.time() + left

    def outcome(self) -> Outcome | None:
        """INTERRUPTED, OUT_OF_TIME, or None to go on. Who is told to stop does so."""
        if self.interrupted:
            self.told = Outcome.INTERRUPTED
        elif self.told is None and time.monotonic() > self._deadline:
            self.told = Outcome.OUT_OF_TIME
        return self.told

    def final(self) -> Outcome | None:
        """What cut the fit short, or None: a Ctrl-C in its very last moment, too."""
        return Outcome.INTERRUPTED if self.interrupted else self.told
