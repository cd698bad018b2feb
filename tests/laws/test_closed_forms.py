"""Where the answer is a formula: one component, and known labels (discriminant analysis)."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)

import drumlin
from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import tangent_of
from drumlin.em import Outcome
from tests.ingredients import EVERY_FAMILY, restricted


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_one_component_is_the_sample_mean_and_covariance(
    backend: Backend, iris: Array, family: str, weighted: bool
) -> None:
    """Assert that k = 1 gives mean and covariance (divided by n) after a single pass."""
    weight = np.random.default_rng(0).integers(0, 4, size=len(iris)) if weighted else None
    fit = drumlin.fit(iris, 1, family, sample_weight=weight, backend=backend)
    mean = np.average(iris, axis=0, weights=weight)
    covariance = np.cov(iris.T, ddof=0, fweights=weight)
    np.testing.assert_allclose(fit.mixture.means[0], mean, rtol=1e-14)
    np.testing.assert_allclose(
        fit.mixture.covariance.matrices()[0], restricted(family, covariance), rtol=1e-12, atol=1e-14
    )
    assert fit.outcome is Outcome.CONVERGED
    assert len(fit.log_likelihoods) == 1
    assert fit.mixture.weights == pytest.approx([1.0])


def test_one_component_far_away_keeps_its_covariance(backend: Backend) -> None:
    """Assert that data offset by 1e8 have the covariance of the data without the offset."""
    rng = np.random.default_rng(2)
    x = np.round(rng.normal(size=(500, 2)) * 2.0**20) / 2.0**20  # x + 2^27 is exact
    fit = drumlin.fit(x + 2.0**27, 1, backend=backend)
    # means are rounded to ε 1e8 = 3e-8; its square is far below 1e-13
    np.testing.assert_allclose(
        fit.mixture.covariance.matrices()[0], np.cov(x.T, ddof=0), rtol=1e-12, atol=1e-13
    )


def test_one_component_is_right_when_the_first_rows_weigh_nothing(backend: Backend) -> None:
    """Assert that 1000 rows at 1e8 with weight 1e-20 do not blur the covariance of the others."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(1500, 1))
    x[:1000] += 1e8
    weight = np.where(np.arange(1500) < 1000, 1e-20, 1.0)
    fit = drumlin.fit(x, 1, sample_weight=weight, backend=backend)
    variance = np.cov(x[1000:].T, ddof=0)
    # the far rows add 1000 · 1e-20 · 1e16 / 500 = 2e-4 to the variance
    assert fit.mixture.covariance.matrices()[0, 0, 0] == pytest.approx(variance + 2e-4, abs=1e-6)


@pytest.mark.parametrize("family", ["full", "tied"])
def test_known_classes_far_apart_keep_their_covariances(backend: Backend, family: str) -> None:
    """Assert that classes 2^14 apart have covariances exact to 1e-12, not blurred by 2^28 ε."""
    rng = np.random.default_rng(7)
    x = np.round(rng.normal(size=(200, 2)) * 2.0**20) / 2.0**20  # x + 2^27 is exact
    z = np.arange(200) % 2
    own = np.stack([np.cov(x[z == j].T, ddof=0) for j in range(2)])
    want = own if family == "full" else np.repeat(own.mean(axis=0)[None], 2, axis=0)
    fit = drumlin.fit(x + 2.0**14 * z[:, None], 2, family, labels=z, backend=backend)
    np.testing.assert_allclose(fit.mixture.covariance.matrices(), want, rtol=1e-12, atol=1e-13)


@pytest.fixture(scope="module")
def species() -> Array:
    """(150,) the three species of iris, in the order of its rows."""
    return np.repeat(np.arange(3), 50)


@pytest.fixture(scope="module")
def subset() -> Array:
    """Rows of iris with classes of different sizes: 50, 35 and 20."""
    return np.concatenate([np.arange(50), np.arange(50, 85), np.arange(100, 120)])


def test_known_labels_and_one_covariance_each_are_quadratic_discriminant_analysis(
    backend: Backend, iris: Array, species: Array, subset: Array
) -> None:
    """Assert QDA: weights, means, covariances.

    Maximum likelihood divides by N_j, as scikit-learn does now; older versions divide by N_j − 1.
    """
    x, z = iris[subset], species[subset]
    peer = QuadraticDiscriminantAnalysis(store_covariance=True).fit(x, z)
    fit = drumlin.fit(x, 3, "full", labels=z, backend=backend)
    sizes = np.bincount(z)
    theirs = np.stack(peer.covariance_)
    if np.allclose(theirs[0], np.cov(x[z == 0].T, ddof=1), rtol=1e-6):
        theirs = theirs * ((sizes - 1) / sizes)[:, None, None]
    np.testing.assert_allclose(fit.mixture.weights, peer.priors_, rtol=1e-14)
    np.testing.assert_allclose(fit.mixture.means, peer.means_, rtol=1e-13)
    np.testing.assert_allclose(
        fit.mixture.covariance.matrices(),
        theirs,
        rtol=1e-10,
        atol=1e-13,
    )
    assert fit.outcome is Outcome.CONVERGED
    assert len(fit.log_likelihoods) == 1


