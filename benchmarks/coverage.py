"""How often 95 % intervals hold the truth: `python -m benchmarks.coverage [REPLICATIONS]`.

Each replication draws 1000 rows from two components that stand apart, fits them from the truth, so
that components keep their numbers, and asks for intervals by each method. A method is right when
every parameter is covered in 92 to 97 % of the replications; with 500 of them chance alone moves a
share by 1 % (one standard deviation). Prints Markdown; `coverage.md` beside this file keeps one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

import drumlin
from drumlin.parameters import packed, packed_mixture

Array = np.ndarray

ROWS = 1000
LEVEL = 0.95
BOUNDS = 0.92, 0.97
METHODS: dict[str, dict[str, int]] = {
    "information": {},
    "sandwich": {},
    "bootstrap": {"replicates": 400},
    "weighted-likelihood bootstrap": {"replicates": 400},
    "jackknife": {"replicates": 200},
}
TRUTH = drumlin.Mixture.from_arrays(
    [0.4, 0.6],
    [[0.0, 0.0], [5.0, 2.0]],
    [[[1.0, 0.5], [0.5, 2.0]], [[1.5, -0.4], [-0.4, 0.8]]],
)


def covered(method: str, seed: int) -> Array:
    """(P,) bool: which parameters the intervals of one replication hold."""
    x, _ = TRUTH.sample(ROWS, seed)
    fit = drumlin.fit(x, 2, starts=TRUTH)
    ends = fit.standard_errors(x, method=method, rng=seed, **METHODS[method]).intervals(LEVEL)
    low, high = (packed(ends.weights[e], ends.means[e], ends.covariances[e]) for e in (0, 1))
    truth = packed_mixture(TRUTH)
    held: Array = (low <= truth) & (truth <= high)
    return held


def lines(replications: int) -> Iterator[str]:
    """The table, a method at a time."""
    told = f"{replications} replications whose {100 * LEVEL:g} % interval holds the truth"
    yield f"Share (%) of {told}; n = {ROWS}."
    yield ""
    yield "| method | least | mean | most | all within 92 to 97 |"
    yield "|---|---|---|---|---|"
    for method in METHODS:
        shares = np.mean([covered(method, seed) for seed in range(replications)], axis=0)
        # φ_2 = 1 − φ_1, whose interval is the mirror image of the other's
        shares = shares[1:]
        good = bool((shares >= BOUNDS[0]).all() and (shares <= BOUNDS[1]).all())
        cells = [f"{100 * share:.1f}" for share in (shares.min(), shares.mean(), shares.max())]
        yield f"| {method} | {' | '.join(cells)} | {'yes' if good else 'no'} |"


def main() -> None:
    """Print the table as it grows."""
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else 500):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
