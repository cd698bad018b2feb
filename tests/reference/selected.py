"""`python -m tests.reference.selected`: where default selections and mclust's tables differ.

With a number, `python -m tests.reference.selected 4`, for so many seeds.

Listed as Markdown are cells whose BIC is worse than mclust's by more than 0.05 or that are not
healthy, and cells better by more than 20, with what makes a high likelihood suspect: the smallest
mass, and the smallest eigenvalue of a Σ_j relative to the covariance of the whole data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg

import drumlin
from drumlin.selection import Selection
from tests.reference.cells import COLUMNS, HERE, read

DATA = tuple(COLUMNS)
WORSE, BETTER = 0.05, 20.0
HEAD = "| data | k | family | mclust's BIC | drumlin's | difference | smallest mass | eigenvalue |"
ONE_COLUMN = {"VVV": "V", "EEE": "E"}


@dataclass(frozen=True, eq=False)
class Compared:
    """A cell beside mclust's: BIC as ours, lower is better.

    unhealthy_there : whether mclust's end of its run is unhealthy by our rule
    """

    data: str
    fit: drumlin.Fit
    family: str
    bic: float
    n_parameters: int
    unhealthy_there: bool

    @property
    def gain(self) -> float:
        """By how much our BIC is better."""
        return self.bic - self.fit.bic()

    @property
    def reaches(self) -> bool:
        """Whether ours is healthy and as good as mclust's."""
        return self.fit.healthy and self.gain >= -WORSE

    def line(self) -> str:
        """As a line of the table."""
        x, mixture = read(self.data), self.fit.mixture
        whole = np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1])
        mass = mixture.responsibilities(x).sum(axis=0).min()
        least = min(scipy.linalg.eigvalsh(s, whole)[0] for s in mixture.covariance.matrices())
        notes = "" if self.fit.healthy else " unhealthy |"
        notes += " unhealthy in mclust |" if self.unhealthy_there else ""
        return (
            f"| {self.data} | {mixture.n_components} | {self.family} | {self.bic:.2f} "
            f"| {self.fit.bic():.2f} | {-self.gain:+.2f} | {mass:.1f} | {least:.1e} |{notes}"
        )


def mclust_table(data: str) -> dict[str, Any]:
    """mclust's table [k][family] of every family, one to nine components."""
    table: dict[str, Any] = json.loads((HERE / "bic" / "all_families.json").read_text())[data]
    return table


def compared(data: str, selection: Selection) -> Iterator[Compared]:
    """The cells that mclust fits, each beside ours."""
    table, n = mclust_table(data), len(read(data))
    for cell in selection.cells:
        family = cell.family.code
        family = family if family in table["models"] else ONE_COLUMN[family]
        place = table["G"].index(cell.n_components), table["models"].index(family)
        theirs, p = (table[name][place[0]][place[1]] for name in ("loglik", "npar"))
        if theirs is not None and cell.fit is not None:
            bic = -2.0 * theirs + p * float(np.log(n))
            unhealthy = [cell.n_components, family] in table["unhealthy"]
            yield Compared(data, cell.fit, family, bic, p, unhealthy)


def main(n_seeds: int) -> None:
    """The share for each seed, and the cells that are worse, unhealthy, or much better."""
    for seed in range(n_seeds):
        found = [c for d in DATA for c in compared(d, drumlin.select(read(d), rng=seed))]
        short = [cell for cell in found if not cell.reaches]
        far = [cell for cell in found if cell.reaches and cell.gain > BETTER]
        sys.stdout.write(f"seed {seed}: {len(found) - len(short)} of {len(found)} reach mclust\n")
        listed = short + (far if n_seeds == 1 else [])
        if listed:
            lines = [HEAD, "|---" * 8 + "|", *(cell.line() for cell in listed), ""]
            sys.stdout.write("\n".join(["", *lines, ""]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
