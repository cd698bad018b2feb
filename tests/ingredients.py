"""What the tests of the mathematics are made of: random mixtures, and problems ready to be run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.covariance import (
    FAMILIES,
    Diagonal,
    Family,
    Full,
    Sharing,
    Spherical,
    Structure,
    Tied,
    family_named,
)
from drumlin.covariance.cholesky import lower_factor
from drumlin.data import ArraySource, Rows
from drumlin.em import EPSILON, DataSummary, Iteration, Problem, State, rounding, summarise
from drumlin.execution import Threads
from drumlin.starts import from_labels
from tests.letters import covariances

STRUCTURE_NAMES = ("full", "tied", "diag", "spherical")
FAMILY_NAMES = ("full", "tied", "diag", "spherical")
"""The families that are the whole of their structure."""
EVERY_FAMILY = tuple(family.code for family in FAMILIES)


def random_structure(
    rng: np.random.Generator, name: str, k: int, d: int, *, condition: float = 10.0
) -> Structure:
    """k covariances in d dimensions with standard deviations between 1 and √condition.

    name : of a structure; or the code of a family, then they are full but of that family
    """
    spreads = np.log(condition)
    turns = [(rng.normal(size=(d, d)), rng.uniform(0.0, spreads / 2, size=d)) for _ in range(k)]
    variances = np.exp(rng.uniform(0.0, spreads, size=(k, d)))
    # all numbers are drawn, and only what is asked for is made of them: axes take d³
    made: dict[str, Callable[[], Structure]] = {
        "full": lambda: Full(np.stack([_lower(*turn) for turn in turns])),
        "tied": lambda: Tied(_lower(*turns[0]), k),
        "diag": lambda: Diagonal(variances),
        "spherical": lambda: Spherical(variances[:, 0], d),
    }
    return made[name]() if name in made else Full.from_matrices(covariances(name, k, d, rng))


def random_mixture(
    rng: np.random.Generator,
    k: int,
    d: int,
    structure: str = "full",
    *,
    spread: float = 3.0,
    condition: float = 10.0,
) -> Mixture:
    """A mixture whose means are ``spread`` apart and whose components overlap."""
    weights = rng.dirichlet(np.full(k, 5.0))
    means = spread * rng.normal(size=(k, d))
    return Mixture(weights, means, random_structure(rng, structure, k, d, condition=condition))


def draw(mixture: Mixture, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """n rows and their components, whatever order `Mixture.sample` draws its numbers in."""
    z = rng.choice(mixture.n_components, size=n, p=mixture.weights)
    roots = np.linalg.cholesky(mixture.covariance.matrices())
    noise = rng.standard_normal((n, mixture.n_features))
    return mixture.means[z] + np.einsum("iab,ib->ia", roots[z], noise), z


def _lower(turn: Array, log_sd: Array) -> Array:
    """(d, d) the lower factor of a covariance with the axes of ``turn``, and deviations (d,)."""
    return lower_factor(np.linalg.qr(turn)[0] * np.exp(log_sd))


def whole_of(rows: Rows, backend: Backend | None = None) -> DataSummary:
    """One Gaussian for all rows, and the floor."""
    return summarise(ArraySource(rows), backend or ReferenceBackend(), Threads(1))


def problem_of(
    x: Array,
    family: str | Family,
    *,
    sample_weight: Array | None = None,
    labels: Array | None = None,
    backend: Backend | None = None,
    chunk_rows: int | None = None,
    equal_weights: bool = False,
) -> Problem:
    """Everything that EM needs besides a start."""
    rows = Rows(x, sample_weight, labels)
    engine = backend or ReferenceBackend()
    return Problem(
        ArraySource(rows, chunk_rows),
        family_named(family, x.shape[1]),
        whole_of(rows, engine).floor,
        engine,
        Threads(1),
        equal_weights,
    )


def start_of(problem: Problem, labels: Array, k: int) -> State:
    """The M-step of hard labels on the rows of a problem of one chunk."""
    rows = problem.source[0]
    given = Rows(rows.x, rows.sample_weight, labels)
    return from_labels(problem, given, whole_of(rows, problem.backend), k)


def assert_same_mixture(got: Mixture, want: Mixture, relative: float) -> None:
    """Assert that two mixtures differ by at most ``relative``, in standard deviations of x."""
    covariance = want.total_covariance()
    sd = np.sqrt(np.diagonal(covariance))
    np.testing.assert_allclose(got.weights, want.weights, rtol=0, atol=relative)
    np.testing.assert_allclose(got.means / sd, want.means / sd, rtol=relative, atol=relative)
    scale = np.outer(sd, sd)
    difference: Any = (got.covariance.matrices() - want.covariance.matrices()) / scale
    assert np.abs(difference).max() <= relative, f"covariances differ by {np.abs(difference).max()}"


def noise_between(before: Iteration, after: Iteration, problem: Problem, count: float) -> float:
    """Nats that rounding may cost the objective between two passes.

    64 ε (|ℓ| + κ count), κ by how much whitening magnifies the rounding of a row: where volume or
    shape is shared, components of a few rows are stretched far above the floor.

    On the floor instead: there the eigenvalues of Σ_j relative to the floor reach 1/ε_floor, and
    rounding of the scatter blurs those near 1 by d ε / ε_floor = 2e-6 d. Q is at its maximum, so
    the loss is of second order: count (d ε / ε_floor)². Regularised, the least is pull ε_floor.
    """
    value, dtype = abs(before.log_likelihood) + after.penalty, problem.source.dtype
    if not (before.on_floor.any() or after.on_floor.any() or after.regularised):
        return rounding(value, count, dtype, after.mixture.covariance.conditioning)
    least = problem.floor.epsilon * (problem.floor.pull if after.regularised else 1.0)
    blur = before.mixture.n_features * EPSILON / least
    return rounding(value, count, dtype) + count * blur**2


def restricted(family: str, covariance: Array) -> Array:
    """(d, d) Σ of one component of this family, from the maximum-likelihood covariance (d, d)."""
    chosen = family_named(family, len(covariance))
    if chosen.orientation is not Sharing.IDENTITY:
        return covariance
    variances = np.diagonal(covariance)
    return np.diag(np.full(len(variances), variances.mean()) if chosen.shape is Sharing.IDENTITY
                   else variances)  # fmt: skip
