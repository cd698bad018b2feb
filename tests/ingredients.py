"""What the tests of the mathematics are made of: random mixtures, and problems ready to be run."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumlin import Mixture
from drumlin.backends import Backend, ReferenceBackend
from drumlin.constraints import Whole, measure
from drumlin.covariance import (
    FAMILIES,
    Diagonal,
    Family,
    Full,
    Spherical,
    Structure,
    Tied,
    family_named,
)
from drumlin.covariance.factors import lower_factor
from drumlin.data import ArraySource, Rows
from drumlin.em import Problem, Step
from drumlin.execution import Threads
from drumlin.starts import from_labels

Array = np.ndarray

STRUCTURE_NAMES = ("full", "tied", "diag", "spherical")
FAMILY_NAMES = ("full", "tied", "diag", "spherical")
"""The families that are the whole of their structure."""
EVERY_FAMILY = tuple(family.code for family in FAMILIES)


def random_structure(
    rng: np.random.Generator, name: str, k: int, d: int, *, condition: float = 10.0
) -> Structure:
    """k covariances in d dimensions with standard deviations between 1 and √condition."""
    roots = np.stack([_root(rng, d, condition) for _ in range(k)])
    variances = np.exp(rng.uniform(0.0, np.log(condition), size=(k, d)))
    made: dict[str, Structure] = {
        "full": Full(np.stack([lower_factor(root) for root in roots])),
        "tied": Tied(lower_factor(roots[0]), k),
        "diag": Diagonal(variances),
        "spherical": Spherical(variances[:, 0], d),
    }
    return made[name]


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


def _root(rng: np.random.Generator, d: int, condition: float) -> Array:
    """(d, d) R with R Rᵀ of this condition number at most."""
    orientation = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return orientation * np.exp(rng.uniform(0.0, np.log(condition) / 2, size=d))


def whole_of(rows: Rows, backend: Backend | None = None) -> Whole:
    """One Gaussian for all rows, and the floor."""
    return measure(ArraySource(rows), backend or ReferenceBackend(), Threads(1))


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


def start_of(problem: Problem, labels: Array, k: int) -> Step:
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
