"""What is measured: sizes, families and float types, with data and a start made from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray

SEED = 20_240_229

ROWS_FOR_START = 10_000
"""Rows from which the covariance of a start is estimated."""

OVERLAPPING, SEPARATED = 2.0, 8.0
"""Typical distance between two means, in standard deviations within a component."""


@dataclass(frozen=True)
class Case:
    """n samples in d dimensions, k components, the family, and the float type of the data."""

    n_samples: int
    n_features: int
    n_components: int
    family: str = "full"
    float_type: str = "float64"
    separation: float = OVERLAPPING

    @property
    def label(self) -> str:
        """How tables name it."""
        overlap = "" if self.separation == OVERLAPPING else ", separated"
        return (
            f"{self.n_samples:_}, {self.n_features}, {self.n_components} {self.family} "
            f"{self.float_type}{overlap}"
        ).replace("_", " ")

    @property
    def n_passes(self) -> int:
        """Passes to time: five, or many when a pass is over before the clock has settled."""
        return 5 if self.n_samples > 10_000 else 100

    @property
    def multiply_adds(self) -> float:
        """The least number of multiply-adds of one pass that is known to give this accuracy.

        full       n k (d² + 3 d): a triangular product, a symmetric scatter, and what is linear
        tied       n d² / 2 + 3 n k d: whitened once per row; the total scatter does not change
        diag       4 n k d: two for the distance, one each for shift and scatter
        spherical  3 n k d: the scatter is that of the distance

        Exponentials, n k of them, are not counted.
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
    Case(1_000_000, 2, 5),
    Case(1_000_000, 1, 3),
    Case(1_000_000, 8, 8),
)
OTHER_FAMILIES = (
    Case(200_000, 32, 64, "diag"),
    Case(200_000, 16, 16, "tied"),
    Case(200_000, 16, 16, "spherical"),
)
TINY = Case(272, 2, 2)
"""Hardly any arithmetic: what is left is the cost of Python, of one call, and of the M-step."""

QUICK = (
    TINY,
    *FULL,
    replace(FULL[0], separation=SEPARATED),
    *OTHER_FAMILIES,
    *(replace(case, float_type="float32") for case in (FULL[0], FULL[4])),
)
COMPLETE = tuple(
    replace(case, float_type=float_type, separation=separation)
    for float_type in ("float64", "float32")
    for case in (TINY, *FULL, *OTHER_FAMILIES)
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


def _draw(case: Case, rng: np.random.Generator) -> Array:
    d, k = case.n_features, case.n_components
    weights = rng.dirichlet(np.full(k, 5.0))
    means = rng.standard_normal((k, d)) * case.separation / np.sqrt(2.0 * d)
    labels = rng.choice(k, size=case.n_samples, p=weights)
    x = rng.standard_normal((case.n_samples, d))
    for j in range(k):
        square = rng.standard_normal((d, d))
        factor = np.linalg.cholesky(0.7 * square @ square.T / d + 0.3 * np.eye(d))
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
