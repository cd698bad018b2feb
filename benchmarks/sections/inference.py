"""log_density, responsibilities, labels and sample, on many rows and on few."""

from __future__ import annotations

from benchmarks.cases import SEPARATED, Case, generate
from benchmarks.clock import Timing
from benchmarks.findings import Claim, Findings, milliseconds, table, times
from benchmarks.programs import DRUMLIN, PROGRAMS, YARDSTICK, Fleet
from benchmarks.progress import say

MANY = Case(1_000_000, 8, 8, separation=SEPARATED)
FEW = Case(272, 2, 2)
SIZES = ((MANY, 1_000_000, 5), (FEW, 272, 300), (FEW, 1, 300))
"""Case, rows of it, and how often."""
WANTED = {1_000_000: 10.0, 272: 1.0, 1: 1.0}
"""Times as fast as the yardstick."""
SMALL_PROMISED = ("labels", "log_density")

Best = dict[str, tuple[int, Timing]]
"""By operation: the number of threads, and its seconds."""


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Each program at its best number of threads, operation by operation."""
    del full
    rows, records, claims = [], [], []
    for case, n_rows, how_often in SIZES:
        say(f"inference: {n_rows} rows")
        trial = fleet.keep(generate(case))
        best: dict[str, Best] = {}
        for program in PROGRAMS:
            if program.library and fleet.installed(program):
                best[program.name] = {}
                for threads in fleet.thread_counts:
                    how = {"n_rows": n_rows, "times": how_often}
                    value = fleet.ask(program, threads, "inference", trial, **how).value
                    for operation, seconds in value.items():
                        timing = Timing(seconds)
                        known = best[program.name].get(operation)
                        if known is None or timing.best < known[1].best:
                            best[program.name][operation] = threads, timing
        for operation in best[DRUMLIN.name]:
            base = best.get(YARDSTICK.name, {}).get(operation)
            for name, found in best.items():
                threads, timing = found[operation]
                ratio = None if base is None else base[1].best / timing.best
                rows.append(
                    (
                        f"{operation}, {n_rows} x {case.n_features}, k = {case.n_components}",
                        name,
                        str(threads),
                        milliseconds(timing.best),
                        milliseconds(timing.median),
                        times(ratio),
                    )
                )
                figures = {"operation": operation, "n_rows": n_rows, "program": name}
                records.append({**figures, "best": timing.best, "median": timing.median})
                if name == DRUMLIN.name and (n_rows > 1000 or operation in SMALL_PROMISED):
                    wanted = WANTED[n_rows]
                    promise = f"{operation}, {n_rows} rows: {wanted:.0f} × {YARDSTICK.name}"
                    claims.append(Claim.at_least(promise, ratio, wanted, "×"))
    titles = ("work", "program", "threads", "best ms", "median ms", f"× {YARDSTICK.name}")
    return Findings(table(titles, rows), records, claims)
