"""A density is a density: it integrates to one, and responsibilities share every row out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from tests.ingredients import FAMILY_NAMES, STRUCTURE_NAMES, random_mixture

LARGEST_32 = float(np.finfo(np.float32).max)
SEEDS = st.integers(0, 2**32 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.floats(
    allow_nan=False, allow_infinity=False
)


@settings(max_examples=15)
@given(seed=SEEDS, k=st.integers(1, 4))
def test_a_density_on_the_line_integrates_to_one(seed: int, k: int) -> None:
    """Assert ∫ p = 1 to 1e-10.

    The rule of equal steps h errs by exp(−2π²σ²/h²) on a Gaussian: σ >= 1 and h = 0.5 give 1e-34.
    """
    mixture = random_mixture(np.random.default_rng(seed), k, 1)
    grid = np.arange(-60.0, 60.0, 0.5)  # 15 standard deviations beyond every mean
    assert np.abs(mixture.means).max() < 20
    assert mixture.density(grid).sum() * 0.5 == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_a_density_in_the_plane_integrates_to_one(structure: str) -> None:
    """Assert ∬ p = 1 to 1e-10, and its first two moments are mean() and total_covariance()."""
    mixture = random_mixture(np.random.default_rng(6), 3, 2, structure)
    side = np.arange(-45.0, 45.0, 0.5)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    mass = mixture.density(grid) * 0.25
    assert mass.sum() == pytest.approx(1.0, abs=1e-10)
    mean = mass @ grid
    np.testing.assert_allclose(mixture.mean(), mean, atol=1e-9)
    centred = grid - mean
    np.testing.assert_allclose(mixture.total_covariance(), (mass * centred.T) @ centred, atol=1e-8)


@settings(max_examples=30)
@given(seed=SEEDS, row=st.lists(FINITE, min_size=3, max_size=3))
def test_every_finite_row_is_shared_out(seed: int, row: list[float]) -> None:
    """Assert that for any finite x the log-density is finite and responsibilities sum to 1."""
    for structure in STRUCTURE_NAMES:
        mixture = random_mixture(np.random.default_rng(seed), 3, 3, structure)
        narrow = np.clip(row, -LARGEST_32, LARGEST_32).astype(np.float32)
        for x, rounding in ((np.array([row]), 1e-14), (narrow[None], 1e-6)):
            assert np.isfinite(mixture.log_density(x)).all()
            w = mixture.responsibilities(x)
            assert (w >= 0).all()
            np.testing.assert_allclose(w.sum(axis=1), 1.0, rtol=rounding)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_density_and_joint_agree(dtype: type) -> None:
    """Assert log p = log Σ_j exp(log-joint), p = exp(log p), and w = joint / p."""
    rng = np.random.default_rng(3)
    mixture = random_mixture(rng, 3, 4)
    x: Array = mixture.sample(50, rng)[0].astype(dtype)
    tolerance = 1e-12 if dtype is np.float64 else 1e-4
    joint = mixture.log_joint(x).astype(np.float64)
    density = mixture.log_density(x)
    assert density.dtype == dtype
    np.testing.assert_allclose(density, np.logaddexp.reduce(joint, axis=1), rtol=tolerance)
    np.testing.assert_allclose(mixture.density(x), np.exp(density), rtol=tolerance)
    shares = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])
    np.testing.assert_allclose(mixture.responsibilities(x), shares, atol=tolerance)
    np.testing.assert_array_equal(mixture.labels(x), joint.argmax(axis=1))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("data", ["faithful", "galaxies", "banknote"])
def test_the_log_likelihood_of_a_fit_is_that_of_its_mixture(
    data: str, family: str, weighted: bool, request: pytest.FixtureRequest
) -> None:
    """Assert fit.log_likelihood = Σ s log p of fit.mixture, though components were reordered."""
    x: Array = request.getfixturevalue(data)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(x)) if weighted else None
    fit = drumlin.fit(x, 2, family, sample_weight=weight, starts=3, rng=1)
    density = fit.mixture.log_density(x)
    total = density.sum() if weight is None else weight @ density
    assert fit.log_likelihood == pytest.approx(total, rel=1e-13)


def test_one_component_written_by_hand_is_the_textbook_s_bell() -> None:
    """Assert the numbers anybody can check: the standard normal at 0 and 1."""
    bell = Mixture.from_arrays([1.0], [0.0], [1.0])
    expected = np.exp([0.0, -0.5]) / np.sqrt(2.0 * np.pi)
    np.testing.assert_allclose(bell.density([0.0, 1.0]), expected, rtol=1e-15)
