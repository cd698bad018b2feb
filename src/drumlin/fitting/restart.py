"""A start on its way through a search, and who among several came to the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drumlin.em import RunResult
from drumlin.fitting.result import ONE_PLACE, Run

SAME = 1e-9
"""Short runs whose log-likelihoods differ by less than this fraction are one run."""


@dataclass(frozen=True, eq=False)
class Restart:
    """A start on its way: its name, ℓ after the short run, and its trace while in the race."""

    number: int
    name: str
    short_log_likelihood: float
    trace: RunResult | None

    @property
    def traced(self) -> RunResult:
        """The trace of a candidate that is still in the race."""
        assert self.trace is not None  # callers ask only those
        return self.trace

    def rank(self) -> float:
        """The objective, less what unhealthy components may owe to being unhealthy."""
        return self.traced.rank()

    def record(self) -> Run:
        """What the report says of it."""
        if self.trace is None:
            return Run(self.name, self.short_log_likelihood, None, 0, False, None, "")
        last = self.trace.last
        return Run(
            self.name,
            self.short_log_likelihood,
            last.log_likelihood,
            self.trace.passes,
            last.healthy,
            self.trace.outcome,
            self.trace.reason,
        )


def distinct(order: Sequence[Restart]) -> list[Restart]:
    """``order`` without the candidates that came to the same place as one before them."""
    kept: list[Restart] = []
    for entry in order:
        here = entry.short_log_likelihood
        if all(abs(here - other.short_log_likelihood) > SAME * abs(here) for other in kept):
            kept.append(entry)
    return kept


def agreed(entries: Sequence[Restart]) -> bool:
    """Whether 2 k of these starts have come to the best place so far: more would too.

    The more components, the more places there are, and the more starts it takes to be sure. An
    unhealthy place does not count: the next start may find a healthy one.
    """
    best = max(entries, key=Restart.rank)
    agreeing = sum(best.rank() - entry.rank() < ONE_PLACE for entry in entries)
    enough = 2 * best.traced.last.mixture.n_components
    return best.traced.last.healthy and agreeing >= enough
