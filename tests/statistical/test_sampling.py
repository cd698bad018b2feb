"""sample() draws from the density. Tolerances are derived: a failure is a bug, not luck.

A statistic that is nearly normal leaves ±5.33 standard errors with probability 1e-7.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from drumlin import Mixture
from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from tests.ingredients import STRUCTURE_NAMES, random_mixture

CHANCE = 1e-7
Z = float(stats.norm.isf(CHANCE / 2))
N = 20_000

Sampler = Callable[[Mixture], tuple[Array, Array]]


def honest(mixture: Mixture) -> tuple[Array, Array]:
    """drumlin's own draws."""
    return mixture.sample(N, 12345)


def assert_follows(mixture: Mixture, x: Array, z: Array) -> None:
    """Assert that labels are binomial, and rows of a label have its mean and covariance.

    Standard errors: √(φ(1−φ)/n) of a share; √(Σ_aa/m) of a mean over m rows;
    √((Σ_aa Σ_bb + Σ_ab²)/m) of a covariance (Wishart).
    """
    shares = np.bincount(z, minlength=mixture.n_components) / len(z)
    low, high = stats.binom.interval(1 - CHANCE, len(z), mixture.weights)
    assert ((shares * len(z) >= low) & (shares * len(z) <= high)).all(), "weights"
    for j, dense in enumerate(mixture.covariance.matrices()):
        rows = x[z == j]
        variances = np.diagonal(dense)
        error = np.sqrt(variances / len(rows))
        assert (np.abs(rows.mean(axis=0) - mixture.means[j]) <= Z * error).all(), "means"
        error = np.sqrt((np.outer(variances, variances) + dense**2) / len(rows))
        deviations = rows - mixture.means[j]
        assert (np.abs(deviations.T @ deviations / len(rows) - dense) <= Z * error).all(), "Σ"


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
@pytest.mark.parametrize("d", [1, 3])
def test_draws_have_the_weights_means_and_covariances(structure: str, d: int) -> None:
    """Assert the three of every component."""
    mixture = random_mixture(np.random.default_rng(d), 3, d, structure)
    assert_follows(mixture, *honest(mixture))


def wrong_weights(mixture: Mixture) -> tuple[Array, Array]:
    """Draws with 3 % of the weight of one component given to another."""
    shift = np.zeros(mixture.n_components)
    shift[:2] = 0.03, -0.03
    return honest(Mixture(mixture.weights + shift, mixture.means, mixture.covariance))


def wrong_scale(mixture: Mixture) -> tuple[Array, Array]:
    """Draws whose standard deviations are 6 % too large."""
    x, z = honest(mixture)
    return mixture.means[z] + 1.06 * (x - mixture.means[z]), z


def wrong_means(mixture: Mixture) -> tuple[Array, Array]:
    """Draws that are off by 15 % of a standard deviation of at least one."""
    x, z = honest(mixture)
    return x + 0.15 * np.sqrt(mixture.covariance.matrices().max()), z


def transposed(mixture: Mixture) -> tuple[Array, Array]:
    """Draws coloured by Lᵀ in place of L."""
    rng = np.random.default_rng(0)
    z = rng.choice(mixture.n_components, size=N, p=mixture.weights)
    factors = np.linalg.cholesky(mixture.covariance.matrices())
    noise = rng.normal(size=(N, mixture.n_features))
    return mixture.means[z] + np.einsum("iba,ib->ia", factors[z], noise), z


@pytest.mark.parametrize(
    "sampler", [wrong_weights, wrong_scale, wrong_means, transposed], ids=lambda f: f.__name__
)
def test_wrong_draws_are_noticed(sampler: Sampler) -> None:
    """Assert, as a control, that the tolerances are narrow enough for small mistakes."""
    mixture = random_mixture(np.random.default_rng(3), 3, 3)
    with pytest.raises(AssertionError):
        assert_follows(mixture, *sampler(mixture))


