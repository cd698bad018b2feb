"""How often default starts reach the best known optimum, beside scikit-learn's.

`summarise` fits each data set with many seeds; `shares` says how many of them end within 1e-3 nats
per row of the best that anybody found there. The peers run on to a tight tolerance, so that what
is compared is where a start leads and not where a default tolerance gives up. A fit with a part
of fewer than d + 1 rows, or flat to 1e-6 of the data, is a spike and reaches nothing.

`python -m benchmarks.starts_quality [SEEDS [NAME ...]]` prints the table.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import drumlin
from drumlin._types import Array

SEEDS = 50
WITHIN = 1e-3
"""Nats per row."""

FLATTEST = 1e-6

SEPARATED = 12.0
"""Clusters typically so far apart are drawn until no two are nearer than half of it."""

DATA = Path(__file__).resolve().parent.parent / "tests" / "reference" / "data"


@dataclass(frozen=True, eq=False)
class DataSet:
    """A name, what makes x (n, d), k and the family."""

    name: str
    make: Callable[[], Array]
    n_components: int
    family: str = "full"

    @property
    def label(self) -> str:
        """How tables name it."""
        return f"{self.name}, k = {self.n_components}, {self.family}"


def _read(name: str, columns: range) -> Callable[[], Array]:
    return lambda: np.loadtxt(
        DATA / f"{name}.csv", delimiter=",", skiprows=1, usecols=columns, ndmin=2
    )


def _nearest(means: Array) -> float:
    apart = np.linalg.norm(means[:, None] - means, axis=2)
    return float(apart[~np.eye(len(means), dtype=bool)].min())


def _drawn(
    n: int, d: int, k: int, apart: float, *, scales: float = 0.0, idle: int = 0
) -> Callable[[], Array]:
    """Clusters ``apart`` standard deviations from each other in d columns.

    scales : columns are multiplied by 10^±scales, and components by up to 5
    idle : columns of noise beside them
    """

    def make() -> Array:
        rng = np.random.default_rng([20_261_122, n, d, k, idle])
        means = rng.standard_normal((k, d)) * apart / np.sqrt(2.0 * d)
        while apart >= SEPARATED and _nearest(means) < apart / 2.0:
            means = rng.standard_normal((k, d)) * apart / np.sqrt(2.0 * d)
        labels = rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 5.0)))
        x = rng.standard_normal((n, d))
        for j in range(k):
            square = rng.standard_normal((d, d))
            factor = np.linalg.cholesky(0.7 * square @ square.T / d + 0.3 * np.eye(d))
            size = 5.0 ** rng.uniform(-1.0, 1.0) if scales else 1.0
            x[labels == j] = means[j] + size * x[labels == j] @ factor.T
        x = np.hstack([x, rng.standard_normal((n, idle))])
        return x * 10.0 ** rng.uniform(-scales, scales, x.shape[1])

    return make


DATA_SETS = (
    *(DataSet("faithful", _read("faithful", range(2)), k) for k in (2, 3)),
    *(DataSet("iris", _read("iris", range(4)), k) for k in (2, 3)),
    *(
        DataSet("banknote", _read("banknote", range(1, 7)), k, family)
        for family in ("full", "tied")
        for k in (2, 3, 4, 5)
    ),
    DataSet("overlapping 2 000 x 4", _drawn(2000, 4, 5, 4.0), 5),
    DataSet("separated 2 000 x 4", _drawn(2000, 4, 10, 12.0), 10),
    DataSet("unequal scale 3 000 x 4", _drawn(3000, 4, 6, 6.0, scales=3.0), 6),
    DataSet("heavy overlap 5 000 x 6", _drawn(5000, 6, 6, 2.5), 6),
    DataSet("idle columns 1 500 x 20", _drawn(1500, 2, 6, 12.0, idle=18), 6),
    DataSet("overlapping 100 000 x 8", _drawn(100_000, 8, 8, 4.0), 8),
    DataSet("separated 100 000 x 4", _drawn(100_000, 4, 16, 12.0), 16),
    DataSet("unequal scale 100 000 x 4", _drawn(100_000, 4, 8, 6.0, scales=3.0), 8),
)


def _drumlin(x: Array, data: DataSet, seed: int) -> float:
    fit = drumlin.fit(x, data.n_components, data.family, rng=seed)
    return fit.log_likelihood if fit.healthy else -np.inf


def _scikit_learn(x: Array, data: DataSet, seed: int, n_init: int) -> float:
    from sklearn.mixture import GaussianMixture

    model: Any = GaussianMixture(
        data.n_components,
        covariance_type=data.family,
        n_init=n_init,
        random_state=seed,
        tol=1e-7,
        max_iter=2000,
    )
    model.fit(x)
    mixture = drumlin.Mixture.from_arrays(
        model.weights_, model.means_, model.covariances_, structure=data.family
    )
    whole = np.linalg.cholesky(np.cov(x, rowvar=False).reshape(x.shape[1], -1))
    white = np.linalg.solve(whole, np.linalg.solve(whole, mixture.covariance.matrices()).mT)
    flat = np.linalg.eigvalsh(white).min() < FLATTEST
    if flat or model.weights_.min() * len(x) < x.shape[1] + 1:
        return -np.inf
    return float(mixture.log_density(x).sum())


PROGRAMS: dict[str, Callable[[Array, DataSet, int], float]] = {
    "drumlin": _drumlin,
    "scikit-learn": lambda x, data, seed: _scikit_learn(x, data, seed, 1),
    "scikit-learn, n_init=10": lambda x, data, seed: _scikit_learn(x, data, seed, 10),
}
"""By name: the log-likelihood of a default fit, −∞ for a spike."""


def summarise(
    data: DataSet, seeds: Iterable[int] = range(SEEDS), programs: Sequence[str] = tuple(PROGRAMS)
) -> dict[str, list[float]]:
    """The log-likelihood of each program and seed, in nats."""
    x = data.make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: [PROGRAMS[name](x, data, seed) for seed in seeds] for name in programs}


def shares(found: dict[str, list[float]], n_samples: int) -> dict[str, float]:
    """By program: the share of seeds within 1e-3 nats per row of the best of all."""
    best = max(max(values) for values in found.values())
    return {
        name: float(np.mean(np.array(values) >= best - WITHIN * n_samples))
        for name, values in found.items()
    }


def table(seeds: Iterable[int] = range(SEEDS), names: Sequence[str] = ()) -> str:
    """Markdown: a line per data set whose name begins with one of ``names``, all by default."""
    chosen = [d for d in DATA_SETS if not names or d.name.startswith(tuple(names))]
    lines = ["| data | " + " | ".join(PROGRAMS) + " |", "|---" * (len(PROGRAMS) + 1) + "|"]
    for data in chosen:
        reached = shares(summarise(data, seeds), len(data.make()))
        lines.append(f"| {data.label} | " + " | ".join(f"{s:.0%}" for s in reached.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    number = int(arguments[0]) if arguments else SEEDS
    sys.stdout.write(table(range(number), arguments[1:]) + "\n")
