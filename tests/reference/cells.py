"""`python -m tests.reference.cells`: where default fits and mclust's tables differ, as Markdown.

With a number, `python -m tests.reference.cells 4`, for so many seeds: the share of the cells that
reach mclust with a healthy fit, and those that do not.

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


Cell = tuple[str, int, str, float, drumlin.Fit]


def read(data: str) -> np.ndarray:
    """(n, d) in the units of the reference values."""
    x = np.loadtxt(
        HERE / "data" / f"{data}.csv", delimiter=",", skiprows=1, usecols=COLUMNS[data], ndmin=2
    )
    return x / 1000.0 if data == "galaxies" else x


def cells(data: str, seed: int) -> Iterator[Cell]:
    """Every cell of the table: data, k, family, mclust's log-likelihood, and the default fit."""
    table = json.loads((HERE / "bic" / f"{data}.json").read_text())
    for k, row in zip(table["G"], table["loglik"], strict=True):
        for family, theirs in zip(table["models"], row, strict=True):
            yield data, k, family, theirs, drumlin.fit(read(data), k, family, rng=seed)


def reaches(cell: Cell) -> bool:
    """Whether the fit is healthy and as high as mclust's, up to 1e-3 nats."""
    theirs, fit = cell[-2:]
    return fit.healthy and fit.log_likelihood - theirs >= -1e-3


def line(cell: Cell) -> str:
    """The cell as a line of the table."""
    data, k, family, theirs, fit = cell
    x = read(data)
    whole = np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1])
    mass = fit.mixture.responsibilities(x).sum(axis=0).min()
    matrices = fit.mixture.covariance.matrices()
    least = min(scipy.linalg.eigvalsh(sigma, whole)[0] for sigma in matrices)
    health = "" if fit.healthy else " unhealthy |"
    return (
        f"| {data} | {k} | {family} | {theirs:.2f} | {fit.log_likelihood:.2f} "
        f"| {fit.log_likelihood - theirs:+.2f} | {mass:.1f} | {least:.1e} |{health}"
    )


def main(n_seeds: int | None) -> None:
    """The table for seed 0, or the count for several seeds and the cells that fall short."""
    found = [c for seed in range(n_seeds or 1) for data in COLUMNS for c in cells(data, seed)]
    short = [cell for cell in found if not reaches(cell)]
    listed = (
        short if n_seeds else [c for c in found if c in short or c[-1].log_likelihood - c[-2] > 10]
    )
    if n_seeds:
        sys.stdout.write(f"{len(found) - len(short)} of {len(found)} cells reach mclust\n\n")
    sys.stdout.write("\n".join([HEAD, "|---" * 8 + "|", *map(line, listed)]) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
