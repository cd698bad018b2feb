"""Moments are a value that adds: associative, about any means, cut anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumlin._types import Array
from drumlin.backends import ReferenceBackend
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments
from tests.ingredients import random_mixture

SEEDS = st.integers(0, 2**32 - 1)
each_form = pytest.mark.parametrize("form", list(Form), ids=lambda form: form.value)


def some_moments(seed: int, form: Form, n: int = 40, *, parts: int = 1) -> list[Moments]:
    """Moments of consecutive parts of random rows, about the same means."""
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, 3, 2)
    x = mixture.sample(n, rng)[0]
    return [
        ReferenceBackend().expect(
            mixture,
            rows,
            sample_weight=None,
            labels=None,
            form=form,
            n_threads=1,
        )
        for rows in np.array_split(x, parts)
    ]


def assert_equal(got: Moments, want: Moments, relative: float = 1e-13) -> None:
    """Assert that all fields agree to rounding of sums of this size."""
    assert got.form is want.form
    size = abs(want.log_likelihood) + np.abs(want.scatter).max(initial=0.0)
    for name in ("log_likelihood", "count", "mass", "shift", "scatter", "origin"):
        np.testing.assert_allclose(
            getattr(got, name), getattr(want, name), rtol=relative, atol=relative * size,
            err_msg=name,
        )  # fmt: skip


@each_form
@settings(max_examples=10)
@given(seed=SEEDS)
def test_addition_is_commutative_and_associative(form: Form, seed: int) -> None:
    """Assert a + b = b + a bit for bit, and (a + b) + c = a + (b + c) to rounding."""
    a, b, c = some_moments(seed, form, parts=3)
    assert_equal(a + b, b + a, 0.0)
    assert_equal((a + b) + c, a + (b + c))


@each_form
@settings(max_examples=10)
@given(seed=SEEDS, parts=st.integers(1, 40))
def test_the_moments_of_parts_add_to_those_of_the_whole(form: Form, seed: int, parts: int) -> None:
    """Assert additivity for any number of chunks, down to a row each."""
    total, *rest = some_moments(seed, form, parts=parts)
    for part in rest:
        total = total + part
    assert_equal(total, some_moments(seed, form)[0], 1e-12)


@each_form
@settings(max_examples=10)
@given(seed=SEEDS)
def test_moments_about_other_means_come_back(form: Form, seed: int) -> None:
    """Assert that about() there and back is the identity, and log-likelihood and mass stay."""
    moments = some_moments(seed, form)[0]
    elsewhere = moments.origin + np.random.default_rng(seed).normal(size=moments.origin.shape)
    there = moments.about(elsewhere)
    np.testing.assert_array_equal(there.origin, elsewhere)
    np.testing.assert_array_equal(there.mass, moments.mass)
    np.testing.assert_allclose(there.means, moments.means, rtol=0, atol=1e-12)
    assert_equal(there.about(moments.origin), moments, 1e-12)


@each_form
def test_moments_about_other_means_are_those_of_the_rows(form: Form) -> None:
    """Assert that about() is what the rows would give: hard labels, written out."""
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(30, 2)), np.arange(30) % 2
    origin, other = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))

    def by_hand(about: Array) -> Moments:
        deviations = [x[labels == j] - about[j] for j in range(2)]
        scatter = np.stack([dev.T @ dev for dev in deviations])
        full = Moments(
            -3.0, 30.0, np.array([15.0, 15.0]), np.stack([d.sum(axis=0) for d in deviations]),
            scatter, about,
        )  # fmt: skip
        return full.in_form(form)

    assert_equal(by_hand(origin).about(other), by_hand(other))


@each_form
def test_centred_moments_are_about_their_own_means(form: Form) -> None:
    """Assert that shift is zero, the origin the mean, and the scatter that of about(means)."""
    moments = some_moments(5, form)[0]
    centred = moments.centred()
    np.testing.assert_array_equal(centred.shift, 0.0)
    np.testing.assert_array_equal(centred.origin, moments.means)
    assert_equal(
        Moments(
            centred.log_likelihood, centred.count, centred.mass, centred.shift, centred.scatter,
            centred.origin,
        ),
        moments.about(moments.means),
        1e-12,
    )  # fmt: skip


def test_the_diagonal_of_full_moments_is_the_diagonal_form() -> None:
    """Assert that diagonal() keeps all but the off-diagonal scatter, and is idempotent."""
    full, diagonal = some_moments(6, Form.FULL)[0], some_moments(6, Form.DIAGONAL)[0]
    assert_equal(full.in_form(Form.DIAGONAL), diagonal)
    assert diagonal.in_form(Form.DIAGONAL) is diagonal
    assert full.form is Form.FULL
    assert full.in_form(Form.DIAGONAL).form is Form.DIAGONAL


@each_form
def test_a_component_without_mass_keeps_its_origin(form: Form) -> None:
    """Assert that nothing divides by zero: the mean stays where it was."""
    moments = some_moments(7, Form.FULL)[0]
    mass, shift, scatter = moments.mass.copy(), moments.shift.copy(), moments.scatter.copy()
    mass[1], shift[1], scatter[1] = 0.0, 0.0, 0.0
    empty = Moments(0.0, 1.0, mass, shift, scatter, moments.origin).in_form(form)
    np.testing.assert_array_equal(empty.means[1], moments.origin[1])
    assert np.isfinite(empty.centred().scatter).all()


def test_moments_about_different_means_refuse_to_add() -> None:
    """Assert that the message names the remedy, and equal origins in other arrays do add."""
    a, b = some_moments(1, Form.FULL)[0], some_moments(2, Form.FULL)[0]
    with pytest.raises(InvalidParameterError, match=r"\.about\(means\)"):
        a + b
    assert (a + b.about(a.origin.copy())).count == 80


def test_moments_of_different_forms_refuse_to_add() -> None:
    """Assert that a full and a diagonal scatter do not broadcast into each other."""
    a = some_moments(1, Form.FULL)[0]
    with pytest.raises(InvalidParameterError, match="forms"):
        a + a.in_form(Form.DIAGONAL)


def test_centred_moments_are_accurate_where_raw_ones_are_nonsense() -> None:
    """Assert that at an offset of 1e8 the scatter is right to 1e-7, and E[x²] − μ² is not."""
    rng = np.random.default_rng(3)
    x = np.round(rng.normal(size=(200, 2)) * 2.0**20) / 2.0**20
    far = x + 2.0**27  # exact
    start = random_mixture(rng, 1, 2)
    origin = far[:1]
    moments = ReferenceBackend().expect(
        Mixture(start.weights, origin, start.covariance),
        far,
        sample_weight=None,
        labels=None,
        form=Form.FULL,
        n_threads=1,
    )
    covariance = moments.centred().scatter[0] / 200
    np.testing.assert_allclose(covariance, np.cov(x.T, ddof=0), rtol=0, atol=1e-13)
    mean = far.mean(axis=0)
    raw = far.T @ far / 200 - np.outer(mean, mean)
    assert np.abs(raw - np.cov(x.T, ddof=0)).max() > 0.1
