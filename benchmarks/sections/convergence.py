"""Seconds to a given log-likelihood, from the same start.

The target is the lowest of the values that the programs converge to, less 1e-4 nats per 1000 rows;
of a program that does not get that far in its time, what it had reached. drumlin's time is that of
`drumlin.fit`, with all it does; the peers' set-up is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.cases import MODERATE, OVERLAPPING, SEPARATED, Case, generate
from benchmarks.findings import Claim, Findings, milliseconds, table, times
from benchmarks.programs import DRUMLIN, PROGRAMS, YARDSTICK, Fleet, PeerError, Program
from benchmarks.progress import say

MARGIN = 1e-7
"""Nats per row below the lowest converged value."""
TOL = {DRUMLIN.name: 1e-8}
"""Of drumlin: nats per row still to be gained."""
TOL_OF_PEERS = 1e-9
"""Nats per row that a pass gains: much may be left when EM is slow."""
SECONDS, SECONDS_OF_FULL = 20.0, 600.0
"""Most that one program may take for one case."""
REPEATED = 0.5
"""What takes less, in seconds, is run TIMES times."""
TIMES = 5

FEW, PROBED = 1_000, 3
"""Rows up to which each number of threads is tried to the end; passes that choose one else."""

HEADLINE = Case(200_000, 16, 16)
WANTED = 80.0

KINDS = (
    {"separation": MODERATE},
    {"separation": SEPARATED},
    {"separation": MODERATE, "spread": 10.0},
    {"separation": OVERLAPPING},
)
SIZES = (Case(300, 2, 3), Case(5_000, 4, 5), Case(50_000, 8, 8))
QUICK = (
    *(replace(size, **kind) for size in SIZES[:2] for kind in KINDS),  # type: ignore[arg-type]
    replace(SIZES[2], separation=OVERLAPPING),
    HEADLINE,
)
LARGE = (Case(200_000, 16, 16), Case(1_000_000, 16, 16), Case(4_000_000, 4, 8))
COMPLETE = tuple(
    replace(size, **kind)  # type: ignore[arg-type]
    for size in (*SIZES, *LARGE)
    for kind in KINDS
)


@dataclass(frozen=True)
class Ascent:
    """A program's way up from the start: seconds and log-likelihood of each pass, by run."""

    program: str
    n_threads: int
    seconds: Sequence[Sequence[float]]
    log_likelihoods: Sequence[float]
    finished: bool

    @property
    def reached(self) -> float:
        """The highest log-likelihood."""
        return max(self.log_likelihoods)

    def passes_to(self, target: float) -> int:
        """Passes over all of the data, that of the start included."""
        return 1 + next(i for i, value in enumerate(self.log_likelihoods) if value >= target)

    def seconds_to(self, target: float) -> tuple[float, float]:
        """Best and median over the runs."""
        place = self.passes_to(target) - 1
        found = sorted(run[min(place, len(run) - 1)] for run in self.seconds)
        return found[0], found[len(found) // 2]


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Every program that can be watched, at its best number of threads."""
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, object]] = []
    ratio: float | None = None
    cases = COMPLETE if full else QUICK
    for number, case in enumerate(cases, 1):
        say(f"convergence {number} of {len(cases)}: {case.label}")
        ascents = _ascents(fleet, case, full)
        target = min(ascent.reached for ascent in ascents) - MARGIN * case.n_samples
        best = _best(ascents, target)
        base = best[YARDSTICK.name].seconds_to(target)[0] if YARDSTICK.name in best else None
        for ascent in best.values():
            quickest, median = ascent.seconds_to(target)
            against = None if base is None else base / quickest
            if case == HEADLINE and ascent.program == DRUMLIN.name:
                ratio = against
            rows.append(
                (
                    case.label,
                    ascent.program,
                    str(ascent.n_threads),
                    milliseconds(quickest),
                    milliseconds(median),
                    times(against),
                    str(ascent.passes_to(target)),
                    f"{target:.10g}",
                    f"{ascent.reached:.10g}",
                    "" if ascent.finished else "stopped by the limit of time",
                )
            )
        records += [
            {
                "case": asdict(case),
                "target": target,
                "seconds_to_target": ascent.seconds_to(target)[0],
                **asdict(ascent),
            }
            for ascent in ascents
        ]
    titles = (
        "case (n, d, k)", "program", "threads", "best ms", "median ms", f"× {YARDSTICK.name}",
        "passes", "target", "reaches", "",
    )  # fmt: skip
    promise = f"{HEADLINE.label}: {WANTED:.0f} times as fast as {YARDSTICK.name} to the same value"
    return Findings(table(titles, rows), records, [Claim.at_least(promise, ratio, WANTED, "×")])


def _wanted(fleet: Fleet, program: Program, case: Case, full: bool) -> bool:
    chosen = program.traced and (full or program.everywhere)
    return chosen and fleet.installed(program) and bool(fleet.variants(program, case))


def _ascents(fleet: Fleet, case: Case, full: bool) -> list[Ascent]:
    max_seconds = SECONDS_OF_FULL if full else SECONDS
    trial = fleet.keep(generate(case))
    found: list[Ascent] = []
    for program in PROGRAMS:
        if _wanted(fleet, program, case, full):
            how = {"tol": TOL.get(program.name, TOL_OF_PEERS), "max_seconds": max_seconds}
            try:
                counts = _threads(fleet, program, case, trial)
                found.extend(_ascent(fleet, program, n, trial, how) for n in counts)
            except PeerError as failure:
                say(f"{program.name} failed: {failure}")
    return found


def _ascent(
    fleet: Fleet, program: Program, n_threads: int, trial: Path, how: dict[str, float]
) -> Ascent:
    def path() -> dict[str, Any]:
        reply = fleet.ask(program, n_threads, "converge", trial, n_threads=n_threads, **how)
        value: dict[str, Any] = reply.value
        return value

    runs = [path()]
    while runs[0]["seconds"][-1] < REPEATED and len(runs) < TIMES:
        runs.append(path())
    seconds = [run["seconds"] for run in runs]
    return Ascent(program.name, n_threads, seconds, runs[0]["log_likelihoods"], runs[0]["finished"])


def _threads(fleet: Fleet, program: Program, case: Case, trial: Path) -> Sequence[int]:
    """All numbers of threads where runs are short; else the one whose passes are the faster."""
    counts = fleet.threads(program)
    if case.n_samples <= FEW:
        return counts
    variant = fleet.variants(program, case)[0]
    how = {"variant": variant, "n_passes": PROBED}
    seconds = {
        n: min(fleet.ask(program, n, "passes", trial, n_threads=n, **how).value["seconds"])
        for n in counts
    }
    return (min(counts, key=seconds.__getitem__),)


def _best(ascents: Sequence[Ascent], target: float) -> dict[str, Ascent]:
    """By program, the number of threads that gets there first."""
    best: dict[str, Ascent] = {}
    for ascent in ascents:
        known = best.get(ascent.program)
        if known is None or ascent.seconds_to(target) < known.seconds_to(target):
            best[ascent.program] = ascent
    return best
