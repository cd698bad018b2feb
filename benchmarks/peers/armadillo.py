"""Armadillo's gmm_full and gmm_diag: a small C++ program, built when its headers are there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps
from benchmarks.peers.elsewhere import run
from benchmarks.peers.peer import FitPath, Passes

SOURCE = Path(__file__).with_suffix(".cpp")
PROGRAM = Path("build/bench/armadillo")
COMPILER = os.environ.get("CXX", "c++")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-DARMA_NO_DEBUG", "-fopenmp")
VERSION = "ARMA_VERSION_MAJOR.ARMA_VERSION_MINOR.ARMA_VERSION_PATCH"
MANY = 1_000_000


@dataclass(frozen=True)
class Armadillo:
    """Its threads are OpenMP's, set from outside."""

    def version(self) -> str:
        """What its headers say; the program is built now, so that no request waits for it."""
        question = f"#include <armadillo>\n{VERSION}\n"
        command = (COMPILER, "-E", "-P", "-x", "c++", "-")
        asked = subprocess.run(command, input=question, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise ImportError("its headers are not there")
        if not PROGRAM.exists() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
            build = (COMPILER, *FLAGS, str(SOURCE), "-o", str(PROGRAM), "-larmadillo")
            PROGRAM.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(build, check=True, capture_output=True)
        return "".join(asked.stdout.split("\n")[-2].split())

    def variants(self, case: Case) -> list[str]:
        """Full and diagonal, in double."""
        known = case.family in ("full", "diag") and case.float_type == "float64"
        return [""] if known else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """Time between the lines it prints per iteration; the first is to warm up."""
        del variant, n_threads
        answer = run([str(PROGRAM)], trial, n_passes + 1, -1.0, 1e9)
        return Passes(gaps(answer["seconds"]), answer["log_likelihoods"][-1], answer["memory"])

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """Time runs from its `learn`; it has no tolerance, so it is ended from outside."""
        del n_threads
        answer = run([str(PROGRAM)], trial, MANY, tol, max_seconds)
        return FitPath(answer["seconds"], answer["log_likelihoods"], answer["finished"])


PEER = Armadillo()
