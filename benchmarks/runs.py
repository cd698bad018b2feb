"""What timing the passes of a program on a case gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.cases import Case
from benchmarks.clock import Timing
from benchmarks.programs import Program


@dataclass(frozen=True)
class Run:
    """One program with one setting on one case.

    log_likelihood is that after ``case.n_passes`` passes, None where the program starts elsewhere
    or does not report it; expected is drumlin's own in float64, on the same numbers; memory in
    bytes.
    """

    case: Case
    program: str
    variant: str
    n_threads: int
    timing: Timing
    log_likelihood: float | None
    expected: float
    memory: float

    @property
    def difference(self) -> float | None:
        """Relative difference of the log-likelihood from the expected one."""
        if self.log_likelihood is None:
            return None
        return abs(self.log_likelihood - self.expected) / abs(self.expected)


def best_per_variant(runs: Iterable[Run]) -> list[Run]:
    """Of each case, program and variant the run with the best number of threads, in order."""
    best: dict[tuple[Case, str, str], Run] = {}
    for run in runs:
        key = (run.case, run.program, run.variant)
        if key not in best or run.timing.best < best[key].timing.best:
            best[key] = run
    return list(best.values())


def best_of(runs: Iterable[Run], case: Case, program: Program) -> float | None:
    """Best seconds per pass of a program on a case."""
    seconds = [run.timing.best for run in runs if (run.case, run.program) == (case, program.name)]
    return min(seconds, default=None)
