"""How a run ended, and requests to stop: Ctrl-C, a time limit, an observer."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from types import FrameType, TracebackType
from typing import Any, TypeVar

import numpy as np

Answer = TypeVar("Answer")
Event = TypeVar("Event")


class Outcome(Enum):
    """How a run ended."""

    CONVERGED = "converged"
    REACHED_LIMIT = "reached max_iter"
    OUT_OF_TIME = "out of time"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    DECREASED = "decreased"


STOP_REASONS = {
    Outcome.INTERRUPTED: "Ctrl-C or SIGTERM: this is the best mixture so far",
    Outcome.OUT_OF_TIME: "max_seconds have passed: this is the best mixture so far",
    Outcome.STOPPED: "an observer returned True: this is the best mixture so far",
}
"""The reasons in words of a fit that was asked to stop."""


@dataclass(frozen=True)
class Ending:
    """How a run ended, and why in words."""

    outcome: Outcome
    reason: str


@dataclass(eq=False)
class StopRequest:
    """Whether a fit was asked to stop: Ctrl-C, a time limit, an observer. A context manager.

    Inside, the first Ctrl-C is remembered and the second raises KeyboardInterrupt; handlers are
    installed only in the main thread.
    """

    max_seconds: float | None = None
    interrupted: bool = field(default=False, init=False)
    heeded: Outcome | None = field(default=None, init=False)
    _deadline: float = field(default=np.inf, init=False)
    _handler: Any = field(default=None, init=False)
    _waiting: bool = field(default=False, init=False)

    def __enter__(self) -> StopRequest:
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

    def notify(self, observers: Iterable[Callable[[Event], object]], event: Event) -> None:
        """Calls every observer with the event; one that returns True asks to stop."""
        for observer in observers:
            answer = observer(event)
            if isinstance(answer, bool | np.bool_) and answer and self.heeded is None:
                self.heeded = Outcome.STOPPED

    def awaited(self, answer: Callable[[], Answer]) -> Answer | None:
        """What another process answers; None when Ctrl-C comes first, or has come before."""
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
        """When the time is up, in seconds of the clock on the wall, which processes share."""
        left = self._deadline - time.monotonic()
        return None if left == np.inf else time.time() + left

    def outcome(self) -> Outcome | None:
        """INTERRUPTED, OUT_OF_TIME, STOPPED, or None to go on; asking commits to it."""
        if self.interrupted:
            self.heeded = Outcome.INTERRUPTED
        elif self.heeded is None and time.monotonic() > self._deadline:
            self.heeded = Outcome.OUT_OF_TIME
        return self.heeded

    def final(self) -> Outcome | None:
        """What cut the fit short, or None: a Ctrl-C in its very last moment, too."""
        return Outcome.INTERRUPTED if self.interrupted else self.heeded
