"""What the tests of the mathematics are made of: random mixtures, and problems ready to be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg

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
    Tangent,
    Tied,
    family_named,
    prior_of,
)
from drumlin.covariance.cholesky import lower_factor
from drumlin.data import ArraySource, Rows, SurveyPass
from drumlin.em import (
    EPSILON,
    Constraints,
    DataSummary,
    Engine,
    Iteration,
    PassCounter,
    Problem,
    State,
    rounding,
    summarise,
)
from drumlin.execution import Executor, Threads
from drumlin.moments import Form, Moments
from drumlin.starts import LabelStart

DATA = Path(__file__).parent / "reference" / "data"
ORACLE = ReferenceBackend()
"""The backend written as the formulas: all others are compared with it."""
STRUCTURE_NAMES = ("full", "tied", "diag", "spherical")
FAMILY_NAMES = ("full", "tied", "diag", "spherical")
"""The families that are the whole of their structure."""
EVERY_FAMILY = tuple(family.code for family in FAMILIES)


def covariances(code: str, k: int, d: int, rng: np.random.Generator) -> Array:
    """(k, d, d) random λ_j D_j A_j D_jᵀ with what the letters share."""
    volumes, shapes = np.exp(rng.normal(size=k)), np.exp(rng.normal(size=(k, d)))
    shapes /= np.exp(np.log(shapes).mean(axis=1, keepdims=True))
    axes = np.stack([np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(k)])
    equal = {"E": np.zeros(k, dtype=int), "V": np.arange(k)}
    volumes = volumes[equal[code[0]]]
    shapes = np.ones((k, d)) if code[1] == "I" else shapes[equal[code[1]]]
    axes = np.tile(np.eye(d), (k, 1, 1)) if code[2] == "I" else axes[equal[code[2]]]
    return np.einsum("j,jab,jb,jcb->jac", volumes, axes, shapes, axes)


def covariances_at(tangent: Tangent, theta: Array) -> Array:
    """(k, d, d) Σ_j(θ), by the formula."""
    found = []
    for root, directions in zip(tangent.roots, tangent.components, strict=True):
        turn = np.einsum("g,gab->ab", theta[directions.parameters], directions.rotations)
        stretch = np.einsum("g,gab->ab", theta[directions.parameters], directions.scalings)
        half = root @ scipy.linalg.expm(turn) @ scipy.linalg.expm(stretch / 2.0)
        found.append(half @ half.T)
    return np.stack(found)


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


def engine_for(
    n_samples: int, backend: Backend | None = None, executor: Executor | None = None
) -> Engine:
    """An engine for so many rows: one thread and the reference backend unless others are given."""
    return Engine(backend or ReferenceBackend(), executor or Threads(1), PassCounter(n_samples))


def summary_of(rows: Rows, backend: Backend | None = None) -> DataSummary:
    """One Gaussian for all rows, the floor, and all rows as the draw."""
    return summarise(ArraySource(rows), engine_for(len(rows), backend))


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
    n_labels = 0 if labels is None else int(labels.max()) + 1
    looking = SurveyPass(n_labels=n_labels)
    return Problem(
        ArraySource(rows, chunk_rows),
        family_named(family, x.shape[1]),
        summarise(ArraySource(rows), engine_for(len(x), backend), looking),
        engine_for(len(x), backend),
        constraints=Constraints(equal_weights),
    )


def made_by(
    problem: Problem, *, backend: Backend | None = None, executor: Executor | None = None
) -> Problem:
    """The same problem, whose passes are made by others, with a counter of its own."""
    backend, executor = backend or problem.backend, executor or problem.engine.executor
    return replace(problem, engine=engine_for(problem.source.n_samples, backend, executor))


def start_of(problem: Problem, labels: Array, k: int) -> State:
    """The M-step of hard labels on the rows of a problem."""
    return LabelStart(k, labels)(problem, np.random.default_rng(0))


def assert_same_moments(got: Moments, full: Moments, relative: float) -> None:
    """Assert that each sum differs from the full moments by ``relative`` times its terms' sizes.

    The terms of a shift or of a covariance have both signs and cancel; |Σ w δ| <= √(mass Σ w δ²),
    and |Σ w δ_a δ_b| <= √(Σ w δ_a² Σ w δ_b²) bound them (Cauchy-Schwarz).
    """
    want = full.in_form(got.form)
    np.testing.assert_array_equal(got.origin, want.origin)
    variation = np.sqrt(np.diagonal(full.scatter, axis1=1, axis2=2))
    size = abs(want.log_likelihood) + want.count
    assert abs(got.log_likelihood - want.log_likelihood) <= relative * size
    assert abs(got.count - want.count) <= relative * want.count
    mass_error = relative * want.count
    assert np.abs(got.mass - want.mass).max() <= mass_error
    shift_scale = np.sqrt(want.count) * variation.max()
    assert np.abs(got.shift - want.shift).max() <= relative * shift_scale
    assert got.scatter.shape == want.scatter.shape
    size = len(want.mass) if got.form is Form.POOLED else 1
    error = np.abs(got.scatter - want.scatter).max(initial=0.0)
    assert error <= relative * size * variation.max() ** 2


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
    the loss is of second order: count (d ε / ε_floor)². Regularised, the least is strength ε_floor.
    """
    value, dtype = abs(before.log_likelihood) + after.penalty, problem.source.dtype
    if not (before.on_floor.any() or after.on_floor.any() or after.regularised):
        return rounding(value, count, dtype, after.mixture.covariance.conditioning)
    strength = prior_of(problem.floor).strength if after.regularised else 1.0
    least = problem.floor.epsilon * strength
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


def log_likelihood_gradient(mixture: Mixture, moments: Moments) -> tuple[Array, Array, Array]:
    """∂ℓ/∂ log φ (k,), ∂ℓ/∂μ (k, d), ∂ℓ/∂Σ (k, d, d), from full moments about the means."""
    precision = np.linalg.inv(mixture.covariance.matrices())
    by_weight = moments.mass - moments.count * mixture.weights
    by_mean = np.einsum("jab,jb->ja", precision, moments.shift)
    inner = np.einsum("jab,jbc,jcd->jad", precision, moments.scatter, precision)
    return by_weight, by_mean, 0.5 * (inner - moments.mass[:, None, None] * precision)


def moved_along(mixture: Mixture, direction: tuple[Array, Array, Array], step: float) -> Mixture:
    """The mixture a step along a direction in (log φ, μ, Σ)."""
    by_weight, by_mean, by_covariance = direction
    weights = mixture.weights * np.exp(step * by_weight)
    return Mixture(
        weights / weights.sum(),
        mixture.means + step * by_mean,
        Full.from_matrices(mixture.covariance.matrices() + step * by_covariance),
    )
