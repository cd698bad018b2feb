"""Two mixtures of one data set, of k components and of k + 1, fitted so that they compare.

The larger one is started from the smaller: short runs from its splits and from new components at
random rows, more passes for the better ones, and the best to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drumlin.em import Problem, RunOptions, RunResult, State, maximise, run
from drumlin.starts import insertions

INSERTED = 6
"""New components tried at random rows."""

ROUNDS = ((6, 4), (12, 2))
"""Plain passes of a round of short runs, and how many of them go on."""


@dataclass(frozen=True, eq=False)
class Nested:
    """The fits of k and of k + 1 components."""

    smaller: RunResult
    larger: RunResult

    @property
    def statistic(self) -> float:
        """The likelihood ratio statistic 2 (ℓ of k + 1 − ℓ of k) in nats, at least 0.

        One component in two equal halves is a mixture of k + 1, too.
        """
        gain = self.larger.last.log_likelihood - self.smaller.last.log_likelihood
        return max(0.0, 2.0 * gain)


def nested(problem: Problem, start: State, options: RunOptions, rng: np.random.Generator) -> Nested:
    """The smaller mixture from ``start``, and the larger one from the end of the smaller."""
    smaller = run(start, problem, options)
    brief = replace(options, accelerated=False)
    moments = insertions(problem, smaller.last, INSERTED, rng)
    states: Sequence[State] = [maximise(m, problem) for m in moments]
    for passes, kept in ROUNDS:
        short = [run(state, problem, replace(brief, max_iter=passes)) for state in states]
        order = sorted(short, key=RunResult.rank, reverse=True)
        states = [result.state for result in order[:kept]]
    finished = (run(state, problem, options) for state in states)
    return Nested(smaller, max(finished, key=RunResult.rank))