def test_whitened_draws_are_normal() -> None:
    """Assert by Kolmogorov and Smirnov that rows of a component are Gaussian, not just alike."""
    mixture = random_mixture(np.random.default_rng(4), 2, 2)
    x, z = honest(mixture)
    for j in range(2):
        white = (x[z == j] - mixture.means[j]) @ mixture.covariance.whitening[j].T
        for column in white.T:
            assert stats.kstest(column, "norm").pvalue > CHANCE
    assert stats.kstest(stats.t(4).rvs(N // 2, random_state=0), "norm").pvalue < CHANCE


def test_rows_come_in_random_order() -> None:
    """Assert by the number of runs of equal labels (Wald & Wolfowitz) that nothing is grouped."""
    mixture = Mixture.from_arrays([0.5, 0.5], [0.0, 9.0], [1.0, 1.0])
    _, z = mixture.sample(N, 7)

    def runs_z(labels: Array) -> float:
        ones = int(labels.sum())
        zeros = len(labels) - ones
        expected = 1 + 2 * ones * zeros / len(labels)
        variance = (expected - 1) * (expected - 2) / (len(labels) - 1)
        return float((1 + (np.diff(labels) != 0).sum() - expected) / np.sqrt(variance))

    assert abs(runs_z(z)) < Z
    assert abs(runs_z(np.sort(z))) > Z


@pytest.mark.parametrize("d", [1, 2, 3])
def test_numbers_are_independent_of_those_before(d: int) -> None:
    """Assert by correlations of numbers, squares and labels, up to three rows apart.

    A correlation of n independent pairs has standard error 1/√n, whatever their distributions.
    """
    mixture = Mixture.from_arrays([0.5, 0.5], np.zeros((2, d)), np.ones((2, d)), "diag")

    def largest(x: Array, z: Array) -> float:
        columns = np.column_stack([x, x**2, z])
        white = (columns - columns.mean(axis=0)) / columns.std(axis=0)
        found = [np.abs(white[:N].T @ white[lag : lag + N]) / N for lag in range(4)]
        np.fill_diagonal(found[0], 0.0)
        return float(np.max(found)) * np.sqrt(N)

    x, z = mixture.sample(N + 3, 8)
    assert largest(x, z) < Z
    mixed = 0.95 * x
    mixed[1:, -1] += 0.05 * x[:-1, 0]  # a control
    assert largest(mixed, z) > Z


def test_a_seed_repeats_and_nothing_else_does() -> None:
    """Assert that rng=None draws anew at each call, a seed repeats, a generator moves on."""
    mixture = random_mixture(np.random.default_rng(5), 2, 2)
    assert not np.array_equal(mixture.sample(5)[0], mixture.sample(5)[0])
    np.testing.assert_array_equal(mixture.sample(5, 1)[0], mixture.sample(5, 1)[0])
    rng = np.random.default_rng(1)
    first, second = mixture.sample(5, rng)[0], mixture.sample(5, rng)[0]
    np.testing.assert_array_equal(first, mixture.sample(5, 1)[0])
    assert not np.array_equal(first, second)


def test_sampling_leaves_numpy_s_global_state_alone() -> None:
    """Assert that the next number of np.random is the one it would have been."""
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    random_mixture(np.random.default_rng(6), 2, 2).sample(10)
    assert np.random.random() == expected  # noqa: NPY002


@pytest.mark.parametrize("n", [0, 1, 7, 1000])
def test_exactly_n_rows_come(n: int) -> None:
    """Assert n rows and labels, though weights are such that rounding n φ would lose some."""
    mixture = Mixture.from_arrays(np.full(3, 1 / 3), [0.0, 1.0, 2.0], np.ones(3))
    x, z = mixture.sample(n, 0)
    assert x.shape == (n, 1)
    assert z.shape == (n,)
    assert ((z >= 0) & (z < 3)).all()


def test_a_negative_number_of_rows_is_refused() -> None:
    """Assert that the value is in the message."""
    with pytest.raises(InvalidParameterError, match="n is -1"):
        Mixture.from_arrays([1.0], [0.0], [1.0]).sample(-1)
