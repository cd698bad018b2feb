"""The factorisations of an M-step, compiled and in NumPy, against what they must multiply to."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin.covariance import cholesky, compiled
from tests.ingredients import random_structure

WAYS = [False, *([True] if compiled.COMPILED else [])]


@pytest.fixture(params=WAYS, ids=["numpy", "compiled"][: len(WAYS)], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs without the compiled core, and with it where it was built."""
    monkeypatch.setattr(compiled, "COMPILED", request.param)


def covariances(k: int, d: int, condition: float = 1e4) -> np.ndarray:
    """(k, d, d)"""
    rng = np.random.default_rng([k, d])
    return random_structure(rng, "full", k, d, condition=condition).matrices()


@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 2), (2, 3), (4, 7), (2, 40)])
def test_factors_multiply_to_the_matrices(k: int, d: int) -> None:
    """Assert L lower with L Lᵀ = Σ, L⁻¹ L = I, and the log-determinant of slogdet."""
    dense = covariances(k, d)
    lower = cholesky.factors_above(dense, np.zeros((d, d)))
    assert lower is not None
    assert not np.triu(lower, 1).any()
    scale = np.sqrt(np.einsum("jaa->ja", dense))
    error = (lower @ lower.transpose(0, 2, 1) - dense) / (scale[:, :, None] * scale[:, None, :])
    assert np.abs(error).max() < 1e-14
    inverse = cholesky.inverse_lower(lower)
    assert not np.triu(inverse, 1).any()
    np.testing.assert_allclose(inverse @ lower, np.broadcast_to(np.eye(d), dense.shape), atol=1e-11)
    expected = np.linalg.slogdet(dense)[1]
    np.testing.assert_allclose(cholesky.log_determinants(lower), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 6])
def test_a_matrix_that_is_not_above_the_floor_has_no_factors(d: int) -> None:
    """Assert None when one of several matrices touches the floor in one direction."""
    dense = covariances(3, d, condition=10.0)
    values, vectors = np.linalg.eigh(dense[1])
    below = 0.999 * values[0] * np.outer(vectors[:, 0], vectors[:, 0])
    above = 1.001 * values[0] * np.outer(vectors[:, 0], vectors[:, 0])
    elsewhere = dense[1] * (np.arange(3) != 1)[:, None, None] + dense
    elsewhere[1] = dense[1]
    assert cholesky.factors_above(elsewhere, below) is not None
    assert cholesky.factors_above(elsewhere, above) is None


@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_what_is_no_covariance_has_no_factors(bad: float) -> None:
    """Assert None for a diagonal that no covariance has."""
    dense = np.eye(3)[None].repeat(2, axis=0)
    dense[1, 2, 2] = bad
    assert cholesky.factors_above(dense, np.zeros((3, 3))) is None
