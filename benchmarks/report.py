"""The figures of a run as Markdown for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from benchmarks.claims import Claim, check
from benchmarks.machine import Machine
from benchmarks.memory import Growth
from benchmarks.passes import YARDSTICK, Run, best_per_variant, yardstick
from benchmarks.peak import Peaks
from benchmarks.whole import Job

VERDICTS = {True: "holds", False: "**does not hold**", None: "not measured"}


BUSY = 0.5
"""Processes that wanted a core in the minute before: above this, figures are rough."""


@dataclass(frozen=True)
class Results:
    """Everything that one run measured."""

    machine: Machine
    peaks: Peaks
    runs: Sequence[Run]
    growths: Sequence[Growth]
    inference: Sequence[Job]
    jobs: Sequence[Job]
    seconds: float

    @property
    def claims(self) -> list[Claim]:
        """The promises, held against the figures."""
        return check(self.runs, self.peaks, self.growths, self.jobs)


def to_json(results: Results) -> str:
    """All samples, also of the settings that the tables leave out; not measured is null."""
    whole: dict[str, Any] = {
        "machine": asdict(results.machine),
        "seconds": results.seconds,
        "peaks": [
            {"instruction_set": name, "float_type": kind, "n_threads": threads, "flop_per_s": rate}
            for (name, kind, threads), rate in results.peaks.items()
        ],
        "passes": [
            {
                **asdict(run),
                "flop_per_s": run.rate,
                "share_of_peak": run.share_of_peak(results.peaks),
                "log_likelihood_difference": run.difference,
            }
            for run in results.runs
        ],
        "memory": [asdict(growth) for growth in results.growths],
        "inference": [asdict(job) for job in results.inference],
        "jobs": [asdict(job) for job in results.jobs],
        "claims": [asdict(claim) for claim in results.claims],
    }
    return json.dumps(_without_nan(whole), indent=1, allow_nan=False) + "\n"


def to_markdown(results: Results) -> str:
    """The tables."""
    sections = [
        f"# Benchmarks\n\n{_heading(results)}",
        "## Promises\n\n" + _claims(results.claims),
        "## Peak of a register-only multiply-add loop (Gflop/s)\n\n" + _peaks(results.peaks),
        "## One EM pass (n, d, k)\n\n" + _passes(results.runs, results.peaks),
        "## Memory of a fit of 1e6 x 8, k = 8\n\n" + _growths(results.growths),
        "## Inference, 1e6 x 8, k = 8\n\n" + _jobs(results.inference),
        "## Small jobs\n\n" + _jobs(results.jobs),
    ]
    return "\n\n".join(sections) + "\n"


def _heading(results: Results) -> str:
    machine = results.machine
    programs = ", ".join(f"{name} {version}" for name, version in machine.programs.items())
    busy = (
        "\n\n**The machine was busy when the run began: the figures are rough.**"
        if machine.load > BUSY
        else ""
    )
    return (
        f"{machine.date}, {machine.cpu}, {machine.cores} cores, {machine.threads} usable, "
        f"load {machine.load:.1f} at the start, {machine.system}. Python {machine.python}, "
        f"NumPy {machine.numpy}, {programs}. {results.seconds:.0f} s in all.\n\n"
        "best: the shortest of five (of a hundred where n is small), each program at its own best "
        f"number of threads.{busy}"
    )


def _claims(claims: Iterable[Claim]) -> str:
    rows = [(claim.promise, claim.measured, VERDICTS[claim.holds]) for claim in claims]
    return _table(("promise", "measured", ""), rows)


def _peaks(peaks: Peaks) -> str:
    if not peaks:
        return "No compiled backend here: no peak."
    columns = list(dict.fromkeys((kind, threads) for _, kind, threads in peaks))
    rows = [
        (name, *(f"{peaks[name, kind, threads] / 1e9:.0f}" for kind, threads in columns))
        for name in dict.fromkeys(name for name, _, _ in peaks)
    ]
    titles = [f"{kind}, {threads} thread{'s' if threads > 1 else ''}" for kind, threads in columns]
    return _table(("instruction set", *titles), rows)


def _passes(runs: Sequence[Run], peaks: Peaks) -> str:
    rows = []
    for run in best_per_variant(runs):
        share, base = run.share_of_peak(peaks), yardstick(runs, run.case)
        rows.append(
            (
                run.case.label,
                f"{run.program} {run.setting.variant}".strip(),
                str(run.setting.n_threads),
                f"{run.timing.best * 1e3:.4g}",
                f"{run.timing.median * 1e3:.4g}",
                f"{run.rate / 1e9:.1f}",
                "" if share is None else f"{share:.0%}",
                "" if base is None else f"{base / run.timing.best:.1f}",
                f"{run.log_likelihood:.10g}",
                f"{run.difference:.0e}",
            )
        )
    titles = (
        "case", "program", "threads", "best ms", "median ms", "Gflop/s", "of peak",
        f"× {YARDSTICK}", "log-likelihood", "differs by",
    )  # fmt: skip
    return _table(titles, rows)


def _growths(growths: Iterable[Growth]) -> str:
    rows = [
        (
            growth.program,
            growth.remark or f"{growth.growth / 1e6:.1f}",
            "" if isnan(growth.seconds) else f"{growth.seconds:.2f}",
        )
        for growth in growths
    ]
    return _table(("program", "MB beyond the data", "seconds"), rows)


def _jobs(jobs: Sequence[Job]) -> str:
    base = {job.work: job.timing.best for job in jobs if job.program == YARDSTICK}
    rows = [
        (
            job.work,
            job.program,
            "" if isnan(job.timing.best) else f"{job.timing.best * 1e3:.4g}",
            "" if isnan(job.timing.best) else f"{job.timing.median * 1e3:.4g}",
            f"{base[job.work] / job.timing.best:.1f}" if job.work in base else "",
            job.remark,
        )
        for job in _by_work(jobs)
    ]
    return _table(("work", "program", "best ms", "median ms", f"× {YARDSTICK}", ""), rows)


def _by_work(jobs: Sequence[Job]) -> list[Job]:
    """Programs that did the same work stand together, in the order of the first."""
    order = [job.work for job in jobs]
    return sorted(jobs, key=lambda job: order.index(job.work))


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and isnan(value) else value
