"""The observed information against mpmath, differences, closed forms and laws."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from drumlin import Mixture, fit
from drumlin._types import Array
from drumlin.covariance import Family, Full, contrasts, family_named, tangent_of
from drumlin.data import ArraySource, Rows
from drumlin.errors import InvalidParameterError, UndeterminedError
from drumlin.uncertainty.information import Information, information
from drumlin.uncertainty.parameters import places
from tests.ingredients import EVERY_FAMILY, covariances, covariances_at, engine_for


def random_case(code: str, k: int, d: int, seed: int = 3) -> tuple[Mixture, Family, Array]:
    """A mixture of the family, the family, and 20 rows that it was not fitted to."""
    rng = np.random.default_rng(seed)
    factors = np.linalg.cholesky(covariances(code, k, d, rng))
    mixture = Mixture(rng.dirichlet(np.full(k, 3.0)), rng.normal(size=(k, d)), Full(factors))
    return mixture, family_named(code, 2), 2.0 * rng.normal(size=(20, d))


def told(mixture: Mixture, family: Family, rows: Rows, *, equal: bool = False) -> Information:
    """The information in one chunk of rows."""
    engine = engine_for(len(rows))
    return information(mixture, family, ArraySource(rows), engine, equal_weights=equal)


def at(mixture: Mixture, family: Family, theta: Array) -> tuple[Array, Array, Array]:
    """(φ, μ, Σ) at θ, by the formulas."""
    k, d = mixture.means.shape
    tangent = tangent_of(family, mixture.covariance.matrices())
    n_odds = len(theta) - k * d - tangent.n_parameters
    odds = np.log(mixture.weights) + contrasts(k)[:, :n_odds] @ theta[:n_odds]
    weights = np.exp(odds) / np.exp(odds).sum()
    steps = theta[n_odds : n_odds + k * d].reshape(k, d)
    means = mixture.means + np.einsum("jab,jb->ja", tangent.roots, steps)
    return weights, means, covariances_at(tangent, theta[n_odds + k * d :])


def log_likelihood(mixture: Mixture, family: Family, rows: Rows) -> Callable[[Array], float]:
    """ℓ as a function of θ: naive, with known labels and sample weights."""

    def value(theta: Array) -> float:
        weights, means, matrices = at(mixture, family, theta)
        off = rows.x[:, None] - means
        squares = np.einsum("ija,jab,ijb->ij", off, np.linalg.inv(matrices), off)
        joint = np.log(weights) - 0.5 * (squares + np.linalg.slogdet(2.0 * np.pi * matrices)[1])
        density = np.logaddexp.reduce(joint, axis=1)
        if rows.labels is not None:
            own = joint[np.arange(len(joint)), np.maximum(rows.labels, 0)]
            density = np.where(rows.labels >= 0, own, density)
        return float(density.sum() if rows.sample_weight is None else rows.sample_weight @ density)

    return value


def differences(function: Callable[[Array], float], p: int, h: float) -> tuple[Array, Array]:
    """Central differences: gradient (p,) and second derivatives (p, p)."""
    steps = h * np.eye(p)
    gradient = [(function(a) - function(-a)) / (2.0 * h) for a in steps]
    second = np.zeros((p, p))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps[: i + 1]):
            four = function(a + b) - function(a - b) - function(b - a) + function(-a - b)
            second[i, j] = second[j, i] = four
    return np.array(gradient), second / (4.0 * h * h)


@pytest.mark.parametrize(
    ("code", "k", "d"),
    [*((code, 2, 3) for code in EVERY_FAMILY), ("VVV", 3, 1), ("EII", 3, 2), ("VVE", 3, 2)],
)
def test_scores_and_information_are_derivatives(code: str, k: int, d: int) -> None:
    """Assert that they agree with differences of ℓ, with labels and sample weights.

    Step h = 1e-4: rounding of 4 ε |ℓ| / h² = 1e-5 of second derivatives of size 10 to 100, and
    truncation below; the gradient ten thousand times better.
    """
    mixture, family, x = random_case(code, k, d)
    rng = np.random.default_rng(5)
    labels = np.where(np.arange(len(x)) < 4, rng.integers(0, k, len(x)), -1)
    rows = Rows(x, rng.integers(0, 4, len(x)).astype(float), labels)
    found = told(mixture, family, rows)
    assert len(found.gradient) == family.n_parameters(k, d)
    function = log_likelihood(mixture, family, rows)
    gradient, second = differences(function, len(found.gradient), 1e-4)
    np.testing.assert_allclose(found.gradient, gradient, atol=1e-6)
    np.testing.assert_allclose(found.observed, -second, atol=5e-5)


@pytest.mark.parametrize("code", ["VVV", "EVE", "EEV"])
def test_slopes_are_derivatives_of_the_parameters(code: str) -> None:
    """Assert that weights, means and covariances move as the slopes say, in the named order."""
    mixture, family, x = random_case(code, 2, 2)
    found = told(mixture, family, Rows(x))
    a, b = np.tril_indices(2)

    def parameters(theta: Array) -> Array:
        weights, means, matrices = at(mixture, family, theta)
        return np.concatenate([weights, means.ravel(), matrices[:, a, b].ravel()])

    steps = 1e-5 * np.eye(len(found.gradient))
    change = [(parameters(step) - parameters(-step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(found.slopes, np.array(change).T, atol=1e-8)
    names = places(mixture)
    assert names[2:5] == [(0, "mean of x1"), (0, "mean of x2"), (1, "mean of x1")]
    assert names[6:8] == [(0, "variance of x1"), (0, "covariance of x1, x2")]


def density_in_mpmath(x: Array, theta: list[mpmath.mpf], d: int) -> mpmath.mpf:
    """ℓ of two Gaussians, θ = (φ_1, μ_1, μ_2, vech Σ_1, vech Σ_2), with 40 digits."""
    size = d * (d + 1) // 2
    weights = [theta[0], 1 - theta[0]]
    total = mpmath.mpf(0)
    parts = []
    for j in range(2):
        mean = theta[1 + j * d : 1 + (j + 1) * d]
        spread = theta[1 + 2 * d + j * size : 1 + 2 * d + (j + 1) * size]
        matrix = mpmath.matrix(d, d)
        for value, a, b in zip(spread, *np.tril_indices(d), strict=True):
            matrix[int(a), int(b)] = matrix[int(b), int(a)] = value
        constant = weights[j] / mpmath.sqrt(mpmath.det(2 * mpmath.pi * matrix))
        parts.append((mean, matrix**-1, constant))
    for row in x:
        value = mpmath.mpf(0)
        for mean, inverse, constant in parts:
            off = [mpmath.mpf(float(c)) - m for c, m in zip(row, mean, strict=True)]
            square = sum(off[a] * inverse[a, b] * off[b] for a in range(d) for b in range(d))
            value += constant * mpmath.exp(-square / 2)
        total += mpmath.log(value)
    return total


@pytest.mark.parametrize("d", [1, 2])
def test_the_covariance_of_the_estimates_agrees_with_mpmath(d: int) -> None:
    """Assert that I⁻¹ is minus the inverse of the second derivatives of ℓ in (φ, μ, vech Σ).

    At the maximum only; there the answer does not depend on the coordinates. Differences in 40
    digits with h = 1e-10 are exact to 1e-18; what is left is the float64 estimate, polished by EM
    until its score is 1e-9.
    """
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.normal(size=(12, d)), 4.0 + rng.normal(size=(8, d)) * 1.5])
    found = polished(x)
    got = told(found, family_named("full", d), Rows(x))
    a, b = np.tril_indices(d)
    theta = [found.weights[0], *found.means.ravel(), *found.covariance.matrices()[:, a, b].ravel()]
    p, h = len(theta), mpmath.mpf(10) ** -10
    with mpmath.workdps(40):
        exact = [mpmath.mpf(float(value)) for value in theta]

        def moved_by(i: int, j: int, si: int, sj: int) -> mpmath.mpf:
            point = list(exact)
            point[i] += si * h
            point[j] += sj * h
            return density_in_mpmath(x, point, d)

        second = np.zeros((p, p))
        for i in range(p):
            for j in range(i + 1):
                value = sum(
                    si * sj * moved_by(i, j, si, sj) for si in (1, -1) for sj in (1, -1)
                ) / (4 * h * h)
                second[i, j] = second[j, i] = float(value)
    covariance = got.covariance_root().T @ got.covariance_root()
    free = np.r_[0, np.arange(2, len(covariance))]  # φ_2 = 1 − φ_1 is not free
    want = np.linalg.inv(-second)
    np.testing.assert_allclose(covariance[np.ix_(free, free)], want, rtol=1e-8, atol=1e-10)


def polished(x: Array) -> Mixture:
    """The maximum for two components to rounding: EM until nothing changes."""
    labels = (x[:, 0] > 2.0).astype(int)
    with pytest.warns(UserWarning, match="max_iter"):
        found = fit(x, 2, starts=labels, tol=0, max_iter=1500, acceleration="none")
    return found.mixture


@pytest.mark.parametrize("d", [1, 3])
def test_one_gaussian_has_the_errors_of_the_textbook(d: int) -> None:
    """Assert that Var μ = Σ/n and Cov(Σ_ab, Σ_ce) = (Σ_ac Σ_be + Σ_ae Σ_bc)/n (Wishart)."""
    x = np.random.default_rng(7).normal(size=(50, d)) @ np.triu(np.ones((d, d)))
    mixture = fit(x, 1).mixture
    found = told(mixture, family_named("full", d), Rows(x))
    covariance = found.covariance_root().T @ found.covariance_root()
    sigma = mixture.covariance.matrices()[0]
    np.testing.assert_allclose(covariance[1 : 1 + d, 1 : 1 + d], sigma / 50, rtol=1e-10)
    a, b = np.tril_indices(d)
    want = sigma[np.ix_(a, a)] * sigma[np.ix_(b, b)] + sigma[np.ix_(a, b)] * sigma[np.ix_(b, a)]
    np.testing.assert_allclose(covariance[1 + d :, 1 + d :], want / 50, rtol=1e-10)
    assert found.remaining < 1e-20


def test_weights_are_repeated_rows() -> None:
    """Assert that integer weights give the information and the sandwich of repeated rows."""
    mixture, family, x = random_case("VVV", 2, 2)
    weight = np.random.default_rng(1).integers(0, 4, len(x))
    got = told(mixture, family, Rows(x, weight.astype(float)))
    want = told(mixture, family, Rows(np.repeat(x, weight, axis=0)))
    np.testing.assert_allclose(got.observed, want.observed, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(got.outer, want.outer, rtol=1e-11, atol=1e-11)


def test_chunks_and_blocks_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that the sums do not depend on how the rows come."""
    mixture, family, x = random_case("VEV", 2, 2)
    want = told(mixture, family, Rows(x))
    monkeypatch.setattr("drumlin.uncertainty.information.BLOCK_CELLS", 30)
    got = information(mixture, family, ArraySource(Rows(x), 7), engine_for(len(x)))
    np.testing.assert_allclose(got.observed, want.observed, rtol=1e-12, atol=1e-12)


