"""Shared or diagonal covariances: a faster pass where components are near, and as good a one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.covariance import Tied
from drumlin.moments import Form, Moments
from tests.ingredients import random_structure

ORACLE = ReferenceBackend()

SPREADS = [0.0, 1.0, 10.0, 15.0, 17.0, 200.0, 300.0, 1e4]
"""Largest distances of a mean from the middle, in standard deviations of a column: those about 16
and 256 are where the pass changes its way."""


def scattered(structure: str, spread: float, offset: float, d: int = 7) -> tuple[Mixture, Array]:
    """Five components as far from each other as said, and rows of each."""
    rng = np.random.default_rng(d)
    covariance = random_structure(rng, structure, 5, d)
    means = rng.uniform(-1.0, 1.0, size=(5, d))
    means *= spread / np.abs(means).max() * covariance.standard_deviations.min()
    mixture = Mixture(rng.dirichlet(np.full(5, 5.0)), means + offset, covariance)
    return mixture, mixture.sample(900, rng)[0]


def passed(backend: Backend, mixture: Mixture, x: Array, form: Form) -> Moments:
    """The moments of a pass with weights and labels, zero weights and unknown labels among them."""
    rng = np.random.default_rng(1)
    return backend.expect(
        mixture,
        x,
        sample_weight=rng.integers(0, 3, size=len(x)) * 0.7,
        labels=np.where(rng.random(len(x)) < 0.1, rng.integers(0, 5, size=len(x)), -1),
        form=form,
        n_threads=1,
    )


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("structure", ["tied", "diag", "spherical"])
def test_near_or_far_the_sums_are_those_of_the_formulas(
    backend: Backend, structure: str, spread: float, offset: float
) -> None:
    """Assert 1e-12 of densities, and of moments in standard deviations, on either side."""
    mixture, x = scattered(structure, spread, offset)
    want = ORACLE.log_joint(mixture, x, n_threads=1)
    got = backend.log_joint(mixture, x, n_threads=1)
    assert (np.abs(got - want) <= 1e-12 * (1.0 + np.abs(want))).all()
    sd = mixture.covariance.standard_deviations
    for form in Form:
        sums, sure = passed(backend, mixture, x, form), passed(ORACLE, mixture, x, form)
        assert sums.log_likelihood == pytest.approx(sure.log_likelihood, rel=1e-13)
        np.testing.assert_allclose(sums.mass, sure.mass, rtol=1e-12, atol=1e-12 * len(x))
        assert (np.abs(sums.shift - sure.shift) <= 1e-12 * len(x) * sd).all()
        if form is Form.DIAGONAL:
            error = np.abs(sums.scatter - sure.scatter) / (sure.scatter + len(x) * sd**2)
            assert error.max() <= 1e-12
        else:  # labels of distant components make scatters of the size of their distance
            error = np.abs(sums.scatter - sure.scatter).max(initial=0.0) / len(x)
            assert error <= 1e-12 * (1.0 + spread**2) * sd.max() ** 2


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("structure", ["tied", "diag", "spherical"])
def test_float32_loses_no_more_when_components_are_near(
    backend: Backend, structure: str, spread: float, offset: float
) -> None:
    """Assert that ℓ, masses and means are off by rounding of the rows' own size at most."""
    mixture, rows = scattered(structure, spread, offset)
    x = rows.astype(np.float32)
    got = passed(backend, mixture, x, Form.MEANS)
    want = passed(ORACLE, mixture, x.astype(np.float64), Form.MEANS)
    unit, n, d = 2.0**-24, len(x), x.shape[1]
    # rows near the middle of two components carry the rounding of numbers of their distance
    lost = 8 * (d + 8) * unit * (1.0 + min(spread, 16.0))
    size = n + (d + 8) * unit / lost * abs(want.log_likelihood)
    assert abs(got.log_likelihood - want.log_likelihood) <= lost * size
    np.testing.assert_allclose(got.mass, want.mass, rtol=0, atol=lost * n)
    sd = mixture.covariance.standard_deviations
    assert (np.abs(got.shift - want.shift) <= lost * n * (1.0 + spread) * sd).all()


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("structure", ["tied", "diag"])
def test_means_and_variances_of_float32_keep_six_digits(
    backend: Backend, structure: str, spread: float, offset: float
) -> None:
    """Assert 1e-6 (2.6e-7 was the worst): sums about the middle would lose 1e-5 of a variance."""
    mixture, rows = scattered(structure, spread, offset)
    x = rows.astype(np.float32)
    plain: dict[str, Any] = {
        "sample_weight": None,
        "labels": None,
        "form": Form.DIAGONAL,
        "n_threads": 1,
    }
    got = backend.expect(mixture, x, **plain)
    want = ORACLE.expect(mixture, x.astype(np.float64), **plain)
    sd = mixture.covariance.standard_deviations
    assert np.abs((got.means - want.means) / sd).max() <= 1e-6
    assert np.abs(got.centred().scatter / want.centred().scatter - 1.0).max() <= 1e-6


def test_means_too_far_for_a_point_between_them_are_not_near(backend: Backend) -> None:
    """Assert the density at the means, though a distance of theirs is infinity less infinity."""
    covariance = 1e-4 * np.eye(7)
    covariance[0, 1] = covariance[1, 0] = 5e-5
    means = np.zeros((2, 7))
    means[0, :2] = 1e308
    mixture = Mixture(np.full(2, 0.5), means, Tied(np.linalg.cholesky(covariance), 2))
    want = ORACLE.log_density(mixture, means, n_threads=1)
    assert (want > 0).all()
    np.testing.assert_allclose(backend.log_density(mixture, means, n_threads=1), want, rtol=1e-13)
