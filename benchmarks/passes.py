"""Seconds per EM pass of every program, from the same start, each setting in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.cases import Case, Trial, generate
from benchmarks.clock import Timing
from benchmarks.peak import Peaks
from benchmarks.peers import PEERS, Peer, Setting

YARDSTICK = "scikit-learn"
"""Ratios are taken to this program."""


@dataclass(frozen=True)
class Run:
    """One program with one setting on one case.

    log_likelihood is that after ``case.n_passes`` passes; expected is drumlin's own in float64,
    on the same numbers.
    """

    case: Case
    program: str
    setting: Setting
    timing: Timing
    log_likelihood: float
    expected: float

    @property
    def rate(self) -> float:
        """Operations per second, by the least number that the case needs."""
        return 2.0 * self.case.multiply_adds / self.timing.best

    @property
    def difference(self) -> float:
        """Relative difference of the log-likelihood from the expected one."""
        return abs(self.log_likelihood - self.expected) / abs(self.expected)

    def share_of_peak(self, peaks: Peaks) -> float | None:
        """rate / peak of the same instruction set, float type and threads, where measured."""
        peak = peaks.get((self.setting.variant, self.case.float_type, self.setting.n_threads))
        return None if peak is None else self.rate / peak


def measure(case: Case, thread_counts: Sequence[int]) -> list[Run]:
    """All programs on a case."""
    trial = generate(case)
    expected = _expected(trial)
    return [
        run
        for peer in PEERS
        if peer.version() is not None
        for run in _runs(peer, trial, thread_counts, expected)
    ]


def best_per_variant(runs: Sequence[Run]) -> list[Run]:
    """Of each case, program and variant the run with the best number of threads, in order."""
    best: dict[tuple[Case, str, str], Run] = {}
    for run in runs:
        key = (run.case, run.program, run.setting.variant)
        if key not in best or run.timing.best < best[key].timing.best:
            best[key] = run
    return list(best.values())


def yardstick(runs: Sequence[Run], case: Case) -> float | None:
    """Best seconds per pass of the yardstick on a case."""
    seconds = [run.timing.best for run in runs if (run.case, run.program) == (case, YARDSTICK)]
    return min(seconds, default=None)


def _runs(peer: Peer, trial: Trial, thread_counts: Sequence[int], expected: float) -> list[Run]:
    runs = []
    for setting in peer.settings(trial.case, thread_counts):
        passes = peer.passes(trial, setting, trial.case.n_passes)
        runs.append(
            Run(trial.case, peer.name, setting, passes.timing, passes.log_likelihood, expected)
        )
    return runs


def _expected(trial: Trial) -> float:
    """The log-likelihood in float64 by drumlin's first setting."""
    double = replace(trial, x=trial.x.astype(np.float64, copy=False))
    drumlin = PEERS[0]
    setting = drumlin.settings(trial.case, (1,))[0]
    return drumlin.passes(double, setting, trial.case.n_passes).log_likelihood
