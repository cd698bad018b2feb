"""`python -m tests.reference.cells`: where default fits and mclust's tables differ, as Markdown.

Listed are cells below mclust by more than 1e-3 nats, unhealthy ones, and those above by more than
10 nats, with what makes a high likelihood suspect: the smallest mass, and the smallest eigenvalue
of a Σ_j relative to the covariance of the whole data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.linalg

import drumlin

HERE = Path(__file__).parent
COLUMNS = {"faithful": range(2), "iris": range(4), "banknote": range(1, 7), "galaxies": range(1)}
HEAD = "| data | k | family | mclust | drumlin | difference | smallest mass | eigenvalue |"


def lines(data: str) -> Iterator[str]:
    """One line of the table per cell that differs."""
    x = np.loadtxt(
        HERE / "data" / f"{data}.csv", delimiter=",", skiprows=1, usecols=COLUMNS[data], ndmin=2
    )
    x = x / 1000.0 if data == "galaxies" else x
    whole = np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1])
    table = json.loads((HERE / "bic" / f"{data}.json").read_text())
    for k, row in zip(table["G"], table["loglik"], strict=True):
        for family, theirs in zip(table["models"], row, strict=True):
            fit = drumlin.fit(x, k, family, rng=0)
            gain = fit.log_likelihood - theirs
            if -1e-3 <= gain <= 10.0 and fit.healthy:
                continue
            mass = fit.mixture.responsibilities(x).sum(axis=0).min()
            least = min(
                scipy.linalg.eigvalsh(sigma, whole)[0]
                for sigma in fit.mixture.covariance.matrices()
            )
            health = "" if fit.healthy else " unhealthy |"
            yield (
                f"| {data} | {k} | {family} | {theirs:.2f} | {fit.log_likelihood:.2f} "
                f"| {gain:+.2f} | {mass:.1f} | {least:.1e} |{health}"
            )


if __name__ == "__main__":
    rows = [HEAD, "|---" * 8 + "|", *(line for name in COLUMNS for line in lines(name))]
    sys.stdout.write("\n".join(rows) + "\n")
