"""The directions in which components differ, and the mixture seen there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import drumlin
from drumlin._types import Array
from drumlin.errors import InvalidDataError, InvalidParameterError

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference/projection/mclustdr.json").read_text()
)
CASES = [
    pytest.param(case, result, id=f"{case['dataset']}.{case['model']}.{result['lambda'][0]}")
    for case in REFERENCE["cases"]
    for result in case["results"]
]


def random_mixture(k: int, d: int, structure: str = "full", seed: int = 5) -> drumlin.Mixture:
    """A mixture whose components differ in everything that the structure lets differ."""
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, 2 * d))
    matrices = roots @ roots.transpose(0, 2, 1) / d
    covariances: dict[str, Any] = {
        "full": matrices,
        "tied": matrices[0],
        "diag": np.einsum("jaa->ja", matrices),
        "spherical": matrices[:, 0, 0],
    }
    weights = rng.dirichlet(np.full(k, 5.0))
    means = 2.0 * rng.normal(size=(k, d))
    return drumlin.Mixture.from_arrays(weights, means, covariances[structure], structure)


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_directions_are_those_of_mclust(
    case: dict[str, Any], expected: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Assert that eigenvalues, directions and projected rows are those of MclustDR.

    Directions there have unit length and any sign. Both solve an eigenproblem of at most six
    columns: rounding, divided by the gaps of the eigenvalues, which are above 0.02.
    """
    x = request.getfixturevalue(case["dataset"])
    mixture = drumlin.Mixture.from_arrays(case["pro"], case["mean"], case["covariances"])
    projection = drumlin.project(mixture, x, share_of_means=expected["lambda"][0])
    m = expected["numdir"][0]
    assert projection.mixture.n_features == m
    np.testing.assert_allclose(projection.eigenvalues, expected["evalues"][:m], rtol=1e-11)
    length = np.linalg.norm(projection.directions, axis=0)
    basis = np.array(expected["basis"]).reshape(-1, m)
    signs = np.sign(np.sum(projection.directions * basis, axis=0))
    np.testing.assert_allclose(projection.directions / length, signs * basis, atol=1e-11)
    rows = np.array(expected["dir_first5"]).reshape(5, m)
    np.testing.assert_allclose(projection.transform(x)[:5] / length, signs * rows, atol=1e-10)


@pytest.mark.parametrize("structure", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_directions_solve_the_generalised_eigenproblem(structure: str, share: float) -> None:
    """Assert that M v = l Σ v, with M and Σ written down as in the paper."""
    mixture = random_mixture(3, 4, structure)
    weights, matrices = mixture.weights, mixture.covariance.matrices()
    sigma = mixture.total_covariance()
    inverse = np.linalg.inv(sigma)
    deviations = mixture.means - mixture.mean()
    m_i = (weights[:, None] * deviations).T @ deviations
    m_ii = np.zeros((4, 4))
    pooled = np.tensordot(weights, matrices, 1)
    for weight, matrix in zip(weights, matrices, strict=True):
        m_ii += weight * (matrix - pooled) @ inverse @ (matrix - pooled)
    m = 2 * share * m_i @ inverse @ m_i + 2 * (1 - share) * m_ii
    projection = drumlin.project(mixture, share_of_means=share)
    shown, b = projection.mixture.n_features, projection.directions
    largest = scipy.linalg.eigvalsh(m, sigma)[::-1]
    np.testing.assert_allclose(projection.eigenvalues, largest[:shown], rtol=1e-11, atol=1e-13)
    assert (largest[shown:] < 1e-7).all()
    # not the vectors themselves: equal eigenvalues leave them free
    np.testing.assert_allclose(m @ b, sigma @ b * projection.eigenvalues, atol=1e-12)
    np.testing.assert_allclose(b.T @ sigma @ b, np.eye(shown), atol=1e-12)


@pytest.mark.parametrize("structure", ["full", "tied", "diag", "spherical"])
def test_the_projected_mixture_is_the_distribution_of_the_projected_rows(structure: str) -> None:
    """Assert that mean and covariance of each component go with the directions."""
    mixture = random_mixture(3, 4, structure)
    projection = drumlin.project(mixture)
    b, seen = projection.directions, projection.mixture
    assert seen.n_features <= 4
    np.testing.assert_allclose(seen.means, projection.transform(mixture.means), atol=1e-13)
    expected = b.T @ mixture.covariance.matrices() @ b
    np.testing.assert_allclose(seen.covariance.matrices(), expected, atol=1e-13)
    np.testing.assert_allclose(seen.total_covariance(), np.eye(seen.n_features), atol=1e-12)
    np.testing.assert_array_equal(seen.weights, mixture.weights)


def test_in_all_directions_the_density_is_only_turned() -> None:
    """Assert that log p(x) = log p(y) + log |det B| when directions are as many as columns."""
    mixture = random_mixture(3, 4)
    projection = drumlin.project(mixture)
    assert projection.directions.shape == (4, 4)
    x = mixture.sample(50, 3)[0]
    jacobian = np.linalg.slogdet(projection.directions)[1]
    density = projection.mixture.log_density(projection.transform(x)) + jacobian
    np.testing.assert_allclose(density, mixture.log_density(x), rtol=1e-11)
    responsibilities = projection.mixture.responsibilities(projection.transform(x))
    np.testing.assert_allclose(responsibilities, mixture.responsibilities(x), atol=1e-11)


def test_an_affine_map_of_the_data_changes_nothing() -> None:
    """Assert that eigenvalues and, up to signs, projected rows are those before x -> A x + b."""
    mixture = random_mixture(3, 4)
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(4, 4)), np.array([1e3, -5.0, 0.0, 7.0])
    moved = drumlin.Mixture.from_arrays(
        mixture.weights, mixture.means @ a.T + b, a @ mixture.covariance.matrices() @ a.T
    )
    x = mixture.sample(20, 1)[0]
    first, second = drumlin.project(mixture), drumlin.project(moved)
    np.testing.assert_allclose(second.eigenvalues, first.eigenvalues, rtol=1e-9)
    there = np.abs(second.transform(x @ a.T + b))
    np.testing.assert_allclose(there, np.abs(first.transform(x)), atol=1e-8)


