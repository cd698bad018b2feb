"""How much resident memory a fit takes beyond its data: each program in a process of its own."""

from __future__ import annotations

from benchmarks.cases import SEPARATED, Case, generate
from benchmarks.findings import Claim, Findings, megabytes, table
from benchmarks.programs import DRUMLIN, PROGRAMS, Fleet, PeerError
from benchmarks.progress import say

CASES = (Case(1_000_000, 8, 8, separation=SEPARATED), Case(4_000_000, 4, 64))
RESIDENT = 64e6
WARM_UP = Case(1000, 2, 2)
"""Fitted before the count begins: imports and thread pools are there then."""


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Highest resident size during the fit minus that before it, with the data loaded."""
    del full
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, object]] = []
    claims = []
    for case in CASES:
        say(f"memory: {case.label}")
        data = generate(case)
        for program in PROGRAMS:
            if not program.library or not fleet.installed(program):
                continue
            growth, seconds, remark = float("nan"), float("nan"), ""
            try:
                with Fleet(fleet.thread_counts) as fresh:
                    threads = max(fleet.thread_counts)
                    fresh.ask(program, threads, "fit_small", fresh.keep(generate(WARM_UP)), times=1)
                    reply = fresh.ask(program, threads, "fit_large", fresh.keep(data), times=1)
                growth, seconds = reply.memory, reply.value["seconds"][0]
            except PeerError as failure:
                remark = str(failure)
            rows.append((case.label, program.name, remark or megabytes(growth), f"{seconds:.2f}"))
            figures = {"case": case.label, "program": program.name}
            records.append({**figures, "growth": growth, "seconds": seconds})
            if program is DRUMLIN:
                promise = (
                    f"a fit of {case.label} takes less than {RESIDENT / 1e6:.0f} MB beyond its data"
                )
                measured = None if remark else growth / 1e6
                claims.append(Claim.at_most(promise, measured, RESIDENT / 1e6, "MB"))
    text = table(("case (n, d, k)", "program", "MB beyond the data", "seconds"), rows)
    note = "drumlin: a default fit, of 20 s at most. scikit-learn: one random start and one pass."
    return Findings(f"{text}\n\n{note}", records, claims)
