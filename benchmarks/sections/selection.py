"""Choosing components and family: the whole table of drumlin.select, beside R's Mclust."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import drumlin
from benchmarks.clock import Timing, timed
from benchmarks.findings import Claim, Findings, table
from benchmarks.programs import ROOT, Fleet
from benchmarks.progress import say

SCRIPT = ROOT / "benchmarks" / "peers" / "selection.R"
ALLOWED = {"faithful": 3.0, "iris": 3.0, "banknote": 3.0}
"""Times what Mclust needs, for several starts against its one."""
WANTED = {"GvHD_pos": 5.0}
"""Times as fast as Mclust."""
DATA = (*ALLOWED, *WANTED)
TIMES, PATIENT_TIMES = 3, 1
"""Runs of each program; of Mclust where it needs many seconds."""
TITLES = ("data", "rows", "program", "best s", "median s", "chosen", "BIC", "remark")


@dataclass(frozen=True)
class Incumbent:
    """What a program needs and chooses."""

    timing: Timing
    chosen: str
    bic: float


def summarise(fleet: Fleet, full: bool) -> Findings:
    """One to nine components of all families, default settings, best and median."""
    del fleet, full
    rows, records, claims = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        theirs = {name: _mclust(name, Path(folder)) for name in DATA}
        for name in DATA:
            x = _data(name, Path(folder))
            if x is None:
                continue
            say(f"selection: {name}")
            ours, remark = _drumlin(x)
            for program, found in (("drumlin", ours), ("mclust", theirs[name])):
                if found is None:
                    continue
                t = found.timing
                rows.append(
                    (
                        name,
                        str(len(x)),
                        program,
                        f"{t.best:.2f}",
                        f"{t.median:.2f}",
                        found.chosen,
                        f"{found.bic:.2f}",
                        remark if program == "drumlin" else "",
                    )
                )
                figures: dict[str, Any] = {"data": name, "program": program, "bic": found.bic}
                records.append({**figures, "seconds": list(t.seconds), "chosen": found.chosen})
            claims += _claims(name, ours, theirs[name])
    return Findings(table(TITLES, rows), records, claims)


def _claims(name: str, ours: Incumbent, theirs: Incumbent | None) -> list[Claim]:
    ratio = None if theirs is None else ours.timing.best / theirs.timing.best
    worse = None if theirs is None else ours.bic - theirs.bic
    if name in ALLOWED:
        allowed = ALLOWED[name]
        speed = Claim.at_most(f"{name}: {allowed:.0f} × Mclust's time", ratio, allowed, "×")
    else:
        speed = Claim.at_least(
            f"{name}: {WANTED[name]:.0f} × as fast as Mclust",
            None if ratio is None else 1.0 / ratio,
            WANTED[name],
            "×",
        )
    return [speed, Claim.at_most(f"{name}: BIC no worse than of Mclust's choice", worse, 0.05)]


def _drumlin(x: np.ndarray) -> tuple[Incumbent, str]:
    selection = drumlin.select(x, rng=0)
    timing = Timing(timed(lambda: drumlin.select(x, rng=0), TIMES))
    best = selection.best_cell
    healthy = sum(cell.healthy for cell in selection.cells)
    remark = f"{healthy} of {len(selection.cells)} cells healthy"
    return Incumbent(timing, f"{best.family.code} {best.n_components}", best.value), remark


def _mclust(name: str, folder: Path) -> Incumbent | None:
    """None without R or mclust; what it says of the data otherwise, which it leaves in a file."""
    say(f"selection: {name}, mclust")
    times = TIMES if name in ALLOWED else PATIENT_TIMES
    command = ["Rscript", "--vanilla", str(SCRIPT), str(folder), str(times), name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    answer = json.loads(done.stdout.splitlines()[-1])
    return Incumbent(Timing(answer["seconds"]), f"{answer['family']} {answer['k']}", answer["bic"])


def _data(name: str, folder: Path) -> np.ndarray | None:
    """What R wrote; without it the copy that the tests have, or None."""
    if (folder / f"{name}.csv").exists():
        return np.loadtxt(folder / f"{name}.csv", delimiter=",", skiprows=1)
    kept = ROOT / "tests" / "reference" / "data" / f"{name}.csv"
    if not kept.exists():
        return None
    columns = {"iris": range(4), "banknote": range(1, 7)}.get(name)
    return np.loadtxt(kept, delimiter=",", skiprows=1, usecols=columns)
