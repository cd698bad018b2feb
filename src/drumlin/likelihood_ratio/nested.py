"""Two mixtures of one data set, of k components and of k + 1, fitted so that they compare.

The larger one is started from the smaller: short runs from its splits and from new components at
random rows, more passes for the better ones, and the best to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.em import Problem, RunOptions, RunResult, State, last_step, maximise, run
from drumlin.starts import enlarged

INSERTED = 6
"""New components tried at random rows."""

ROUNDS = ((6, 4), (12, 2))
"""Plain passes of a round of short runs, and how many of them go on."""


@dataclass(frozen=True, eq=False)
class Nested:
    """The fits of k and of k + 1 components.

    smaller, larger : Trace
    statistic : ()             2 (ℓ of k + 1 − ℓ of k), at least 0: one component in two equal
                               halves is a mixture of k + 1, too
    """

    smaller: RunResult
    larger: RunResult

    @property
    def statistic(self) -> float:
        """The likelihood ratio statistic in nats, twice the difference."""
        gain = self.larger.last.log_likelihood - self.smaller.last.log_likelihood
        return max(0.0, 2.0 * gain)


def nested(problem: Problem, start: State, watch: RunOptions, rng: np.random.Generator) -> Nested:
    """The smaller mixture from ``start``, and the larger one from what that ends with."""
    smaller = run(start, problem, watch)
    brief = replace(watch, accelerated=False)
    moments = enlarged(problem, smaller.last, INSERTED, rng)
    steps: Sequence[State] = [maximise(m, problem) for m in moments]
    for passes, kept in ROUNDS:
        traces = [run(step, problem, replace(brief, max_iter=passes)) for step in steps]
        steps = [
            last_step(trace) for trace in sorted(traces, key=RunResult.rank, reverse=True)[:kept]
        ]
    return Nested(smaller, max((run(step, problem, watch) for step in steps), key=RunResult.rank))
