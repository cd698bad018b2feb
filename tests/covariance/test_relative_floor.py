"""The floor is the exact constrained M-step, and it moves with the data."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.covariance import RelativeFloor, family_named
from drumlin.covariance.cholesky import checked_factors, inverse_lower, lower_factor
from drumlin.moments import Moments
from tests.ingredients import random_structure


def random_covariance(rng: np.random.Generator, d: int, condition: float) -> Array:
    """(d, d) one covariance."""
    return random_structure(rng, "full", 1, d, condition=condition).matrices()[0]


def minus_two_q(covariance: Array, scatter: Array) -> float:
    """log |Σ| + tr Σ⁻¹ S, what an M-step of one component makes small."""
    return float(np.linalg.slogdet(covariance)[1] + np.trace(np.linalg.solve(covariance, scatter)))


@pytest.mark.parametrize("d", [1, 2, 5])
def test_clipping_is_the_exact_maximum_above_the_floor(d: int) -> None:
    """Assert that no other covariance above the floor has a larger Q than the clipped one."""
    rng = np.random.default_rng(d)
    floor = RelativeFloor(
        random_covariance(rng, d, 50.0), random_covariance(rng, d, 50.0), 0.5, 1e-14
    )
    scatter = random_covariance(rng, d, 1e4) / 40.0
    factors, clipped = floor.clip(scatter[None])
    best = factors[0] @ factors[0].T
    assert clipped[0]  # otherwise nothing is tested
    top = minus_two_q(best, scatter)
    for size in (0.01, 0.3):
        for _ in range(20):
            root = factors[0] @ (np.eye(d) + size * rng.normal(size=(d, d)))
            other, _ = floor.clip((root @ root.T)[None])
            # perturbations that the floor sends back to the same point are equal to rounding
            assert minus_two_q(other[0] @ other[0].T, scatter) >= top - 1e-12


def test_what_is_above_the_floor_is_left_alone() -> None:
    """Assert that clip is then the Cholesky factor."""
    rng = np.random.default_rng(3)
    dense = np.stack([random_covariance(rng, 4, 100.0) for _ in range(3)])
    factors, clipped = RelativeFloor(np.eye(4), np.eye(4), 1e-10, 1e-14).clip(dense)
    np.testing.assert_allclose(factors, np.linalg.cholesky(dense), rtol=1e-13)
    assert not clipped.any()


def test_the_floor_moves_with_the_units_of_the_columns() -> None:
    """Assert that clipping D S D under D S₊ D is D clip(S) D, for scales of 1e±6."""
    rng = np.random.default_rng(1)
    total, scatter = random_covariance(rng, 3, 30.0), random_covariance(rng, 3, 1e6) / 1e6
    scale = np.diag([1e-6, 1.0, 1e6])
    one, _ = RelativeFloor(total, total, 0.1, 1e-14).clip(scatter[None])
    scaled = scale @ total @ scale
    two, _ = RelativeFloor(scaled, scaled, 0.1, 1e-14).clip((scale @ scatter @ scale)[None])
    np.testing.assert_allclose(np.linalg.inv(scale) @ two[0], one[0], rtol=1e-10, atol=1e-12)


def test_flat_directions_of_the_data_make_no_component_unhealthy() -> None:
    """Assert that a direction in which no row varies is clipped without a report."""
    total = np.array([[1.0, 1.0], [1.0, 1.0]])
    floor = RelativeFloor(total, total, 1e-10, 1e-14)
    assert floor.flat_directions == 1
    factors, clipped = floor.clip(np.stack([0.5 * total, 1e-13 * total]))
    np.testing.assert_array_equal(clipped, [False, True])
    assert (np.linalg.eigvalsh(factors @ factors.transpose(0, 2, 1)) > 0).all()


def test_a_constant_column_makes_no_component_unhealthy_in_diagonal_families() -> None:
    """Assert that its variance is the floor's and that on_floor stays false."""
    total = np.diag([1.0, 0.0])
    floor = RelativeFloor(total, np.diag([1.0, 1e-9]), 1e-10, 1e-14)
    np.testing.assert_array_equal(floor.flat_columns, [False, True])
    moments = Moments(
        0.0, 8.0, np.array([8.0]), np.zeros((1, 2)), np.array([[4.0, 0.0]]), np.zeros((1, 2))
    )
    estimate = family_named("diag", 2).m_step.estimate(moments, floor, None, regularised=False)
    assert not estimate.on_floor.any()
    np.testing.assert_allclose(estimate.covariance.matrices()[0], np.diag([0.5, 1e-19]), rtol=1e-15)


@pytest.mark.parametrize("d", [1, 2, 3, 4, 8])
def test_the_inverse_of_a_factor_is_an_inverse(d: int) -> None:
    """Assert that L⁻¹ L = I for the closed forms (d <= 3) and for the substitution."""
    rng = np.random.default_rng(d)
    factors = checked_factors(np.stack([random_covariance(rng, d, 100.0) for _ in range(4)]))
    product = inverse_lower(factors) @ factors
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(d), (4, d, d)), atol=1e-13)


def test_a_root_becomes_a_factor_without_forming_the_product() -> None:
    """Assert that R Rᵀ with an eigenvalue of 1e-20 keeps it: its square root is in the factor."""
    root = np.array([[3.0, 4.0], [3.0, 4.0 * (1 + 1e-10)]])
    factor = lower_factor(root)
    assert (np.diagonal(factor) > 0).all()
    assert factor[0, 1] == 0.0
    # |det L| = |det R| = 3 · 4e-10
    np.testing.assert_allclose(np.prod(np.diagonal(factor)), 1.2e-9, rtol=1e-5)
