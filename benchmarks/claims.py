"""What drumlin promises about speed and memory, held against the figures of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from benchmarks.cases import FULL, TINY
from benchmarks.memory import Growth
from benchmarks.passes import Run
from benchmarks.peak import Peaks
from benchmarks.whole import Job

SHARE_OF_PEAK = 0.30
SETS = ("avx512", "avx2")
RESIDENT = 64e6
TINY_PASS = 40e-6
"""Seconds: 35 µs for Python, the call and the M-step, and a little for the arithmetic."""
SECONDS = {"drumlin --help": 0.3, "drumlin fit": 1.0}
SAME = {"float64": 1e-9, "float32": 1e-5}
"""Relative differences of the log-likelihood: more would mean that different work was timed."""


@dataclass(frozen=True)
class Claim:
    """A promise, what was measured, and whether it holds (None: not measured here)."""

    promise: str
    measured: str
    holds: bool | None


def check(
    runs: Sequence[Run], peaks: Peaks, growths: Sequence[Growth], jobs: Sequence[Job]
) -> list[Claim]:
    """Every promise, in the order of the README."""
    return [
        same_answers(runs),
        *_shares(runs, peaks),
        _overhead(runs),
        *(_resident(growth) for growth in growths if growth.program == "drumlin"),
        *(_quick(job) for job in jobs if job.work in SECONDS),
    ]


def same_answers(runs: Sequence[Run]) -> Claim:
    """All programs reach the same log-likelihood; scikit-learn in float32 is not held to it."""
    held = [run for run in runs if run.case.float_type == "float64" or run.program == "drumlin"]
    worst = max(held, key=lambda run: run.difference / SAME[run.case.float_type])
    return Claim(
        "same log-likelihood after the same passes (1e-9 relative; drumlin in float32: 1e-5)",
        f"worst {worst.difference:.1e}: {worst.program}, {worst.case.label}",
        worst.difference <= SAME[worst.case.float_type],
    )


def _shares(runs: Sequence[Run], peaks: Peaks) -> list[Claim]:
    claims = []
    for case in FULL[:2]:
        for name in SETS:
            shares = [
                share
                for run in runs
                if (run.case, run.setting.variant, run.setting.n_threads) == (case, name, 2)
                and (share := run.share_of_peak(peaks)) is not None
            ]
            share = max(shares, default=None)
            claims.append(
                Claim(
                    f"{case.label}: {SHARE_OF_PEAK:.0%} of the peak, two threads, {name}",
                    "not measured" if share is None else f"{share:.0%}",
                    None if share is None else share >= SHARE_OF_PEAK,
                )
            )
    return claims


def _overhead(runs: Sequence[Run]) -> Claim:
    seconds = min(run.timing.best for run in runs if (run.case, run.program) == (TINY, "drumlin"))
    return Claim(
        f"a pass over {TINY.label} takes less than {TINY_PASS * 1e6:.0f} µs",
        f"{seconds * 1e6:.0f} µs",
        seconds < TINY_PASS,
    )


def _resident(growth: Growth) -> Claim:
    missing = isnan(growth.growth)
    return Claim(
        f"a fit of 1e6 x 8, k = 8 takes less than {RESIDENT / 1e6:.0f} MB beyond its data",
        growth.remark if missing else f"{growth.growth / 1e6:.1f} MB",
        None if missing else growth.growth < RESIDENT,
    )


def _quick(job: Job) -> Claim:
    limit, seconds = SECONDS[job.work], job.timing.best
    return Claim(
        f"`{job.work}` takes less than {limit} s",
        job.remark or f"{seconds:.2f} s",
        None if isnan(seconds) else seconds < limit,
    )
