"""Sample weights are counts: a weight of 3 is the row three times, of 0 never."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.em import expect
from drumlin.moments import Form
from tests.ingredients import EVERY_FAMILY, assert_same_mixture, problem_of, random_mixture

SEEDS = st.integers(0, 2**32 - 1)


def world(seed: int) -> tuple[Array, Array, Array]:
    """Rows, whole weights from 0 to 3, and labels with every component on a row of weight."""
    rng = np.random.default_rng(seed)
    x, z = random_mixture(rng, 2, 2).sample(80, rng)
    weight = rng.integers(0, 4, size=80)
    weight[:8] = 1
    labels = np.where(rng.random(80) < 0.8, z, 1 - z)
    labels[:8] = np.arange(8) % 2
    return x, weight, labels


@pytest.mark.parametrize("form", [Form.FULL, Form.DIAGONAL], ids=["full", "diagonal"])
def test_one_pass_with_weights_is_one_pass_over_repeated_rows(backend: Backend, form: Form) -> None:
    """Assert that all moments agree to rounding."""
    x, weight, _ = world(3)
    mixture = random_mixture(np.random.default_rng(4), 2, 2)
    weighted = problem_of(x, "full", sample_weight=weight.astype(float), backend=backend)
    repeated = problem_of(np.repeat(x, weight, axis=0), "full", backend=backend)
    got, want = expect(mixture, weighted, form), expect(mixture, repeated, form)
    assert got.count == want.count == weight.sum()
    assert got.log_likelihood == pytest.approx(want.log_likelihood, rel=1e-13)
    for name in ("mass", "shift", "scatter"):
        size = np.abs(want.scatter).max()
        np.testing.assert_allclose(
            getattr(got, name), getattr(want, name), rtol=1e-12, atol=1e-14 * size, err_msg=name
        )


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=5)
@given(seed=SEEDS)
def test_a_weighted_fit_is_a_fit_to_repeated_rows(family: str, seed: int) -> None:
    """Assert that from the same start mixture, ℓ, BIC and health agree; passes too.

    By plain EM: where ℓ is nearly flat, jumps magnify the rounding of the sums, in the mixture.
    """
    x, weight, labels = world(seed)
    plain: dict[str, Any] = {"acceleration": "none", "max_iter": 5000}
    weighted = drumlin.fit(x, 2, family, sample_weight=weight, starts=labels, **plain)
    repeated = drumlin.fit(
        np.repeat(x, weight, axis=0), 2, family, starts=np.repeat(labels, weight), **plain
    )
    assert_same_mixture(weighted.mixture, repeated.mixture, 1e-8)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-10)
    assert weighted.bic() == pytest.approx(repeated.bic(), rel=1e-10)
    assert weighted.icl() == pytest.approx(repeated.icl(), rel=1e-8)
    assert weighted.total_weight == repeated.total_weight == repeated.n_samples
    assert weighted.healthy == repeated.healthy


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_a_row_of_weight_zero_is_an_absent_row(family: str) -> None:
    """Assert that wild rows of weight zero change nothing, from labels."""
    x, _, labels = world(8)
    wild = np.concatenate([x, [[1e120, -1e120], [3e7, 0.0]]])
    weight = np.concatenate([np.ones(80), np.zeros(2)])
    got = drumlin.fit(wild, 2, family, sample_weight=weight, starts=np.append(labels, [0, 1]))
    want = drumlin.fit(x, 2, family, starts=labels)
    assert_same_mixture(got.mixture, want.mixture, 1e-9)
    assert got.log_likelihood == pytest.approx(want.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_the_search_finds_the_same_with_weights(family: str) -> None:
    """Assert that default starts, too, see weights as counts: well-separated clusters."""
    rng = np.random.default_rng(12)
    x = np.concatenate([rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 9.0])
    weight = rng.integers(0, 4, size=80)
    weighted = drumlin.fit(x, 2, family, sample_weight=weight, rng=0)
    repeated = drumlin.fit(np.repeat(x, weight, axis=0), 2, family, rng=0)
    assert_same_mixture(weighted.mixture, repeated.mixture, 1e-6)


def test_weights_of_another_unit_give_the_same_mixture() -> None:
    """Assert that a common factor of the weights scales ℓ and nothing else."""
    x, weight, labels = world(2)
    once = drumlin.fit(x, 2, sample_weight=weight, starts=labels, tol=1e-8)
    tenfold = drumlin.fit(x, 2, sample_weight=10.0 * weight, starts=labels, tol=1e-7)
    assert_same_mixture(tenfold.mixture, once.mixture, 1e-6)
    assert tenfold.log_likelihood == pytest.approx(10.0 * once.log_likelihood, rel=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-160, 2.0**120, 2.0**300])
def test_weights_of_any_size_give_the_same_mixture(
    backend: Backend, dtype: type, unit: float
) -> None:
    """Assert that a power of two scales ℓ, also far beyond what float32 holds: to the last bit."""
    x, weight, labels = world(2)
    options: dict[str, Any] = {"starts": labels, "max_iter": 5, "tol": 0, "backend": backend}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five passes do not converge, tiny weights are tiny counts
        once, scaled = (
            drumlin.fit(x.astype(dtype), 2, sample_weight=w, **options)
            for w in (weight, unit * weight)
        )
    assert scaled.log_likelihood == unit * once.log_likelihood
    assert np.array_equal(scaled.mixture.means, once.mixture.means)
