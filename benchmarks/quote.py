"""python -m benchmarks.quote: the tables of the README, from the latest `build/bench`."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.cases import OVERLAPPING, Case
from benchmarks.findings import milliseconds, table, times
from benchmarks.programs import DRUMLIN, ROOT, YARDSTICK

FOLDER = ROOT / "build" / "bench"
Record = dict[str, Any]


def main() -> None:
    """Passes at float64 and float32, then times to a given log-likelihood."""
    print(_passes(_records("passes")))
    print()
    print(_convergence(_records("convergence")))


def _records(name: str) -> list[Record]:
    found = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    print(f"{name}: {found['machine']['date'][:10]}, {found['command']}\n")
    records: list[Record] = found["records"]
    return records


def _passes(records: list[Record]) -> str:
    """Of each case: drumlin's best, its shares, the yardstick, and the fastest of the others."""
    rows = []
    for case, runs in _by_case(records).items():
        if case.separation != OVERLAPPING:
            continue
        ours, base, other = (
            min((run for run in runs if chosen(run["program"])), key=_best, default=None)
            for chosen in (DRUMLIN.name.__eq__, YARDSTICK.name.__eq__, _other)
        )
        if ours is not None and base is not None:
            rows.append(
                (
                    case.label.replace(" full", "").replace(" float64", ""),
                    f"{milliseconds(_best(ours))} ms",
                    *(f"{ours[of]:.0%}" if ours[of] else "" for of in ("of_peak", "of_limit")),
                    f"{milliseconds(_best(base))} ms",
                    times(_best(base) / _best(ours)),
                    "" if other is None else f"{other['program']} {milliseconds(_best(other))} ms",
                    "" if other is None else times(_best(other) / _best(ours)),
                )
            )
    titles = (
        "n, d, k", DRUMLIN.name, "of peak", "of limit", YARDSTICK.name, "ratio",
        "fastest other", "ratio",
    )  # fmt: skip
    return table(titles, rows)


def _convergence(records: list[Record]) -> str:
    rows = []
    for case, ascents in _by_case(records).items():
        seconds: dict[str, float] = {}
        for ascent in ascents:
            known = seconds.get(ascent["program"], float("inf"))
            seconds[ascent["program"]] = min(known, ascent["seconds_to_target"])
        ours = seconds.pop(DRUMLIN.name)
        others = (
            f"{name} {milliseconds(time)} ms ({times(time / ours)})"
            for name, time in seconds.items()
        )
        rows.append((case.label, f"{milliseconds(ours)} ms", ", ".join(others)))
    return table(("n, d, k", DRUMLIN.name, "others (ratio)"), rows)


def _by_case(records: list[Record]) -> dict[Case, list[Record]]:
    cases: dict[Case, list[Record]] = {}
    for record in records:
        cases.setdefault(Case(**record["case"]), []).append(record)
    return cases


def _best(run: Record) -> float:
    return float(run["best"])


def _other(program: str) -> bool:
    return program not in (DRUMLIN.name, YARDSTICK.name)


if __name__ == "__main__":
    main()
