"""What drumlin promises about a pass, held against the figures of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.cases import FULL, OTHER_FAMILIES, Case
from benchmarks.findings import Claim
from benchmarks.limits import Limits
from benchmarks.programs import DRUMLIN, PROGRAMS, YARDSTICK
from benchmarks.runs import Run, best_of

SAME = {"float64": 1e-9, "float32": 1e-5}
"""Relative differences of the log-likelihood: more would mean that different work was timed."""

PEAK = {FULL[0]: 0.50, FULL[1]: 0.60, FULL[2]: 0.60, FULL[3]: 0.40}
"""Share of the peak: AVX-512, float64, two threads. AVX2 and float32 may have ALLOWANCE less."""
ALLOWANCE = 0.05
LIMIT = dict.fromkeys(FULL[4:], 0.50)
"""Share of the limit where exponentials and memory bind: d = 1, 2, 3."""
PRODUCT, WIDE = 0.90, 32
"""Share of the best DGEMM of the run, from this d on."""

RATIOS = {
    FULL[0]: 30.0,
    FULL[5]: 30.0,
    FULL[1]: 10.0,
    FULL[6]: 30.0,
    OTHER_FAMILIES[0]: 8.0,
    OTHER_FAMILIES[1]: 60.0,
}
"""To scikit-learn, float64: reported, since peers vary from run to run."""
AHEAD, AHEAD_OF_FASTEST, FASTEST = 10.0, 5.0, "Armadillo"
"""Of every peer, and of the fastest, in passes at d >= 8."""


def claims(runs: Sequence[Run], limits: Limits) -> list[Claim]:
    """The first is whether all did the same work."""
    return [
        _same_answers(runs),
        *_shares(runs, limits),
        *_products(runs, limits),
        *_ratios(runs),
        *_ahead(runs),
    ]


def _same_answers(runs: Sequence[Run]) -> Claim:
    """Peers in float32 are not held to it."""
    held = [
        (run, difference)
        for run in runs
        if (difference := run.difference) is not None
        and ((run.case.float_type == "float64" and run.variant != "float32") or _ours(run))
        and run.program in (DRUMLIN.name, YARDSTICK.name)
    ]
    run, worst = max(held, key=lambda pair: pair[1] / SAME[pair[0].case.float_type])
    return Claim(
        f"same log-likelihood as {YARDSTICK.name} after the same passes (1e-9; float32: 1e-5)",
        f"worst {worst:.1e}: {run.program}, {run.case.label}",
        worst <= SAME[run.case.float_type],
    )


def _shares(runs: Sequence[Run], limits: Limits) -> Iterator[Claim]:
    wanted = [(case, share, limits.of_peak, "peak") for case, share in PEAK.items()]
    wanted += [(case, share, limits.of_limit, "limit") for case, share in LIMIT.items()]
    for case, share, summarise, what in wanted:
        for float_type, name in (("float64", "avx512"), ("float64", "avx2"), ("float32", "avx512")):
            held = replace(case, float_type=float_type)
            least = share - (ALLOWANCE if (float_type, name) != ("float64", "avx512") else 0.0)
            found = [
                got
                for run in runs
                if _ours(run) and (run.case, run.variant, run.n_threads) == (held, name, 2)
                and (got := summarise(held, (name, float_type, 2), run.timing.best)) is not None
            ]  # fmt: skip
            promise = f"{held.label}: {least:.0%} of the {what}, two threads, {name}"
            yield Claim.at_least(promise, max(found, default=None), least, "%")


def _products(runs: Sequence[Run], limits: Limits) -> Iterator[Claim]:
    for case in PEAK:
        if case.n_features >= WIDE:
            seconds = best_of(runs, case, DRUMLIN)
            share = None if seconds is None else limits.of_product(case, seconds)
            promise = f"{case.label}: {PRODUCT:.0%} of the rate of the best matrix product"
            yield Claim.at_least(promise, share, PRODUCT, "%")


def _ratios(runs: Sequence[Run]) -> Iterator[Claim]:
    for case, wanted in RATIOS.items():
        promise = f"{case.label}: about {wanted:.0f} times as fast as {YARDSTICK.name}"
        yield Claim.at_least(promise, _ratio(runs, case, YARDSTICK.name), wanted, "×")


def _ahead(runs: Sequence[Run]) -> Iterator[Claim]:
    """The smallest ratio over the cases, program by program."""
    for program in PROGRAMS:
        if program not in (DRUMLIN, YARDSTICK):
            wanted = AHEAD_OF_FASTEST if program.name == FASTEST else AHEAD
            ratios = [
                (ratio, case.label)
                for case in {run.case: None for run in runs}
                if case.n_features >= 8 and (ratio := _ratio(runs, case, program.name)) is not None
            ]
            worst, where = min(ratios, default=(None, ""))
            promise = f"passes at d >= 8: {wanted:.0f} times as fast as {program.name}"
            yield Claim.at_least(f"{promise} (worst: {where})", worst, wanted, "×")


def _ratio(runs: Sequence[Run], case: Case, program: str) -> float | None:
    seconds = [run.timing.best for run in runs if (run.case, run.program) == (case, program)]
    ours = best_of(runs, case, DRUMLIN)
    return None if ours is None or not seconds else min(seconds) / ours


def _ours(run: Run) -> bool:
    return run.program == DRUMLIN.name
