"""What is measured: sizes, families and float types, with data and a start made from a seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from drumlin._types import Array

SEED = 20_240_229

ROWS_FOR_START = 10_000
"""Rows from which the covariance of a start is estimated."""

OVERLAPPING, MODERATE, SEPARATED = 2.0, 4.0, 8.0
"""Typical distance between two means, in standard deviations within a component."""

OVERLAPS = {OVERLAPPING: "", MODERATE: ", moderate overlap", SEPARATED: ", separated"}
"""How labels name them; a label without such words means the first, heavy overlap."""


@dataclass(frozen=True)
class Case:
    """n samples in d dimensions, k components, the family, and the float type of the data.

    spread : the largest over the smallest typical standard deviation of a component
    """

    n_samples: int
    n_features: int
    n_components: int
    family: str = "full"
    float_type: str = "float64"
    separation: float = OVERLAPPING
    spread: float = 1.0

    @property
    def label(self) -> str:
        """How tables name it."""
        size = f"{self.n_samples:_}, {self.n_features}, {self.n_components}".replace("_", " ")
        scales = "" if self.spread == 1.0 else ", unequal scales"
        return f"{size} {self.family} {self.float_type}{OVERLAPS[self.separation]}{scales}"

    @property
    def n_passes(self) -> int:
        """Passes to time: five, or many when a pass is over before the clock has settled."""
        return 5 if self.n_samples > 10_000 else 100

    @property
    def exponentials(self) -> float:
        """Exponentials of one pass, one for each row and component; a logarithm counts as one."""
        return float(self.n_samples * (self.n_components + 1))

    @property
    def bytes(self) -> float:
        """What a pass must read: the data, once."""
        return float(self.n_samples * self.n_features * np.dtype(self.float_type).itemsize)

    @property
    def multiply_adds(self) -> float:
        """The least number of multiply-adds of one pass that is known to give this accuracy.

        full       n k (d² + 3 d): a triangular product, a symmetric scatter, and what is linear
        tied       n d² / 2 + 3 n k d: whitened once per row; the total scatter does not change
        diag       4 n k d: two for the distance, one each for shift and scatter
        spherical  3 n k d: the scatter is that of the distance
        """
        n, d, k = self.n_samples, self.n_features, self.n_components
        per_sample = {
            "full": k * (d * d + 3 * d),
            "tied": d * d / 2 + 3 * k * d,
            "diag": 4 * k * d,
            "spherical": 3 * k * d,
        }
        return n * float(per_sample[self.family])


FULL = (
    Case(200_000, 16, 16),
    Case(50_000, 64, 8),
    Case(100_000, 32, 8),
    Case(1_000_000, 8, 8),
    Case(1_000_000, 3, 4),
    Case(1_000_000, 2, 5),
    Case(1_000_000, 1, 3),
)
ODD = (Case(200_000, 7, 8), Case(100_000, 13, 8), Case(50_000, 31, 8))
OTHER_FAMILIES = (
    Case(200_000, 32, 64, "diag"),
    Case(200_000, 16, 16, "tied"),
    Case(200_000, 16, 16, "spherical"),
)
TINY = Case(272, 2, 2)
"""Hardly any arithmetic: what is left is the cost of Python, of one call, and of the M-step."""

COMMON = (FULL[0], FULL[5], TINY)
"""The cases on which every program is measured in the quick run too."""

QUICK = (
    TINY,
    *FULL,
    ODD[1],
    replace(FULL[0], separation=SEPARATED),
    *OTHER_FAMILIES,
    *(replace(case, float_type="float32") for case in FULL),
)
COMPLETE = tuple(
    replace(case, float_type=float_type, separation=separation)
    for float_type in ("float64", "float32")
    for case in (TINY, *FULL, *ODD, *OTHER_FAMILIES)
    for separation in (OVERLAPPING, SEPARATED)
)


@dataclass(frozen=True, eq=False)
class Trial:
    """A case with its data and the start that every program is given.

    x : (n, d)      in the float type of the case
    weights : (k,)  means : (k, d)
    covariances     (k, d, d), (d, d), (k, d) or (k,), by family
    """

    case: Case
    x: Array
    weights: Array
    means: Array
    covariances: Array


def generate(case: Case) -> Trial:
    """x from a mixture with random covariances; starts at k rows and the pooled covariance."""
    rng = np.random.default_rng([SEED, case.n_features, case.n_components])
    x = _draw(case, rng).astype(case.float_type, copy=False)
    means = x[rng.choice(len(x), case.n_components, replace=False)].astype(np.float64)
    pooled = np.cov(x[:ROWS_FOR_START].astype(np.float64), rowvar=False, ddof=0)
    pooled = pooled.reshape(case.n_features, case.n_features)
    weights = np.full(case.n_components, 1.0 / case.n_components)
    return Trial(case, x, weights, means, _as_family(pooled, case))


def write(trial: Trial, path: Path) -> None:
    """A file that `read` gives back, also in another Python."""
    np.savez(
        path,
        case=np.array(json.dumps(asdict(trial.case))),
        x=trial.x,
        weights=trial.weights,
        means=trial.means,
        covariances=trial.covariances,
    )


def read(path: str) -> Trial:
    """What `write` wrote."""
    with np.load(path) as file:
        case = Case(**json.loads(file["case"].item()))
        return Trial(case, file["x"], file["weights"], file["means"], file["covariances"])


def _draw(case: Case, rng: np.random.Generator) -> Array:
    d, k = case.n_features, case.n_components
    weights = rng.dirichlet(np.full(k, 5.0))
    means = rng.standard_normal((k, d)) * case.separation / np.sqrt(2.0 * d)
    labels = rng.choice(k, size=case.n_samples, p=weights)
    x = rng.standard_normal((case.n_samples, d))
    sizes = case.spread ** np.linspace(-0.5, 0.5, k)
    for j in range(k):
        square = rng.standard_normal((d, d))
        factor = np.linalg.cholesky(0.7 * square @ square.T / d + 0.3 * np.eye(d))
        factor *= sizes[j]
        rows = np.flatnonzero(labels == j)
        x[rows] = means[j] + x[rows] @ factor.T
    return x


def _as_family(pooled: Array, case: Case) -> Array:
    k, variances = case.n_components, np.diagonal(pooled)
    return {
        "full": np.repeat(pooled[None], k, axis=0),
        "tied": pooled,
        "diag": np.repeat(variances[None], k, axis=0),
        "spherical": np.full(k, variances.mean()),
    }[case.family]