def test_equal_weights_have_no_error() -> None:
    """Assert that given weights are no parameters: their slopes are missing, the rest is kept."""
    mixture, family, x = random_case("VVI", 3, 2)
    equal = Mixture(np.full(3, 1 / 3), mixture.means, mixture.covariance)
    free, given = told(equal, family, Rows(x)), told(equal, family, Rows(x), equal=True)
    np.testing.assert_allclose(given.observed, free.observed[2:, 2:], rtol=1e-12)
    assert not given.slopes[:3].any()


def test_what_the_data_do_not_determine_is_named() -> None:
    """Assert that a mixture far off its maximum is refused, with the place and remedies."""
    x = np.linspace(-1.0, 1.0, 30)[:, None]
    twins = Mixture.from_arrays([0.5, 0.5], [0.0, 0.0], [0.3, 0.3])
    with pytest.raises(UndeterminedError, match=r"in the .*component [12].*bootstrap"):
        _ = told(twins, family_named("full", 1), Rows(x)).root


def test_too_many_parameters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that matrices that would fill the memory are not begun."""
    mixture, family, x = random_case("VVV", 2, 2)
    monkeypatch.setattr("drumlin.uncertainty.information.MOST_PARAMETERS", 10)
    with pytest.raises(InvalidParameterError, match=r"11 free parameters.*bootstrap"):
        told(mixture, family, Rows(x))
