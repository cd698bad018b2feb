"""One driver for the M-step of every family: it is the maximum of Q, and it meets the floor."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.covariance import (
    Family,
    RelativeFloor,
    Sharing,
    Structure,
)
from drumlin.moments import Form, Moments
from tests.ingredients import random_mixture


def centred_moments(rng: np.random.Generator, k: int, d: int) -> Moments:
    """Full moments of random rows with random soft assignments, about their own means."""
    mixture = random_mixture(rng, k, d)
    x, _ = mixture.sample(60 * k, rng)
    w = rng.dirichlet(np.ones(k), size=len(x))
    deviations = x[:, None, :] - mixture.means
    return Moments(
        0.0,
        float(len(x)),
        w.sum(axis=0),
        np.einsum("ij,ija->ja", w, deviations),
        np.einsum("ij,ija,ijb->jab", w, deviations, deviations),
        mixture.means,
    ).centred()


def low_floor(d: int) -> RelativeFloor:
    """A floor of 1e-10 under data of size one."""
    return RelativeFloor(np.eye(d), np.eye(d), 1e-10, 1e-14)


def expected_complete(dense: Array, moments: Moments) -> float:
    """Q as far as Σ matters: −½ Σ_j (mass_j log |Σ_j| + tr Σ_j⁻¹ S_j), from dense matrices."""
    _, log_determinants = np.linalg.slogdet(dense)
    inverse = np.linalg.inv(dense)
    traces = np.einsum("jab,jab->j", inverse, moments.scatter)
    return float(-0.5 * (moments.mass @ log_determinants + traces.sum()))


def neighbour(
    family: Family, covariance: Structure, rng: np.random.Generator, size: float
) -> Array:
    """(k, d, d) covariances near by in the family: λ, A and D moved as its letters allow."""
    dense = covariance.matrices()
    k, d = dense.shape[:2]
    if family.orientation is Sharing.VARIABLE:
        axes = np.linalg.eigh(dense)[1]
    elif family.orientation is Sharing.EQUAL:
        axes = np.linalg.eigh(np.einsum("j,jab->ab", rng.uniform(1.0, 2.0, k), dense))[1][None]
    else:
        axes = np.eye(d)[None]
    variances = np.einsum("jaa->ja", axes.transpose(0, 2, 1) @ dense @ axes)

    def moves(letter: Sharing, *shape: int) -> Array:
        times = k if letter is Sharing.VARIABLE else 1
        return size * (letter is not Sharing.IDENTITY) * rng.normal(size=(times, *shape))

    shape = moves(family.shape, d)
    change = moves(family.volume, 1) + shape - shape.mean(axis=1, keepdims=True)
    skew = moves(family.orientation, d, d)
    turn = np.linalg.qr(np.eye(d) + skew - skew.transpose(0, 2, 1))[0]
    turned = axes @ (turn * np.sign(np.einsum("jaa->ja", turn))[:, None, :])
    moved: Array = (turned * (variances * np.exp(change))[:, None, :]) @ turned.transpose(0, 2, 1)
    return moved


@pytest.mark.parametrize("regularised", [False, True])
@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 1), (1, 2), (3, 2), (2, 5)])
def test_the_estimate_is_the_maximum_among_its_structures(
    family: Family, k: int, d: int, regularised: bool
) -> None:
    """Assert that every small step away from the M-step, within the family, lowers Q.

    So it does with R added to the scatters, in families that are regularised.
    """
    rng = np.random.default_rng(7 * k + d)
    moments = centred_moments(rng, k, d)
    floor = RelativeFloor(np.eye(d), np.eye(d), 0.02 if regularised else 1e-10, 1e-14)
    best = family.m_step.estimate(
        moments.in_form(family.form), floor, None, regularised=regularised
    )
    assert not best.on_floor.any()
    assert best.on_floor.shape == (k,)
    if best.regularised:
        n = moments.mass.sum()
        added = moments.scatter + floor.prior.strength * n * floor.matrix
        assert n * family.m_step.penalty(best.covariance, floor) == pytest.approx(
            expected_complete(best.covariance.matrices(), moments)
            - expected_complete(best.covariance.matrices(), replace(moments, scatter=added))
        )
        moments = replace(moments, scatter=added)
    top = expected_complete(best.covariance.matrices(), moments)
    itself = neighbour(family, best.covariance, rng, 0.0)
    assert expected_complete(itself, moments) == pytest.approx(top, rel=1e-12)
    for size in (1e-3, 1e-2, 0.3):
        for _ in range(10):
            other = neighbour(family, best.covariance, rng, size)
            # a step of 1e-3 costs about mass · 1e-6 nats, far above the rounding of Q, 1e-12
            assert expected_complete(other, moments) < top


def test_a_family_declares_no_more_moments_than_it_uses(family: Family) -> None:
    """Assert that what a smaller form drops changes the estimate.

    Diagonal moments drop products of different columns, pooled ones whose scatter it is. That no
    form is too small is the test of the maximum above.
    """
    moments = centred_moments(np.random.default_rng(1), 3, 3)

    def change(scatter: Array) -> float:
        both = (replace(moments, scatter=each).in_form(family.form) for each in (scatter, own))
        estimate = partial(family.m_step.estimate, regularised=False)
        found, before = (estimate(each, low_floor(3), None).covariance for each in both)
        return float(np.abs(found.matrices() - before.matrices()).max())

    own = moments.scatter
    if family.form is not Form.DIAGONAL:
        assert change(own * np.eye(3)) > 1e-3
    if family.form is Form.FULL:
        assert change(own[::-1]) > 1e-3


def test_the_estimate_of_a_family_is_unbiased_by_units_of_mass(family: Family) -> None:
    """Assert that doubling every weight (all moments) leaves the covariance alone."""
    moments = centred_moments(np.random.default_rng(0), 3, 3).in_form(family.form)
    double = moments + moments
    once = family.m_step.estimate(moments, low_floor(3), None, regularised=False).covariance
    assert family.m_step.estimate(double, low_floor(3), None, regularised=False).covariance == once


def test_a_collapsed_component_rests_on_the_floor(family: Family) -> None:
    """Assert that a component without variance is clipped to the floor, and only it is reported.

    Where volumes are equal, all components must be without variance to meet the floor. Regularised
    families rest above it.
    """
    d = 3
    rng = np.random.default_rng(5)
    moments = centred_moments(rng, 3, d)
    collapsed = np.array([False, True, False])
    if family.volume is Sharing.EQUAL:
        collapsed[:] = True
    scatter = moments.scatter.copy()
    scatter[collapsed] = 0.0
    degenerate = Moments(
        0.0, moments.count, moments.mass, np.zeros_like(moments.shift), scatter, moments.origin
    ).in_form(family.form)
    total = random_mixture(rng, 1, d, condition=100.0).covariance.matrices()[0]
    floor = RelativeFloor(total, total, 1e-6, 1e-14)
    estimate = family.m_step.estimate(degenerate, floor, None, regularised=False)
    np.testing.assert_array_equal(estimate.on_floor, collapsed)
    if estimate.regularised:
        return
    dense = estimate.covariance.matrices()
    if family.orientation is not Sharing.IDENTITY:
        lowest = np.linalg.eigvals(np.linalg.solve(1e-6 * total, dense)).real.min(axis=-1)
    else:
        scale = np.diagonal(total) if family.shape is not Sharing.IDENTITY else np.trace(total) / d
        lowest = (np.einsum("jaa->ja", dense) / (1e-6 * scale)).min(axis=1)
    # κ(S₊) = 100: the relative eigenvalue is known to about 100 d ε
    np.testing.assert_allclose(lowest[collapsed], 1.0, rtol=1e-12)
    assert (lowest[~collapsed] > 1.0).all()


def test_a_component_flat_in_one_direction_is_reported(family: Family) -> None:
    """Assert that where shapes are variable it is, though a shared volume draws it far up.

    Among components whose variances are 1e4 times larger: the volume is the same, so that its
    variance in the flat direction is 1e4 R/mass, and more. The columns are the axes of all, without
    which common axes would not be flat in any.
    """
    d, flat = 3, 1
    moments = centred_moments(np.random.default_rng(5), 3, d)
    scatter = 1e4 * moments.scatter * np.eye(d)
    scatter[flat] = moments.mass[flat] * np.diag([1.0, 1.0, 0.0])
    degenerate = replace(moments, scatter=scatter).in_form(family.form)
    estimate = family.m_step.estimate(degenerate, low_floor(d), None, regularised=False)
    expected = np.zeros(3, dtype=bool)
    expected[flat] = family.shape is Sharing.VARIABLE
    np.testing.assert_array_equal(estimate.on_floor, expected)


def test_an_empty_component_has_no_influence(family: Family) -> None:
    """Assert that mass zero gives a usable covariance: on the floor where it shares nothing."""
    moments = centred_moments(np.random.default_rng(2), 2, 2)
    mass, scatter = moments.mass.copy(), moments.scatter.copy()
    mass[0], scatter[0] = 0.0, 0.0
    empty = Moments(0.0, moments.count, mass, moments.shift, scatter, moments.origin)
    estimate = family.m_step.estimate(
        empty.in_form(family.form), low_floor(2), None, regularised=False
    )
    own = not estimate.regularised and family.code in ("VII", "VVI", "VVV")
    np.testing.assert_array_equal(estimate.on_floor, [own, False])
    assert not estimate.regularised
    assert np.isfinite(estimate.covariance.log_determinants).all()


def test_scatters_whose_rounding_hides_r_still_give_covariances(family: Family) -> None:
    """Assert a member of the family where a heavy component has an eigenvalue below zero."""
    d = 3
    moments = centred_moments(np.random.default_rng(3), 2, d)
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(d, d)))[0]
    flat = (turn * [1e6, 1e6, -1e-2]) @ turn.T
    degenerate = replace(moments, mass=np.full(2, 1e6), scatter=np.stack([flat, flat]))
    floor = RelativeFloor(np.eye(d), np.eye(d), 1e-7, 1e-7)
    estimate = family.m_step.estimate(
        degenerate.in_form(family.form), floor, None, regularised=False
    )
    assert np.isfinite(estimate.covariance.log_determinants).all()
    back = neighbour(family, estimate.covariance, np.random.default_rng(5), 0.0)
    np.testing.assert_allclose(back, estimate.covariance.matrices(), atol=1e-14)


def test_a_volume_shared_with_singular_scatters_does_not_overflow(family: Family) -> None:
    """Assert that equal determinants, all but one of them zero, bring no warning."""
    scatter = np.tile(np.diag([9.0, 0.0]), (8, 1, 1))
    scatter[0] = [[10.0, -1.0], [-1.0, 0.9]]
    moments = Moments(0.0, 72.0, np.full(8, 9.0), np.zeros((8, 2)), scatter, np.zeros((8, 2)))
    estimate = family.m_step.estimate(
        moments.in_form(family.form), low_floor(2), None, regularised=False
    )
    assert np.isfinite(estimate.covariance.matrices()).all()