def test_the_largest_entry_of_a_direction_is_positive() -> None:
    """Assert that signs are settled: in units of the columns' sd the largest entry is positive."""
    mixture = random_mixture(3, 4, seed=8)
    sd = np.sqrt(np.diagonal(mixture.total_covariance()))
    entries = drumlin.project(mixture).directions * sd[:, None]
    largest = np.abs(entries).argmax(axis=0)
    assert (entries[largest, np.arange(4)] > 0).all()


def test_a_fit_is_as_good_as_its_mixture(iris: Array) -> None:
    """Assert that a Fit is taken, and that rows change nothing: a full fit has their moments."""
    fit = drumlin.fit(iris, 3, rng=0, tol=1e-9)
    own, given = drumlin.project(fit), drumlin.project(fit.mixture, iris)
    np.testing.assert_allclose(own.eigenvalues, given.eigenvalues, rtol=1e-6)
    np.testing.assert_allclose(own.directions, given.directions, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("d", [1, 3])
def test_one_component_has_one_direction_in_which_nothing_differs(d: int) -> None:
    """Assert that one component, or one column, has a projection of one dimension."""
    for k in (1, 2):
        projection = drumlin.project(random_mixture(k, d))
        if k == 1:
            assert projection.mixture.n_features == 1
            assert projection.eigenvalues == pytest.approx([0.0], abs=1e-14)
        assert projection.transform(np.zeros((5, d))).shape == (5, projection.mixture.n_features)


def test_bad_input_is_refused() -> None:
    """Assert that a wrong share, wrong columns, and rows in a plane name the trouble."""
    mixture = random_mixture(2, 3)
    with pytest.raises(InvalidParameterError, match=r"share_of_means is 1\.5"):
        drumlin.project(mixture, share_of_means=1.5)
    with pytest.raises(InvalidDataError, match="x has 2 columns, the mixture 3"):
        drumlin.project(mixture, np.zeros((5, 2)))
    flat = np.random.default_rng(0).normal(size=(50, 3)) @ np.diag([1.0, 1.0, 0.0]) + 1.0
    tilted = flat @ np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    for rows in (flat, tilted, tilted[:3]):
        with pytest.raises(InvalidDataError, match="span fewer than 3 dimensions: leave x out"):
            drumlin.project(mixture, rows)


def test_a_projection_prints_as_a_table() -> None:
    """Assert a line for each column, and the eigenvalues."""
    mixture = drumlin.Mixture.from_arrays(
        [0.5, 0.5], [[0.0, 0.0], [4.0, 0.0]], [1.0, 1.0], "spherical", feature_names=["a", "b"]
    )
    lines = [line.split() for line in str(drumlin.project(mixture)).splitlines()]
    assert lines == [["direction", "1"], ["a", "0.4472"], ["b", "0"], ["eigenvalue", "0.64"]]
