"""One start on its way through a search, and which of several came to the same optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drumlin.em import RunResult
from drumlin.fitting.result import SAME_SHORT_RUN, RunSummary

SAME = 1e-9
"""Short runs whose log-likelihoods differ by less than this fraction are one run."""


@dataclass(frozen=True, eq=False)
class Restart:
    """A start: its number and name, ℓ after the short run, and its run while it is in the race."""

    number: int
    name: str
    short_log_likelihood: float
    result: RunResult | None

    @property
    def run(self) -> RunResult:
        """The run of a start that is still in the race."""
        assert self.result is not None  # callers ask only those
        return self.result

    def rank(self) -> float:
        """The objective, less what unhealthy components may owe to being unhealthy."""
        return self.run.rank()

    def summary(self) -> RunSummary:
        """What the report says of it."""
        if self.result is None:
            return RunSummary(self.name, self.short_log_likelihood, None, 0, False, None, "")
        last, ending = self.result.last, self.result.ending
        return RunSummary(
            self.name,
            self.short_log_likelihood,
            last.log_likelihood,
            self.result.passes,
            last.healthy,
            ending.outcome,
            ending.reason,
        )


def distinct(order: Sequence[Restart]) -> list[Restart]:
    """``order`` without the starts that came to the same place as one before them."""
    kept: list[Restart] = []
    for restart in order:
        here = restart.short_log_likelihood
        if all(abs(here - other.short_log_likelihood) > SAME * abs(here) for other in kept):
            kept.append(restart)
    return kept


def agreed(restarts: Sequence[Restart]) -> bool:
    """Whether 2 k of these starts have reached the best optimum so far: more would too.

    The more components, the more places there are, and the more starts it takes to be sure. An
    unhealthy place does not count: the next start may find a healthy one.
    """
    best = max(restarts, key=Restart.rank)
    agreeing = sum(best.rank() - restart.rank() < SAME_SHORT_RUN for restart in restarts)
    enough = 2 * best.run.last.mixture.n_components
    return best.run.last.healthy and agreeing >= enough
