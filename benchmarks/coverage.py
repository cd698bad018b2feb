"""How often 95 % intervals hold the truth: `python -m benchmarks.coverage [REPLICATIONS]`.

Each replication draws 1000 rows from two separated components, fits them from the truth, so
that components keep their numbers, and asks for intervals. A method is right when every parameter
is covered in 92 to 97 % of the replications; with 500 of them chance alone moves a share by 1 %
(one standard deviation). Prints Markdown; `coverage.md` beside this file keeps one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

import drumlin
from drumlin._types import Array
from drumlin.uncertainty.parameters import packed, packed_mixture

ROWS = 1000
LEVEL = 0.95
BOUNDS = 0.92, 0.97
BOOTSTRAPS = ("bootstrap", "weighted-likelihood bootstrap")
REPLICATES = 400


def covariance(volume: float, ratio: float, angle: float) -> Array:
    """(2, 2) of this volume, with axes turned by the angle whose variances have this ratio."""
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    root = np.sqrt(ratio)
    return volume * (axes * [root, 1.0 / root]) @ axes.T


TRUTHS: dict[str, tuple[Array, Array]] = {
    "VVV": (covariance(1.3, 2.5, 0.6), covariance(1.0, 2.2, -0.4)),
    "EEE": (covariance(1.0, 2.2, 0.3), covariance(1.0, 2.2, 0.3)),
    "VII": (covariance(1.0, 1.0, 0.0), covariance(2.0, 1.0, 0.0)),
    "VVI": (covariance(1.0, 3.0, 0.0), covariance(2.0, 0.5, 0.0)),
    "EEV": (covariance(1.0, 4.0, 0.5), covariance(1.0, 4.0, -0.4)),
    "VEV": (covariance(1.0, 4.0, 0.5), covariance(2.0, 4.0, -0.4)),
    "EVE": (covariance(1.0, 4.0, 0.5), covariance(1.0, 0.3, 0.5)),
    "VVE": (covariance(1.0, 4.0, 0.5), covariance(2.0, 0.3, 0.5)),
}
CASES = [
    *((family, "information") for family in TRUTHS),
    *((family, "sandwich") for family in TRUTHS),
    *(("VVV", method) for method in BOOTSTRAPS),
]


def truth_of(family: str) -> drumlin.Mixture:
    """Two components six standard deviations apart."""
    return drumlin.Mixture.from_arrays([0.4, 0.6], [[0.0, 0.0], [6.0, 3.0]], TRUTHS[family])


def covered(truth: drumlin.Mixture, family: str, method: str, seed: int) -> Array:
    """(P,) which parameters the intervals of one replication hold; nan for what is no estimate."""
    x, _ = truth.sample(ROWS, seed)
    fit = drumlin.fit(x, 2, family, starts=truth)
    options = {"replicates": REPLICATES} if method in BOOTSTRAPS else {}
    errors = fit.standard_errors(x, method=method, rng=seed, **options)
    ends = errors.intervals(LEVEL)
    low, high = (packed(ends.weights[e], ends.means[e], ends.covariances[e]) for e in (0, 1))
    exact = packed_mixture(truth)
    held = (low <= exact) & (exact <= high)
    return np.where(high > low, held, np.nan)


def lines(replications: int) -> Iterator[str]:
    """The table, a case at a time."""
    replicated = f"{replications} replications whose {100 * LEVEL:g} % interval holds the truth"
    yield f"Share (%) of {replicated}; n = {ROWS}, over the parameters."
    yield ""
    yield "| family | method | least | mean | most | all within 92 to 97 |"
    yield "|---|---|---|---|---|---|"
    for family, method in CASES:
        truth = truth_of(family)
        held = [covered(truth, family, method, seed) for seed in range(replications)]
        shares = np.mean(held, axis=0)[1:]  # φ_2 = 1 − φ_1 is covered where that is
        shares = shares[~np.isnan(shares)]
        good = bool((shares >= BOUNDS[0]).all() and (shares <= BOUNDS[1]).all())
        cells = [f"{100 * share:.1f}" for share in (shares.min(), shares.mean(), shares.max())]
        yield f"| {family} | {method} | {' | '.join(cells)} | {'yes' if good else 'no'} |"


def main() -> None:
    """Print the table as it grows."""
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else 500):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
