"""The free directions of the covariances of a family, for all fourteen names of the literature."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.covariance import contrasts, family_named, tangent_of
from drumlin.errors import InvalidParameterError
from tests.ingredients import EVERY_FAMILY, covariances, covariances_at

SIZES = [(1, 1), (2, 1), (1, 3), (2, 2), (3, 4)]


@pytest.mark.parametrize("code", EVERY_FAMILY)
@pytest.mark.parametrize(("k", "d"), SIZES)
def test_the_directions_are_as_many_as_the_free_parameters(code: str, k: int, d: int) -> None:
    """Assert that their number is the family's, and that they are independent."""
    family = family_named(code, 2)
    tangent = tangent_of(family, covariances(code, k, d, np.random.default_rng(k + d)))
    assert tangent.n_parameters == family.n_covariance_parameters(k, d)
    slopes = np.zeros((k, d * d, tangent.n_parameters))
    for j, directions in enumerate(tangent.components):
        slopes[j][:, directions.parameters] = directions.derivatives.reshape(-1, d * d).T
    rank = np.linalg.matrix_rank(slopes.reshape(k * d * d, -1))
    assert rank == tangent.n_parameters


@pytest.mark.parametrize("code", EVERY_FAMILY)
def test_a_move_stays_in_the_family(code: str) -> None:
    """Assert that Σ_j(0) are the covariances, and that Σ_j(θ) are of the family for a large θ."""
    rng = np.random.default_rng(8)
    matrices = covariances(code, 3, 3, rng)
    tangent = tangent_of(family_named(code, 2), matrices)
    np.testing.assert_allclose(
        covariances_at(tangent, np.zeros(tangent.n_parameters)), matrices, rtol=1e-12
    )
    tangent_of(
        family_named(code, 2), covariances_at(tangent, rng.normal(size=tangent.n_parameters))
    )


@pytest.mark.parametrize("code", EVERY_FAMILY)
def test_slopes_and_curvature_are_derivatives(code: str) -> None:
    """Assert that they agree with central differences.

    Step h: the second differences lose 4 ε/h² = 1e-7 of a trace of size 10 to rounding, and the
    first h² = 1e-8 of the third derivative to truncation.
    """
    rng = np.random.default_rng(9)
    k, d, h = 2, 3, 1e-4
    tangent = tangent_of(family_named(code, 2), covariances(code, k, d, rng))
    scatter = np.cov(rng.normal(size=(d, 7)))
    steps = h * np.eye(tangent.n_parameters)

    def trace(j: int, theta: Array) -> float:
        root = tangent.roots[j]
        inverse = np.linalg.inv(covariances_at(tangent, theta)[j])
        return float(np.trace(root.T @ inverse @ root @ scatter))

    for j, directions in enumerate(tangent.components):
        root, own = tangent.roots[j], steps[directions.parameters]
        for slope, step in zip(directions.derivatives, own, strict=True):
            change = (covariances_at(tangent, step)[j] - covariances_at(tangent, -step)[j]) / (
                2.0 * h
            )
            np.testing.assert_allclose(root @ slope @ root.T, change, atol=1e-6)
        bent = [
            [trace(j, a + b) - trace(j, a - b) - trace(j, b - a) + trace(j, -a - b) for a in own]
            for b in own
        ]
        np.testing.assert_allclose(
            directions.curvature(scatter), np.array(bent) / (4.0 * h * h), atol=3e-6
        )


@pytest.mark.parametrize("code", [code for code in EVERY_FAMILY if code != "VVV"])
def test_covariances_of_another_family_are_refused(code: str) -> None:
    """Assert that those of VVV are of no other family, and that the message says what to do."""
    matrices = covariances("VVV", 3, 3, np.random.default_rng(10))
    with pytest.raises(InvalidParameterError, match=rf"not of family {code}.*VVV"):
        tangent_of(family_named(code, 2), matrices)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_contrasts_are_orthonormal_and_sum_to_zero(size: int) -> None:
    """Assert both."""
    found = contrasts(size)
    np.testing.assert_allclose(found.T @ found, np.eye(size - 1), atol=1e-15)
    np.testing.assert_allclose(found.sum(axis=0), 0.0, atol=1e-15)
