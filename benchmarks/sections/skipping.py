"""Cost of a pass against the number of components, with and without rows in order.

`python -m benchmarks --only skipping` prints it. The runs start at the mixture that the data were
drawn from, so that they show what a pass costs once EM knows the components.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.cases import OVERLAPPING, SEED, SEPARATED
from benchmarks.clock import watched
from benchmarks.findings import Claim, Findings, milliseconds, table, times
from benchmarks.programs import Fleet
from benchmarks.progress import say
from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.covariance import family_named
from drumlin.data import ArraySource, Rows
from drumlin.em import Engine, PassCounter, Problem, as_given, iterates
from drumlin.em import summarise as measured
from drumlin.em.run import with_row_ordering
from drumlin.execution import Threads, available_threads

N_SAMPLES, N_FEATURES = 200_000, 16
COMPONENTS = (4, 8, 16, 32, 64, 128, 256)
SEPARATIONS = (OVERLAPPING, SEPARATED, 12.0, 15.0)
"""Typical distance between two means, in standard deviations within a component."""

FAR = SEPARATIONS[-1]
PASSES, SETTLED = 10, 5
"""Passes of a run, and how many of the last count: an order is made in one of the first."""

HALF = 0.5
SLOWER = 0.05


@dataclass(frozen=True)
class Run:
    """Median seconds of a settled pass, plain and with rows in order where that pays.

    orders : whether they were in the end;  difference : relative, of ℓ after the last pass
    """

    separation: float
    n_components: int
    plain: float
    ordered: float
    orders: bool
    difference: float


def summarise(fleet: Fleet, full: bool) -> Findings:
    """Every second number of components unless ``full``."""
    del fleet
    chosen = COMPONENTS if full else COMPONENTS[::2]
    runs = [_run(separation, k) for separation in SEPARATIONS for k in chosen]
    lines = [
        (
            f"{run.separation:g}",
            str(run.n_components),
            milliseconds(run.plain),
            milliseconds(run.ordered),
            times(run.plain / run.ordered),
            "yes" if run.orders else "no",
            f"{run.difference:.0e}",
        )
        for run in runs
    ]
    titles = ("distance", "k", "plain ms", "with skipping ms", "×", "ordered", "ℓ differs by")
    far = [run for run in runs if run.separation == FAR]
    growth = (far[-1].ordered / far[0].ordered) / (far[-1].n_components / far[0].n_components)
    idle = max(run.ordered / run.plain - 1.0 for run in runs if not run.orders)
    worst = max(run.difference for run in runs)
    claims = [
        Claim.at_most(f"at distance {FAR:g} cost grows at most {HALF} times as k", growth, HALF),
        Claim.at_most("at most 5 % slower where it cannot help", idle, SLOWER, "%"),
        Claim.at_most("the same log-likelihood to 1e-13", worst, 1e-13),
    ]
    records = [vars(run) for run in runs]
    return Findings(table(titles, lines), records, claims, valid=worst <= 1e-11)


def _run(separation: float, n_components: int) -> Run:
    say(f"skipping: k = {n_components}, distance {separation:g}")
    x, weights, means, covariances = _draw(separation, n_components)
    source = ArraySource(Rows(x))
    engine = Engine(resolve("auto"), Threads(available_threads()), PassCounter(len(x)))
    problem = Problem(source, family_named("full", N_FEATURES), measured(source, engine), engine)
    start = as_given(Mixture.from_arrays(weights, means, covariances))
    ordered = with_row_ordering(problem, n_components)

    def run(over: Problem) -> tuple[float, float]:
        steps = (iteration.log_likelihood for iteration in iterates(start, over))
        gaps, value = watched(steps, PASSES)
        return median(gaps[-SETTLED:]), value

    (plain, want), (quick, got) = run(problem), run(ordered)
    orders = ordered.row_ordering is not None and ordered.row_ordering.ordered is not None
    difference = abs(got - want) / abs(want)
    return Run(separation, n_components, plain, quick, orders, difference)


def _draw(separation: float, n_components: int) -> tuple[Array, Array, Array, Array]:
    """x, and the weights, means and covariances it was drawn from."""
    rng = np.random.default_rng([SEED, n_components])
    weights = rng.dirichlet(np.full(n_components, 5.0))
    means = rng.standard_normal((n_components, N_FEATURES)) * separation / np.sqrt(2 * N_FEATURES)
    square = rng.standard_normal((n_components, N_FEATURES, N_FEATURES))
    covariances = 0.7 * square @ square.transpose(0, 2, 1) / N_FEATURES + 0.3 * np.eye(N_FEATURES)
    z = rng.choice(n_components, size=N_SAMPLES, p=weights)
    x = rng.standard_normal((N_SAMPLES, N_FEATURES))
    for j, factor in enumerate(np.linalg.cholesky(covariances)):
        x[z == j] = means[j] + x[z == j] @ factor.T
    return x, weights, means, covariances
