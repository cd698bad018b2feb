"""Log-densities on hostile parameters, against 50 digits, with an error bound that is derived."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Diagonal, Full, Structure, Tied
from tests.ingredients import random_structure

mpmath.mp.dps = 50
EPSILON = float(np.finfo(np.float64).eps)


def factors_of(covariance: Structure) -> Array:
    """(k, d, d) lower factors, exactly the numbers that the structure holds."""
    arrays = covariance.arrays()
    k, d = covariance.n_components, covariance.n_features
    if "factors" in arrays:
        return np.asarray(arrays["factors"])
    if "factor" in arrays:
        return np.repeat(np.asarray(arrays["factor"])[None], k, axis=0)
    raise AssertionError(f"no factors of {covariance.name} with {k} components, {d} columns")


def exact_log_density(mixture: Mixture, factors: Array, row: Array) -> mpmath.mpf:
    """log Σ_j φ_j N(x; μ_j, L_j L_jᵀ) by forward substitution in 50 digits."""
    d = mixture.n_features
    terms = []
    for weight, mean, factor in zip(mixture.weights, mixture.means, factors, strict=True):
        y: list[mpmath.mpf] = []
        for a in range(d):
            known = sum((mpmath.mpf(factor[a, b]) * y[b] for b in range(a)), mpmath.mpf(0))
            y.append((mpmath.mpf(row[a]) - mpmath.mpf(mean[a]) - known) / mpmath.mpf(factor[a, a]))
        log_factor = sum((mpmath.log(mpmath.mpf(factor[a, a])) for a in range(d)), mpmath.mpf(0))
        squared = sum((value**2 for value in y), mpmath.mpf(0))
        constant = mpmath.log(mpmath.mpf(weight)) - mpmath.mpf(d) / 2 * mpmath.log(2 * mpmath.pi)
        terms.append(constant - log_factor - squared / 2)
    top = max(terms)
    return top + mpmath.log(sum((mpmath.exp(term - top) for term in terms), mpmath.mpf(0)))


def bound(mixture: Mixture, factors: Array, row: Array) -> float:
    """What float64 may lose of the log-density of a row.

    P = L⁻¹ by substitution has |δP| <= d ε |P| |L| |P| (Higham 2002, §14.2), so y = P (x − μ) has
    |δy| <= (d + 2) ε (|P| |L| |P| + |P|) |x − μ|, and q = |y|² has |δq| <= 2 |y|ᵀ|δy| + d ε q. The
    constant is a sum of d + 2 logarithms. A log-density is no worse than its worst component of
    any weight; components that are far below it do not count.
    """
    d = mixture.n_features
    joint = mixture.log_joint(row[None], backend="reference")[0]
    worst = 0.0
    for j in np.flatnonzero(joint > joint.max() - 60.0):
        inverse = np.abs(np.linalg.inv(factors[j]))
        deviation = np.abs(row - mixture.means[j])
        y = np.abs(np.linalg.solve(factors[j], row - mixture.means[j]))
        slack = (inverse @ np.abs(factors[j]) @ inverse + inverse) @ deviation
        squared = 2.0 * (d + 2) * y @ slack + d * (y @ y)
        logs = np.abs(np.log(np.diagonal(factors[j]))).sum() + abs(np.log(mixture.weights[j])) + d
        worst = max(worst, EPSILON * (0.5 * squared + (d + 4) * logs + abs(joint[j])))
    return worst


def hostile(name: str, rng: np.random.Generator) -> tuple[Mixture, Array]:
    """A mixture and rows: near, between, and far out."""
    k, d = 3, 4
    condition = 1e9 if "condition" in name else 10.0
    covariance = random_structure(rng, "tied" if "tied" in name else "full", k, d,
                                  condition=condition)  # fmt: skip
    offset = 1e8 if "offset" in name else 0.0
    means = offset + 3.0 * rng.normal(size=(k, d))
    weights = np.array([1e-12, 0.5, 0.5 - 1e-12]) if "weight" in name else np.full(k, 1 / 3)
    mixture = Mixture(weights, means, covariance)
    x, _ = mixture.sample(20, rng)
    if "far" in name:
        x = np.concatenate([x, means + 1e6 * rng.normal(size=(k, d))])
    return mixture, x


NAMES = [
    "ordinary",
    "condition 1e9",
    "condition 1e9, tied",
    "offset 1e8",
    "offset 1e8, condition 1e9",
    "far out",
    "far out, condition 1e9",
    "weight 1e-12, condition 1e9",
]


@pytest.mark.parametrize("name", NAMES)
def test_log_density_agrees_with_fifty_digits(backend: Backend, name: str) -> None:
    """Assert that the error stays below the bound that rounding explains."""
    mixture, x = hostile(name, np.random.default_rng(len(name)))
    factors = factors_of(mixture.covariance)
    got = backend.log_density(mixture, x, n_threads=1)
    for row, value in zip(x, got, strict=True):
        exact = exact_log_density(mixture, factors, row)
        limit = bound(mixture, factors, row)
        assert limit < 1e-3 * (1.0 + abs(float(exact)))  # a bound that allows all tests nothing
        assert abs(float(mpmath.mpf(float(value)) - exact)) <= limit


def test_the_bound_is_tight_enough_to_catch_an_expanded_square(backend: Backend) -> None:
    """Assert, as a control, that xᵀΣ⁻¹x − 2xᵀΣ⁻¹μ + μᵀΣ⁻¹μ breaks the bound at an offset of 1e8."""
    mixture, x = hostile("offset 1e8", np.random.default_rng(1))
    factors = factors_of(mixture.covariance)
    precision = np.linalg.inv(mixture.covariance.matrices())
    expanded = (
        np.einsum("ia,jab,ib->ij", x, precision, x)
        - 2 * np.einsum("ia,jab,jb->ij", x, precision, mixture.means)
        + np.einsum("ja,jab,jb->j", mixture.means, precision, mixture.means)
    )
    constants = np.log(mixture.weights) - 2 * np.log(2 * np.pi)
    constants = constants - 0.5 * mixture.covariance.log_determinants
    wrong = np.logaddexp.reduce(constants - 0.5 * expanded, axis=1)
    errors = [
        abs(value - float(exact_log_density(mixture, factors, row))) / bound(mixture, factors, row)
        for row, value in zip(x, wrong, strict=True)
    ]
    assert max(errors) > 1e3
    assert np.isfinite(backend.log_density(mixture, x, n_threads=1)).all()


def test_one_dimension_and_diagonals_are_exact_to_a_few_roundings(backend: Backend) -> None:
    """Assert a relative error of 20 ε where there is no matrix to invert."""
    rng = np.random.default_rng(4)
    for d in (1, 5):
        variances = 10.0 ** rng.uniform(-9, 9, size=(2, d))
        mixture = Mixture(np.array([0.3, 0.7]), 1e8 + rng.normal(size=(2, d)), Diagonal(variances))
        x, _ = mixture.sample(20, rng)
        factors = np.sqrt(variances)[:, :, None] * np.eye(d)
        got = backend.log_density(mixture, x, n_threads=1)
        for row, value in zip(x, got, strict=True):
            exact = float(exact_log_density(mixture, factors, row))
            joint = np.abs(mixture.log_joint(row[None])).max()
            size = abs(exact) + joint + np.abs(np.log(variances)).sum()
            assert abs(value - exact) <= 20 * EPSILON * size


def test_full_and_tied_hold_the_same_numbers() -> None:
    """Assert that the oracle reads what the structures hold."""
    factor = np.array([[2.0, 0.0], [1.0, 3.0]])
    np.testing.assert_array_equal(factors_of(Full(factor[None])), factors_of(Tied(factor, 1)))
