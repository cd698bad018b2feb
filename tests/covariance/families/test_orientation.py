"""What M-steps do inside: axes turned and volumes alternated, compiled and in NumPy."""

from __future__ import annotations

from itertools import combinations

import mpmath
import numpy as np
import pytest

from drumlin._types import Array
from drumlin.covariance import Full, compiled, family_named
from drumlin.covariance.families import orientation, principal_axes, volume_shape
from drumlin.covariance.families.principal_axes import axes_cost, common_axes, own_axes
from drumlin.covariance.families.volume_shape import equal_matrix, equal_shape
from drumlin.em import iterates
from tests.ingredients import problem_of, random_structure, start_of

WAYS = [False, *([True] if compiled.COMPILED else [])]
SIZES = [(1, 1), (3, 2), (2, 5), (6, 4), (3, 9)]
each_way = pytest.mark.usefixtures("way")
each_size = pytest.mark.parametrize(("k", "d"), SIZES)
each_volume = pytest.mark.parametrize("equal_volume", [False, True])


@pytest.fixture(params=WAYS, ids=["numpy", "compiled"][: len(WAYS)])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the compiled core, or with it."""
    monkeypatch.setattr(compiled, "COMPILED", request.param)


@pytest.fixture
def to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Axes are turned until less than 1e-12 of an angle remains."""
    monkeypatch.setattr(principal_axes, "MAX_SWEEPS", 500)
    monkeypatch.setattr(principal_axes, "SMALLEST_GAIN", 1e-26)


def given(k: int, d: int) -> tuple[Array, Array]:
    """Random covariances (k, d, d) and shares (k,)."""
    rng = np.random.default_rng([k, d, 3])
    return random_structure(rng, "full", k, d).matrices(), rng.dirichlet(np.full(k, 5.0))


def rotation(d: int, seed: int) -> Array:
    """(d, d) some orthonormal axes."""
    turn: Array = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]
    return turn


@each_way
@each_size
def test_own_axes_are_eigenvectors(k: int, d: int) -> None:
    """Assert D diag(v) Dᵀ = C, Dᵀ D = I and ascending variances."""
    covariances, _ = given(k, d)
    variances, own = own_axes(covariances)
    assert (np.diff(variances, axis=1) >= 0.0).all()
    back = (own * variances[:, None, :]) @ own.transpose(0, 2, 1)
    np.testing.assert_allclose(back, covariances, rtol=0, atol=1e-14 * np.abs(covariances).max())
    identity = np.broadcast_to(np.eye(d), covariances.shape)
    np.testing.assert_allclose(own.transpose(0, 2, 1) @ own, identity, atol=1e-14)


@pytest.mark.skipif(not compiled.COMPILED, reason="LAPACK knows eigenvalues beside the largest")
@pytest.mark.parametrize("d", [4, 10])
def test_small_variances_beside_large_ones_are_exact(d: int) -> None:
    """Assert eigenvalues of columns in units 1e6 apart to 1e-13 of each, against mpmath."""
    rng = np.random.default_rng(0)
    correlation = random_structure(rng, "full", 1, d, condition=5.0).matrices()[0]
    units = 10.0 ** np.resize([0.0, -6.0, 3.0, -3.0], d)
    graded = correlation * np.outer(units, units)
    with mpmath.workdps(50):
        exact = sorted(float(v) for v in mpmath.eigsy(mpmath.matrix(graded.tolist()))[0])
    np.testing.assert_allclose(own_axes(graded[None])[0][0], exact, rtol=1e-13)


@each_way
@each_volume
@each_size
@pytest.mark.usefixtures("to_the_end")
def test_common_axes_leave_no_plane_to_turn(k: int, d: int, equal_volume: bool) -> None:
    """Assert Σ_j weight_j (1/δ_ja − 1/δ_jb) (Dᵀ C_j D)_ab = 0 in every plane, and Dᵀ D = I.

    The weight is the share, times the volume of the component where volumes are equal.
    """
    covariances, shares = given(k, d)
    variances, common = common_axes(covariances, shares, rotation(d, 1), equal_volume=equal_volume)
    np.testing.assert_allclose(common.T @ common, np.eye(d), atol=1e-14)
    turned = common.T @ covariances @ common
    np.testing.assert_allclose(np.einsum("jaa->ja", turned), variances, rtol=1e-12)
    weight = shares * np.exp(np.log(variances).mean(axis=1)) if equal_volume else shares
    weight = weight / weight.sum()
    for a, b in combinations(range(d), 2):
        pulls = weight * (1.0 / variances[:, a] - 1.0 / variances[:, b]) * turned[:, a, b]
        assert abs(pulls.sum()) < 1e-12


