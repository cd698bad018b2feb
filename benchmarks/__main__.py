"""python -m benchmarks [--full] [--only passes,select]: prints Markdown, writes build/bench."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from time import perf_counter
from typing import Any

from benchmarks.findings import Findings, promises, to_json
from benchmarks.machine import Machine, describe, thread_counts
from benchmarks.programs import PROGRAMS, ROOT, Fleet
from benchmarks.sections import SECTIONS

FOLDER = ROOT / "build" / "bench"


def main() -> int:
    """Exit code 1 when programs disagree on the log-likelihood: then different work was timed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every case")
    parser.add_argument("--only", metavar="NAMES", help=f"of {', '.join(SECTIONS)}; a,b for two")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(SECTIONS)
    if unknown := set(chosen) - set(SECTIONS):
        parser.error(f"no section is named {', '.join(sorted(unknown))}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    valid = True
    with Fleet(thread_counts()) as fleet:
        machine = describe({program.name: fleet.version(program) for program in PROGRAMS})
        for name in chosen:
            title, summarise = SECTIONS[name]
            start = perf_counter()
            findings = summarise(fleet, options.full)
            seconds = perf_counter() - start
            _write(name, title, machine, findings, seconds, full=options.full)
            valid = valid and findings.valid
    (FOLDER / "results.md").write_text("# Benchmarks\n\n" + _joined(list(SECTIONS), "md"), "utf-8")
    print(_joined(chosen, "md"))
    print(f"written: {FOLDER}/results.md, {FOLDER}/*.json", file=sys.stderr)
    return 0 if valid else 1


def _write(
    name: str, title: str, machine: Machine, findings: Findings, seconds: float, *, full: bool
) -> None:
    """One Markdown and one JSON file per section, so that a section may be measured alone."""
    command = f"python -m benchmarks{' --full' if full else ''} --only {name}"
    parts = [
        f"## {title}",
        f"{machine.text()}\n\n`{command}`, {seconds:.0f} s.",
        promises(findings.claims) if findings.claims else "",
        findings.text,
    ]
    text = "\n\n".join(part for part in parts if part)
    (FOLDER / f"{name}.md").write_text(text + "\n", "utf-8")
    whole: dict[str, Any] = {
        "command": command,
        "machine": asdict(machine),
        "seconds": seconds,
        "claims": [asdict(claim) for claim in findings.claims],
        "records": list(findings.records),
    }
    (FOLDER / f"{name}.json").write_text(to_json(whole), "utf-8")


def _joined(names: list[str], ending: str) -> str:
    """The latest of each section."""
    files = [FOLDER / f"{name}.{ending}" for name in names]
    return "\n".join(file.read_text("utf-8") for file in files if file.exists())


if __name__ == "__main__":
    sys.exit(main())
