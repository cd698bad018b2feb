"""One driver for every floor, and scikit-learn's as a second one: reg_covar on the diagonal."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.covariance import FAMILIES, Floor
from drumlin.em import Problem, as_given, iterates, maximise, own_moments
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from tests.ingredients import draw, problem_of, random_mixture

CLIPPED = ["EII", "VII", "EEI", "VVI", "EEE", "VVV"]
K, D = 3, 2


@dataclass(frozen=True, eq=False)
class AddedDiagonal:
    """Σ_j + reg_covar · I, as in scikit-learn: no maximum of anything, and ℓ may fall.

    variance : ()   of the whole data, the mean over its d columns
    """

    reg_covar: float
    variance: float
    n_features: int
    prior: None = None

    @property
    def epsilon(self) -> float:
        """The least variance relative to that of the whole data."""
        return self.reg_covar / self.variance

    @property
    def matrix(self) -> Array:
        """(d, d) reg_covar · I."""
        return self.reg_covar * np.eye(self.n_features)

    @property
    def offset(self) -> Array:
        """(d, d) reg_covar · I: every covariance gets it."""
        return self.matrix

    @property
    def flat_columns(self) -> Array:
        """(d,) none that this floor knows of."""
        return np.zeros(self.n_features, dtype=bool)

    def clip(self, covariances: Array) -> tuple[Array, Array]:
        """The factors of Σ_j + reg_covar · I; no component counts as clipped."""
        return np.linalg.cholesky(covariances + self.matrix), self._none(covariances)

    def clip_variances(self, variances: Array) -> tuple[Array, Array]:
        """The variances + reg_covar."""
        return variances + self.reg_covar, self._none(variances)

    def clip_volumes(self, variances: Array) -> tuple[Array, Array]:
        """The variances + reg_covar."""
        return variances + self.reg_covar, self._none(variances)

    @staticmethod
    def _none(values: Array) -> Array:
        return np.zeros(len(values), dtype=bool)


def relative(problem: Problem) -> Floor:
    """drumlin's own."""
    return problem.floor


def added(problem: Problem, reg_covar: float = 0.05) -> Floor:
    """scikit-learn's, large enough to be seen."""
    variance = problem.source[0].x.var(axis=0).mean()
    return AddedDiagonal(reg_covar, float(variance), problem.source.n_features)


FLOORS = [relative, added]


def cloud() -> tuple[Array, Mixture]:
    """(120, 2) rows of three overlapping components, and another mixture of three."""
    rng = np.random.default_rng(11)
    x, _ = draw(random_mixture(rng, K, D), 120, rng)
    return x, random_mixture(rng, K, D)


def with_floor(x: Array, family: str, make) -> Problem:
    """A problem whose floor is another."""
    problem = problem_of(x, family)
    return replace(problem, given_floor=make(problem))


@pytest.mark.parametrize("make", FLOORS)
def test_clipped_covariances_are_above_the_floor(make) -> None:
    """Assert it for matrices, variances and volumes that were zero, and for those that were not."""
    x, _ = cloud()
    floor = make(problem_of(x, "full"))
    given = np.stack([np.zeros((D, D)), np.eye(D), np.cov(x.T)])
    factors, clipped = floor.clip(given)
    assert clipped.shape == (3,)
    assert not np.triu(factors, 1).any()
    excess = np.linalg.eigvalsh(factors @ factors.transpose(0, 2, 1) - floor.matrix)
    assert (excess >= -1e-12 * np.trace(floor.matrix)).all()
    least = np.diagonal(floor.matrix)
    variances, clipped = floor.clip_variances(np.einsum("jaa->ja", given))
    assert clipped.shape == (3,)
    assert (variances >= (1.0 - 1e-12) * least).all()
    volumes, clipped = floor.clip_volumes(np.array([0.0, 1.0]))
    assert clipped.shape == (2,)
    assert (volumes >= (1.0 - 1e-12) * least.mean()).all()


@pytest.mark.parametrize("family", CLIPPED)
@pytest.mark.parametrize("make", FLOORS)
def test_the_m_step_of_a_mixture_s_own_moments_is_the_mixture(make, family: str) -> None:
    """Assert that own_moments takes away what clipping adds."""
    x, start = cloud()
    problem = with_floor(x, family, make)
    *_, last = islice(iterates(as_given(start), problem), 3)
    again = maximise(own_moments(as_given(last.mixture), problem), problem).mixture
    want = last.mixture.covariance.matrices()
    np.testing.assert_allclose(again.covariance.matrices(), want, rtol=0, atol=1e-13 * want.max())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_a_floor_without_a_prior_serves_the_families_that_are_clipped(family) -> None:
    """Assert that the message of the others lists these."""
    x, start = cloud()
    problem = with_floor(x, family.code, added)
    if family.code in CLIPPED:
        *_, last = islice(iterates(as_given(start), problem), 2)
        assert not last.regularised
        return
    with pytest.raises(InvalidParameterError, match=r"AddedDiagonal has no prior.*VVV"):
        list(islice(iterates(as_given(start), problem), 2))


# The name of scikit-learn for what it calls the covariance type, and what its arrays are.
WRITTEN = {
    "full": lambda dense: dense,
    "tied": lambda dense: dense[0],
    "diag": lambda dense: np.einsum("jaa->ja", dense),
    "spherical": lambda dense: np.einsum("jaa->j", dense) / dense.shape[1],
}


@pytest.mark.parametrize("n_iterations", [1, 4])
@pytest.mark.parametrize("family", WRITTEN)
def test_with_reg_covar_added_em_is_scikit_learn_s(family: str, n_iterations: int) -> None:
    """Assert equal parameters after as many iterations from equal ones, and equal likelihoods.

    scikit-learn's ``lower_bound_`` is the mean over the rows, of the parameters before its last
    M-step: that of the iterate before ours.
    """
    mixture = pytest.importorskip("sklearn.mixture")
    x, any_start = cloud()
    problem = with_floor(x, family, added)
    # a start that the family holds
    start = next(islice(iterates(as_given(any_start), problem), 1, None)).mixture
    *_, before, last = islice(iterates(as_given(start), problem), n_iterations + 1)
    precisions = WRITTEN[family](np.linalg.inv(start.covariance.matrices()))
    peer = mixture.GaussianMixture(
        K,
        covariance_type=family,
        reg_covar=0.05,
        tol=0.0,
        max_iter=n_iterations,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=precisions,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged
        peer.fit(x)
    assert peer.n_iter_ == n_iterations
    np.testing.assert_allclose(last.mixture.weights, peer.weights_, rtol=1e-10)
    np.testing.assert_allclose(last.mixture.means, peer.means_, rtol=1e-10)
    covariances = WRITTEN[family](last.mixture.covariance.matrices())
    np.testing.assert_allclose(covariances, peer.covariances_, rtol=1e-10)
    assert peer.lower_bound_ == pytest.approx(before.log_likelihood / len(x), rel=1e-12)
