"""Seconds per EM pass of every program, from the same start, each setting in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.cases import COMMON, COMPLETE, QUICK, Case, generate
from benchmarks.clock import Timing
from benchmarks.findings import Findings, megabytes, milliseconds, table, times
from benchmarks.limits import Limits
from benchmarks.programs import DRUMLIN, PROGRAMS, YARDSTICK, Fleet, PeerError, Program
from benchmarks.progress import say
from benchmarks.runs import Run, best_of, best_per_variant
from benchmarks.sections import promised


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Passes of every case. Limits are taken again before each: others disturb them too."""
    limits = Limits(tuple(fleet.thread_counts))
    runs: list[Run] = []
    failures: list[str] = []
    cases = COMPLETE if full else QUICK
    for number, case in enumerate(cases, 1):
        say(f"pass {number} of {len(cases)}: {case.label}")
        limits.look(case)
        trial, expected = _prepare(fleet, case)
        for program in PROGRAMS:
            if _wanted(program, case, full) and fleet.installed(program):
                try:
                    runs.extend(_runs(fleet, program, case, trial, expected))
                except PeerError as failure:
                    failures.append(f"* {case.label}: {program.name} failed: {failure}")
    parts = [
        "The machine's limits:\n\n" + limits.text(),
        "Passes, each program at its best number of threads:\n\n" + _table(runs, limits),
        "Threads:\n\n" + _threads(runs),
        "\n".join(failures),
    ]
    claims = promised.claims(runs, limits)
    text = "\n\n".join(part for part in parts if part)
    records = [_record(run, limits) for run in runs]
    return Findings(text, records, claims, valid=claims[0].holds is not False)


def _wanted(program: Program, case: Case, full: bool) -> bool:
    """In the quick run float32 is for drumlin alone, and few cases for the slower programs."""
    if full or program is DRUMLIN:
        return True
    if case.float_type != "float64":
        return False
    return program.everywhere or (case in COMMON and not program.patient)


def _runs(
    fleet: Fleet, program: Program, case: Case, trial: Path, expected: float
) -> Iterator[Run]:
    for variant in fleet.variants(program, case):
        for n_threads in fleet.threads(program):
            how = {"variant": variant, "n_threads": n_threads, "n_passes": case.n_passes}
            reply = fleet.ask(program, n_threads, "passes", trial, **how)
            value, timing = reply.value, Timing(reply.value["seconds"])
            memory = reply.memory if value["memory"] is None else value["memory"]
            reached = value["log_likelihood"]
            yield Run(case, program.name, variant, n_threads, timing, reached, expected, memory)


def _prepare(fleet: Fleet, case: Case) -> tuple[Path, float]:
    """The trial on file, and the log-likelihood in float64 by drumlin's first variant."""
    trial = generate(case)
    double = fleet.keep(replace(trial, x=trial.x.astype(np.float64, copy=False)))
    how = {
        "variant": fleet.variants(DRUMLIN, case)[0],
        "n_threads": 1,
        "n_passes": case.n_passes,
    }
    expected = fleet.ask(DRUMLIN, 1, "passes", double, **how).value["log_likelihood"]
    return fleet.keep(trial), expected


def _table(runs: Sequence[Run], limits: Limits) -> str:
    rows = []
    for run in best_per_variant(runs):
        key = (run.variant, run.case.float_type, run.n_threads)
        seconds, base = run.timing.best, best_of(runs, run.case, YARDSTICK)
        ratio = None if base is None else base / seconds
        known = run.log_likelihood is not None
        rows.append(
            (
                run.case.label,
                f"{run.program} {run.variant}".strip(),
                str(run.n_threads),
                milliseconds(seconds),
                milliseconds(run.timing.median),
                times(ratio),
                _percent(limits.of_peak(run.case, key, seconds)),
                _percent(limits.of_limit(run.case, key, seconds)),
                megabytes(run.memory),
                f"{run.log_likelihood:.10g}" if known else "own start",
                f"{run.difference:.0e}" if known else "",
            )
        )
    titles = (
        "case (n, d, k)", "program", "threads", "best ms", "median ms", f"× {YARDSTICK.name}",
        "of peak", "of limit", "MB", "log-likelihood", "differs by",
    )  # fmt: skip
    return table(titles, rows)


def _threads(runs: Sequence[Run]) -> str:
    """Milliseconds of drumlin's widest instruction set, and of the yardstick, by threads."""
    counts = sorted({run.n_threads for run in runs})
    lines: dict[tuple[str, str], dict[int, float]] = {}
    first = {run.case: run.variant for run in reversed(runs) if run.program == DRUMLIN.name}
    for run in runs:
        if run.program == YARDSTICK.name or run.variant == first[run.case]:
            line = lines.setdefault((run.case.label, f"{run.program} {run.variant}".strip()), {})
            line[run.n_threads] = run.timing.best
    rows = [
        (*name, *(milliseconds(line[n]) for n in counts), times(line[counts[0]] / line[counts[-1]]))
        for name, line in lines.items()
    ]
    titles = [f"ms with {n} thread{'s' if n > 1 else ''}" for n in counts]
    return table(("case", "program", *titles, "gain"), rows)


def _record(run: Run, limits: Limits) -> dict[str, object]:
    key, seconds = (run.variant, run.case.float_type, run.n_threads), run.timing.best
    return {
        **asdict(run),
        "best": seconds,
        "median": run.timing.median,
        "of_peak": limits.of_peak(run.case, key, seconds),
        "of_limit": limits.of_limit(run.case, key, seconds),
        "of_matrix_product": limits.of_product(run.case, seconds),
        "difference": run.difference,
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
