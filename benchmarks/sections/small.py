"""Small data: a fit of Old Faithful, what a pass costs beyond arithmetic, and starting up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.cases import TINY, Trial, generate
from benchmarks.clock import Timing, timed
from benchmarks.findings import Claim, Findings, milliseconds, table, times
from benchmarks.programs import DRUMLIN, PROGRAMS, YARDSTICK, Fleet
from benchmarks.progress import say

FAITHFUL = Path("examples/faithful.csv")
TIMES, PASSES = 7, 500
FASTER = 3.0
OVERHEAD, IMPORT = 35e-6, 0.050
COMMANDS = {
    "`drumlin --help` from the shell": (["--help"], 0.3),
    "`drumlin fit` from the shell": (["fit", str(FAITHFUL), "-k", "2"], 1.0),
}
"""Arguments, and the seconds allowed."""
IMPORTING = (
    "import numpy, time; t = time.perf_counter(); import drumlin; print(time.perf_counter() - t)"
)

Row = tuple[str, str, Timing, float | None, str]
"""Work, program, seconds, ratio to the yardstick, a remark."""


def summarise(fleet: Fleet, full: bool) -> Findings:
    """All of it is quick."""
    del full
    say("small data")
    fits = list(_fits(fleet))
    ratio = next(ratio for _, program, _, ratio, _ in fits if program == DRUMLIN.name)
    trial = fleet.keep(generate(TINY))
    beyond = Timing(fleet.ask(DRUMLIN, 1, "overhead", trial, times=PASSES).value["seconds"])
    starting = Timing([_import_seconds() for _ in range(TIMES)])
    rows: list[Row] = [
        *fits,
        (f"a pass over {TINY.label} beyond its compiled call", DRUMLIN.name, beyond, None, ""),
        ("`import drumlin` beyond NumPy", DRUMLIN.name, starting, None, ""),
    ]
    claims = [
        Claim.at_least(
            f"Old Faithful by default: {FASTER:.0f} times as fast as {YARDSTICK.name}, n_init=10",
            ratio,
            FASTER,
            "×",
        ),
        Claim.at_most(
            f"a pass costs at most {OVERHEAD * 1e6:.0f} µs beyond its arithmetic",
            beyond.best * 1e6,
            OVERHEAD * 1e6,
            "µs",
        ),
        Claim.at_most(
            f"`import drumlin` costs at most {IMPORT * 1e3:.0f} ms beyond NumPy",
            starting.best * 1e3,
            IMPORT * 1e3,
            "ms",
        ),
    ]
    for work, (arguments, allowed) in COMMANDS.items():
        seconds = Timing(timed(lambda line=arguments: _command(line), 5))  # type: ignore[misc]
        rows.append((work, DRUMLIN.name, seconds, None, ""))
        claims.append(Claim.at_most(f"{work}: {allowed} s", seconds.best, allowed, "s"))
    lines = [
        (work, program, milliseconds(t.best), milliseconds(t.median), times(over), remark)
        for work, program, t, over, remark in rows
    ]
    titles = ("work", "program", "best ms", "median ms", f"× {YARDSTICK.name}", "")
    records = [
        {"work": work, "program": program, "seconds": list(t.seconds), "remark": remark}
        for work, program, t, _, remark in rows
    ]
    return Findings(table(titles, lines), records, claims)


def _fits(fleet: Fleet) -> Iterator[Row]:
    """Old Faithful, 272 rows, two components, from nothing to the answer."""
    given = generate(TINY)
    x = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)
    trial = fleet.keep(Trial(TINY, x, given.weights, given.means, given.covariances))
    found = {}
    for program in PROGRAMS:
        if program.library and fleet.installed(program):
            replies = [
                fleet.ask(program, threads, "fit_small", trial, times=TIMES).value
                for threads in fleet.thread_counts
            ]
            found[program.name] = min(replies, key=lambda value: min(value["seconds"]))
    base = found.get(YARDSTICK.name)
    for name, value in found.items():
        timing = Timing(value["seconds"])
        ratio = None if base is None else min(base["seconds"]) / timing.best
        remark = f"log-likelihood {value['log_likelihood']:.5f}"
        yield "a fit of Old Faithful, k = 2", name, timing, ratio, remark


def _import_seconds() -> float:
    command = [sys.executable, "-c", IMPORTING]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _command(arguments: list[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "drumlin.cli", *arguments], check=True, capture_output=True
    )
