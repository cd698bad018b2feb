"""A short run that must come to some height to be worth its passes: most do not, and end early."""

from __future__ import annotations

from dataclasses import replace

from drumlin.em import Problem, Step
from drumlin.growth import last_step
from drumlin.running import Trace, Watch, run
from drumlin.stopping import Outcome

LOOK, LAST = 10, 3
"""After so many passes a trial is looked at; what the last few gained is its rate."""


def tried(start: Step, problem: Problem, watch: Watch, aim: float) -> Trace:
    """The run from ``start``, given up where its rate until max_iter would not bring it to ``aim``.

    aim : nats of `Trace.rank`. EM slows down, but from a split it may creep before it runs: so the
    rate is taken as it is, which is seldom too little.
    """
    first = run(start, problem, replace(watch, max_iter=min(LOOK, watch.max_iter)))
    ahead = watch.max_iter - first.passes
    if first.outcome is not Outcome.REACHED_LIMIT or ahead <= 0:
        return first
    rate = (first.path[-1] - first.path[-1 - LAST]) / LAST
    if first.rank() + ahead * rate < aim:
        return first
    return first.then(run(last_step(first), problem, replace(watch, max_iter=ahead + 1)))