def test_known_labels_and_a_shared_covariance_are_linear_discriminant_analysis(
    backend: Backend, iris: Array, species: Array, subset: Array
) -> None:
    """Assert LDA with the same posterior: scikit-learn's lsqr solver, too, divides by n."""
    x, z = iris[subset], species[subset]
    peer = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(x, z)
    mixture = drumlin.fit(x, 3, "tied", labels=z, backend=backend).mixture
    np.testing.assert_allclose(mixture.weights, peer.priors_, rtol=1e-14)
    np.testing.assert_allclose(mixture.means, peer.means_, rtol=1e-13)
    np.testing.assert_allclose(
        mixture.covariance.matrices()[0], peer.covariance_, rtol=1e-10, atol=1e-13
    )
    np.testing.assert_allclose(mixture.responsibilities(x), peer.predict_proba(x), atol=1e-9)
    np.testing.assert_array_equal(mixture.labels(x), peer.predict(x))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_known_labels_are_the_maximum_in_every_family(
    iris: Array, species: Array, subset: Array, family: str, weighted: bool
) -> None:
    """Assert zero slope of ℓ in every free direction of the covariances, after one pass.

    With all labels known ℓ = Σ_j mass_j (… − ½ log |Σ_j| − ½ tr Σ_j⁻¹ C_j), C_j that of the class.
    """
    x, z = iris[subset], species[subset]
    weight = np.random.default_rng(2).uniform(0.5, 2.0, len(x)) if weighted else np.ones(len(x))
    fit = drumlin.fit(x, 3, family, labels=z, sample_weight=weight)
    assert len(fit.log_likelihoods) == 1
    mass = np.bincount(z, weight)
    each = [np.cov(x[z == j].T, ddof=0, aweights=weight[z == j]) for j in range(3)]
    means = [np.average(x[z == j], axis=0, weights=weight[z == j]) for j in range(3)]
    np.testing.assert_allclose(fit.mixture.weights, mass / mass.sum(), rtol=1e-13)
    np.testing.assert_allclose(fit.mixture.means, means, rtol=1e-12)
    tangent = tangent_of(fit.family, fit.mixture.covariance.matrices())
    slope = np.zeros(tangent.n_parameters)
    for j, (root, directions) in enumerate(zip(tangent.roots, tangent.components, strict=True)):
        white = np.linalg.solve(root, np.linalg.solve(root, each[j]).T)
        score = 0.5 * mass[j] * (white - np.eye(4))
        slope[directions.parameters] += np.einsum("ab,gab->g", score, directions.derivatives)
    assert len(slope) == fit.family.n_covariance_parameters(3, 4)
    # alternating rules stop when nothing changes by 1e-14, contracting by a factor of 0.9 or less
    assert np.abs(slope).max() < 1e-8 * mass.sum()


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_known_labels_weigh_as_counts(iris: Array, species: Array, family: str) -> None:
    """Assert that sample weights enter the closed form like repeated rows."""
    weight = np.random.default_rng(1).integers(0, 3, size=150)
    got = drumlin.fit(iris, 3, family, labels=species, sample_weight=weight)
    want = drumlin.fit(
        np.repeat(iris, weight, axis=0), 3, family, labels=np.repeat(species, weight)
    )
    np.testing.assert_allclose(got.mixture.weights, want.mixture.weights, rtol=1e-13)
    np.testing.assert_allclose(got.mixture.means, want.mixture.means, rtol=1e-13)
    np.testing.assert_allclose(
        got.mixture.covariance.matrices(), want.mixture.covariance.matrices(), rtol=1e-11,
        atol=1e-13,
    )  # fmt: skip


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_with_known_labels_the_likelihood_is_that_of_rows_and_labels(
    iris: Array, species: Array, family: str
) -> None:
    """Assert that ℓ = Σ log p(x, z)."""
    fit = drumlin.fit(iris, 3, family, labels=species)
    joint = fit.mixture.log_joint(iris)[np.arange(150), species]
    assert fit.log_likelihood == pytest.approx(joint.sum(), rel=1e-13)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_one_hot_responsibilities_are_labels(iris: Array, species: Array, family: str) -> None:
    """Assert that a start from one-hot rows is the start from labels, and both are the M-step."""
    from_labels = drumlin.fit(iris, 3, family, starts=species, tol=1e-4)
    from_rows = drumlin.fit(iris, 3, family, starts=np.eye(3)[species], tol=1e-4)
    known = drumlin.fit(iris, 3, family, labels=species)
    np.testing.assert_allclose(from_rows.log_likelihoods, from_labels.log_likelihoods, rtol=1e-12)
    first = known.mixture.log_density(iris).sum()
    assert from_labels.log_likelihoods[0] == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_some_known_labels_hold_and_the_rest_are_found(
    iris: Array, species: Array, family: str
) -> None:
    """Assert that ℓ = Σ_unknown log p(x) + Σ_known log p(x, z) at the end, and ids are kept."""
    labels = np.where(np.arange(150) % 5 == 0, species, -1)
    fit = drumlin.fit(iris, 3, family, labels=labels)
    known = labels >= 0
    joint = fit.mixture.log_joint(iris[known])[np.arange(known.sum()), labels[known]]
    unknown = fit.mixture.log_density(iris[~known])
    assert fit.log_likelihood == pytest.approx(joint.sum() + unknown.sum(), rel=1e-12)
    assert fit.outcome is Outcome.CONVERGED
    # setosa, component 0, stands apart in every family
    assert (fit.mixture.labels(iris[:50]) == 0).all()
