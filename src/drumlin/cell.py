"""One cell of a table at work: its starts compete, and the best goes on to all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from drumlin.candidate import Candidate
from drumlin.em import Problem, expect, maximise
from drumlin.growth import last_step
from drumlin.moments import Form, Moments
from drumlin.running import Watch, run
from drumlin.starts import Frame
from drumlin.stopping import Outcome

SHORT_PASSES = 10
"""Plain passes of a start before it is compared with the best so far."""

FAILURES = (ArithmeticError, ValueError, RuntimeError)
"""What a cell may fail with without harm to the others."""


@dataclass(eq=False)
class Entry:
    """One cell: its problem on all rows and on those of the frame, its starts, and the best.

    failure : what went wrong last, in words
    """

    n_components: int
    whole: Problem
    frame: Frame
    watch: Watch
    candidates: list[Candidate] = field(default_factory=list)
    best: Candidate | None = None
    failure: str = ""

    @property
    def problem(self) -> Problem:
        """On the frame."""
        return self.frame.problem

    @property
    def halted(self) -> bool:
        """Whether somebody asked to stop."""
        return self.watch.halt.outcome() is not None

    def tries(self, name: str, moments: Callable[[], Moments]) -> None:
        """A start from these moments: a short run, and to the end where it is the best so far."""
        try:
            self._race(name, moments())
        except FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"

    def _race(self, name: str, moments: Moments) -> None:
        number = len(self.candidates)
        step = maximise(moments, self.problem)
        watch = replace(self.watch, run=number, closed_form=self.n_components == 1)
        limit = min(SHORT_PASSES, self.watch.max_iter)
        trace = run(step, self.problem, replace(watch, max_iter=limit, accelerated=False))
        entry = Candidate(number, name, trace.last.log_likelihood, trace)
        if trace.outcome is Outcome.REACHED_LIMIT and self._leads(entry):
            made = trace.passes - 1  # the first pass of what follows is its last, done again
            on = run(last_step(trace), self.problem, replace(watch, passed=made))
            path = trace.path[:-1] + on.path
            entry = replace(entry, trace=replace(on, path=path, passes=made + on.passes))
        self._enter(entry)

    def _leads(self, entry: Candidate) -> bool:
        return self.best is None or rank(entry) > rank(self.best)

    def _enter(self, entry: Candidate) -> None:
        leads = self._leads(entry)
        self.candidates.append(entry if leads else replace(entry, trace=None))
        self.best = entry if leads else self.best

    def moments(self) -> Moments:
        """Full moments of the best so far."""
        assert self.best is not None  # asked only of who has one
        return expect(self.best.traced.last.mixture, self.problem, Form.FULL)

    def finish(self) -> None:
        """The best to the end on all rows, where the frame is only some of them."""
        if self.best is None or len(self.frame.rows) == self.whole.source.n_samples:
            return
        try:
            watch = replace(self.watch, run=self.best.number)
            trace = run(last_step(self.best.traced), self.whole, watch)
        except FAILURES as error:
            self.failure, self.best = f"{type(error).__name__}: {error}", None
            return
        self.best = replace(self.best, trace=trace)
        self.candidates = [replace(entry, trace=None) for entry in self.candidates]
        self.candidates[self.best.number] = self.best


def rank(entry: Candidate) -> tuple[bool, float]:
    """Healthy before unhealthy, then by the objective."""
    last = entry.traced.last
    return last.healthy, last.objective
