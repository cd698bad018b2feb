"""One run: iterations of EM from a start until a rule says stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.em import Iteration, Problem, Step, iterates
from drumlin.stopping import HALTED, Halt, Outcome, reason_to_stop, rounding

Observer = Callable[[Iteration], object]


@dataclass(frozen=True)
class Watch:
    """What ends a run, and who looks on.

    tol : nats still to be gained;  max_iter : E-steps;  halt : Ctrl-C and time
    passed : E-steps that were already made, and count
    closed_form : the start is the answer, one pass measures it
    """

    tol: float
    max_iter: int
    halt: Halt
    observers: Sequence[Observer] = ()
    stage: str = "full"
    run: int = 0
    passed: int = 0
    closed_form: bool = False


@dataclass(frozen=True, eq=False)
class Trace:
    """Where a run ended: its last iteration, the path of ℓ up to it, and why."""

    last: Iteration
    path: tuple[float, ...]
    outcome: Outcome
    reason: str


def run(start: Step, problem: Problem, watch: Watch) -> Trace:
    """Iterates until ``watch`` says stop. The trace ends with its best iteration.

    A fall of the log-likelihood by more than rounding ends the run with DECREASED, and the
    iteration before the fall is the last.
    """
    path: list[float] = []
    last: Iteration | None = None
    dtype = problem.source.dtype
    for iteration in iterates(start, problem):
        if watch.observers:
            seen = replace(iteration, run=watch.run, stage=watch.stage)
            for observer in watch.observers:
                observer(seen)
        noise = _noise(iteration, path, watch.tol, dtype)
        if last is not None and iteration.log_likelihood < path[-1] - noise:
            fall = path[-1] - iteration.log_likelihood
            reason = f"the log-likelihood fell by {fall:.3g} nats after pass {len(path)}"
            return Trace(last, tuple(path), Outcome.DECREASED, reason)
        path.append(iteration.log_likelihood)
        last = iteration
        ended = _ending(path, watch, noise)
        if ended is not None:
            return Trace(last, tuple(path), *ended)
    raise AssertionError("iterates never ends")


def _noise(iteration: Iteration, path: Sequence[float], tol: float, dtype: np.dtype) -> float:
    """What rounding hides; the conditioning is looked at only where the gain is in doubt."""
    value, count = iteration.log_likelihood, float(iteration.mass.sum())
    doubtful = bool(path) and value - path[-1] < tol
    conditioning = iteration.mixture.covariance.conditioning if doubtful else 1.0
    return rounding(value, count, dtype, conditioning)


def _ending(path: Sequence[float], watch: Watch, noise: float) -> tuple[Outcome, str] | None:
    if watch.closed_form:
        return Outcome.CONVERGED, "closed form: one M-step is the maximum"
    reason = reason_to_stop(path, watch.tol, noise)
    if reason is not None:
        return Outcome.CONVERGED, reason
    halted = watch.halt.outcome()
    if halted is not None:
        return halted, HALTED[halted]
    if watch.passed + len(path) >= watch.max_iter:
        return Outcome.REACHED_LIMIT, f"max_iter is {watch.max_iter} passes"
    return None
