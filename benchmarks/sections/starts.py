"""How often default starts end at the best known optimum: see `benchmarks.starts_quality`."""

from __future__ import annotations

from benchmarks.findings import Claim, Findings, table
from benchmarks.programs import DRUMLIN, YARDSTICK, Fleet
from benchmarks.progress import say
from benchmarks.starts_quality import DATA_SETS, PROGRAMS, SEEDS, WITHIN, shares
from benchmarks.starts_quality import summarise as fits

FEW_SEEDS, FEW_ROWS = 10, 1000
"""Of the quick run: seeds, and the largest data set."""


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Every data set with 50 seeds; the quick run: the small ones with ten."""
    names = [name for name in PROGRAMS if name == DRUMLIN.name or fleet.installed(YARDSTICK)]
    seeds = range(SEEDS if full else FEW_SEEDS)
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, object]] = []
    behind = []
    programs: list[str] = []
    for data in DATA_SETS:
        n_samples = len(data.make())
        if not full and n_samples > FEW_ROWS:
            continue
        say(f"starts: {data.label}")
        found = fits(data, seeds, names)
        reached = shares(found, n_samples)
        programs = list(reached)
        rows.append((data.label, *(f"{share:.0%}" for share in reached.values())))
        records.append({"data": data.label, "log_likelihoods": found, "shares": reached})
        if reached[DRUMLIN.name] < max(reached.values()):
            behind.append(data.label)
    note = f"Share of {len(seeds)} seeds that end within {WITHIN} nats per row of the best of all."
    claim = Claim(
        "default starts end at the best as often as those of any program, on every data set",
        f"behind on {len(behind)} of {len(rows)}" + (f": {'; '.join(behind)}" if behind else ""),
        not behind,
    )
    return Findings(f"{note}\n\n{table(('data', *programs), rows)}", records, [claim])
