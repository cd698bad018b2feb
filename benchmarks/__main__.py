"""python -m benchmarks [--full]: measures, prints Markdown, writes build/bench."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

from benchmarks import cases, memory, passes, peak, whole
from benchmarks.claims import same_answers
from benchmarks.machine import describe, thread_counts
from benchmarks.report import Results, to_json, to_markdown

FOLDER = Path("build/bench")


def main() -> int:
    """Exit code 1 when programs disagree on the log-likelihood: then different work was timed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every case, separated data too")
    results = measure(cases.COMPLETE if parser.parse_args().full else cases.QUICK)
    markdown = to_markdown(results)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "results.md").write_text(markdown, encoding="utf-8")
    (FOLDER / "results.json").write_text(to_json(results), encoding="utf-8")
    print(markdown)
    _say(f"written: {FOLDER}/results.md, {FOLDER}/results.json")
    return 0 if same_answers(results.runs).holds else 1


def measure(chosen: tuple[cases.Case, ...]) -> Results:
    """One run. The peak is taken again after every case: other processes disturb it too."""
    start, machine, threads = perf_counter(), describe(), thread_counts()
    peaks = peak.measure(threads)
    runs: list[passes.Run] = []
    for number, case in enumerate(chosen, 1):
        _say(f"pass {number} of {len(chosen)}: {case.label}")
        runs += passes.measure(case, threads)
        peaks = peak.best(peaks, peak.measure(threads))
    _say("memory, inference, small jobs")
    growths, inference = memory.measure(), whole.inference(threads)
    jobs = [*whole.small_fits(), *whole.start_up()]
    return Results(machine, peaks, runs, growths, inference, jobs, perf_counter() - start)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
