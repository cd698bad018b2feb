"""mclust, the program of R for mixtures: em() from a given start, by Rscript."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case, Trial
from benchmarks.peers.elsewhere import run
from benchmarks.peers.peer import Passes

SCRIPT = Path(__file__).with_suffix(".R")
RSCRIPT = ("Rscript", "--vanilla")
TIMES = 5


@dataclass(frozen=True)
class Mclust:
    """Its passes are Fortran, on one thread."""

    def version(self) -> str:
        """What R says; FileNotFoundError without R."""
        question = (*RSCRIPT, "-e", "cat(as.character(packageVersion('mclust')))")
        asked = subprocess.run(question, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise ImportError("R has no package mclust")
        return asked.stdout.strip()

    def variants(self, case: Case) -> list[str]:
        """All four families, in double."""
        return [""] if case.float_type == "float64" else []

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """(m + 1 iterations − one) / m, five times; m is one where n is large."""
        del variant, n_threads
        answer = run([*RSCRIPT, str(SCRIPT)], trial, n_passes, TIMES)
        return Passes(answer["seconds"], answer["log_likelihood"], answer["memory"])


PEER = Mclust()