@each_way
@each_volume
def test_turning_never_makes_it_worse(equal_volume: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that one sweep after another lowers the cost, from axes far off."""
    monkeypatch.setattr(principal_axes, "MAX_SWEEPS", 1)
    covariances, shares = given(4, 5)
    common = rotation(5, 2)
    before = np.inf
    for _ in range(12):
        variances, common = common_axes(covariances, shares, common, equal_volume=equal_volume)
        after = axes_cost(variances, shares, equal_volume=equal_volume)
        assert after <= before + 1e-15
        before = after


@each_way
@pytest.mark.usefixtures("to_the_end")
def test_axes_that_all_have_are_found_exactly() -> None:
    """Assert that covariances made of common axes have them, equal variances included."""
    d, turn = 5, rotation(5, 3)
    variances = np.exp(np.random.default_rng(4).normal(size=(3, d)))
    variances[:, 1] = variances[:, 0]
    covariances = (turn * variances[:, None, :]) @ turn.T
    shares = np.array([0.5, 0.3, 0.2])
    for equal_volume in (False, True):
        found, common = common_axes(covariances, shares, np.eye(d), equal_volume=equal_volume)
        back = (common * found[:, None, :]) @ common.T
        np.testing.assert_allclose(back, covariances, atol=1e-13 * covariances.max())


@pytest.mark.skipif(not compiled.COMPILED, reason="nothing to compare")
@each_size
@pytest.mark.usefixtures("to_the_end")
def test_compiled_and_numpy_agree(k: int, d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert the same covariances from both, of the rules that alternate."""
    covariances, shares = given(k, d)
    both = []
    for way in (True, False):
        monkeypatch.setattr(compiled, "COMPILED", way)
        variances = np.ascontiguousarray(np.einsum("jaa->ja", covariances))
        shaped, scaled = (
            equal_shape(variances, shares, None),
            equal_matrix(covariances, shares, None),
        )
        assert shaped is not None
        assert scaled is not None
        found = [shaped, *scaled]
        for equal_volume in (False, True):
            start = own_axes(covariances[:1])[1][0]
            found.extend(common_axes(covariances, shares, start, equal_volume=equal_volume))
        both.append(found)
    for one, other in zip(*both, strict=True):
        # axes, up to their sign; both stop where less than 1e-13 remains
        np.testing.assert_allclose(np.abs(one), np.abs(other), rtol=1e-11, atol=1e-11)


@each_way
def test_scatters_without_any_volume_have_no_equal_shape() -> None:
    """Assert None, or nothing finite and positive, where all variances of a column are zero."""
    variances = np.array([[1.0, 0.0], [2.0, 0.0]])
    shares = np.array([0.5, 0.5])
    with np.errstate(all="ignore"):
        found = equal_shape(variances, shares, None)
    assert found is None or not (found > 0.0).all()
    singular = variances[:, :, None] * np.eye(2)
    assert equal_matrix(singular, shares, None) is None


@each_way
@pytest.mark.parametrize("name", ["VEI", "VEE", "VEV", "EVE", "VVE"])
def test_em_rises_however_few_inner_steps_are_made(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert it with a single inner step per M-step: each starts where the last one ended."""
    monkeypatch.setattr(principal_axes, "MAX_SWEEPS", 1)
    monkeypatch.setattr(volume_shape, "INNER_STEPS", 1)
    rng = np.random.default_rng(8)
    x = rng.normal(size=(150, 4)) @ rng.normal(size=(4, 4)) + rng.choice([0.0, 4.0], (150, 1))
    problem = problem_of(x, family_named(name, 4))
    run = iterates(start_of(problem, rng.integers(0, 3, 150), 3), problem)
    path = np.array([next(run).log_likelihood for _ in range(60)])
    rounding = 64 * np.finfo(float).eps * (np.abs(path) + len(x))
    assert (np.diff(path) >= -rounding[1:]).all()


@each_volume
def test_a_first_m_step_tries_the_axes_of_every_component(equal_volume: bool) -> None:
    """Assert that what a few sweeps from the axes of each reach is reached."""
    covariances, shares = given(6, 4)
    shaped = orientation.AlongCommonAxes(equal_volume)(covariances, shares, None)
    assert isinstance(shaped, Full)
    assert shaped.axes is not None
    turned = np.einsum("jaa->ja", shaped.axes.T @ covariances @ shaped.axes)
    best = axes_cost(turned, shares, equal_volume=equal_volume)
    for start in own_axes(covariances)[1]:
        few, _ = common_axes(covariances, shares, start, equal_volume=equal_volume, sweeps=5)
        assert best <= axes_cost(few, shares, equal_volume=equal_volume) + 1e-12


@each_way
@pytest.mark.parametrize("d", [4, 12])
def test_a_variance_far_below_the_rounding_of_others_is_kept(d: int) -> None:
    """Assert it to its last digits where its column has no part in the axes of the others."""
    rng = np.random.default_rng(d)
    root = rng.normal(size=(2, d, d))
    covariances = root @ root.transpose(0, 2, 1)
    covariances[:, 1, :] = covariances[:, :, 1] = 1e-30 * rng.normal(size=d)
    covariances[:, 1, 1] = [3e-21, 5e-21]
    variances, axes = own_axes(covariances)
    np.testing.assert_allclose(variances[:, 0], [3e-21, 5e-21], rtol=1e-12)
    np.testing.assert_allclose(np.abs(axes[:, 1, 0]), 1.0, rtol=1e-15)
    again = np.einsum("jab,jb,jcb->jac", axes, variances, axes)
    np.testing.assert_allclose(again, covariances, rtol=0, atol=1e-12 * d)
    assert (np.diff(variances, axis=1) >= 0.0).all()
