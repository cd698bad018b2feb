"""One cell of a table at work: its starts compete, and the best goes on to all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from drumlin.candidate import Candidate
from drumlin.em import Problem, Step, expect, maximise
from drumlin.growth import last_step
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from drumlin.running import Watch, run
from drumlin.starts import Frame
from drumlin.stopping import Outcome

SHORT_PASSES = 8
"""Plain passes of a start before it is compared with the best so far."""

ROUGH = 0.05
"""Nats that are left to be gained until the best start is known."""

NEAR = 0.1
"""Means within so many standard deviations of those of the best start lead to the same place."""

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
    met: set[Candidate] = field(default_factory=set)

    @property
    def problem(self) -> Problem:
        """On the frame."""
        return self.frame.problem

    @property
    def halted(self) -> bool:
        """Whether somebody asked to stop."""
        return self.watch.halt.outcome() is not None

    def tries(self, name: str, moments: Callable[[], Moments]) -> None:
        """A start from these moments: a short run, and further where it is the best so far."""
        try:
            step = maximise(moments(), self.problem)
            if not self.is_there(step.mixture):
                self._race(name, step)
        except FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"

    def tries_best_of(self, name: str, several: Sequence[Moments], number: int) -> None:
        """Those of these starts that are elsewhere and look best after one pass."""
        try:
            steps = [maximise(moments, self.problem) for moments in several]
            steps = [step for step in steps if not self.is_there(step.mixture)]
            value = [expect(step.mixture, self.problem).log_likelihood for step in steps]
            order = np.argsort([-v for v in value], kind="stable")
            done=[]
            for i in order:
                if any(abs(value[i]-value[j])<0.01 for j in done): continue
                if len(done)>=number: break
                done.append(i)
                self._race(name, steps[i])
        except FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"

    def meets(self, found: Candidate) -> bool:
        """Whether this, found by another cell, has not been seen here before."""
        if found in self.met:
            return False
        self.met.add(found)
        return True

    def is_there(self, mixture: Mixture) -> bool:
        """Whether the best so far has come from about this place."""
        if self.best is None:
            return False
        here = self.best.traced.last.mixture
        far = np.abs(mixture.means - here.means) > NEAR * here.covariance.standard_deviations
        return not far.any()

    def _race(self, name: str, step: Step) -> None:
        number = len(self.candidates)
        watch = replace(self.watch, run=number, closed_form=self.n_components == 1)
        limit = min(SHORT_PASSES, self.watch.max_iter)
        trace = run(step, self.problem, replace(watch, max_iter=limit, accelerated=False))
        entry = Candidate(number, name, trace.last.log_likelihood, trace)
        if trace.outcome is Outcome.REACHED_LIMIT and self._leads(entry):
            made = trace.passes - 1  # the first pass of what follows is its last, done again
            rough = replace(watch, passed=made, tol=max(ROUGH, watch.tol))
            on = run(last_step(trace), self.problem, rough)
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
        """The best to the end on all rows."""
        if self.best is None or self.best.traced.outcome is not Outcome.CONVERGED:
            return
        if self.n_components == 1 and len(self.frame.rows) == self.whole.source.n_samples:
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
