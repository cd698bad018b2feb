"""The pooled pass: the scatter within components as the total less what lies between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import eigvalsh

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.covariance import Tied
from drumlin.data import ArraySource, Rows
from drumlin.em import Problem, as_given, expect, maximise
from drumlin.em.problem import LARGEST_RATIO
from drumlin.moments import Form, Moments
from tests.ingredients import assert_same_mixture, problem_of

ERROR: dict[type, float] = {np.float64: 1e-11, np.float32: 2e-6}
"""Relative error of the covariance: 10 times what was measured where the two ways change places."""


def clusters(
    separation: float, n: int = 5000, k: int = 3, d: int = 9, *, offset: float = 0.0
) -> tuple[Array, Mixture]:
    """Rows of k clusters so many standard deviations apart, and a mixture near them."""
    rng = np.random.default_rng([n, k, d])
    means = offset + separation * rng.normal(size=(k, d))
    factor = np.eye(d) + 0.3 * np.tril(rng.normal(size=(d, d)), -1)
    x = means[rng.integers(k, size=n)] + rng.normal(size=(n, d)) @ factor.T
    near = means + 0.1 * rng.normal(size=(k, d))
    return x, Mixture(np.full(k, 1.0 / k), near, Tied(1.05 * factor, k))


def direct(mixture: Mixture, problem: Problem) -> Moments:
    """The sum of the scatters of all components, each in full, by the formulas in float64."""
    rows = problem.source[0]
    return ReferenceBackend().expect(
        mixture,
        np.asarray(rows.x, dtype=np.float64),
        sample_weight=rows.sample_weight,
        labels=rows.labels,
        form=Form.POOLED,
        n_threads=1,
    )


def relative_error(got: Moments, want: Moments) -> float:
    """The largest relative error of Σ in any direction."""
    covariance = want.centred().scatter[0] / want.mass.sum()
    difference = got.centred().scatter[0] / got.mass.sum() - covariance
    return float(np.abs(eigvalsh(difference, covariance)).max())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("separation", [0.0, 1.0, 10.0, 30.0, 100.0, 1e3, 1e5])
def test_total_less_between_is_the_sum_of_the_scatters(
    backend: Backend, separation: float, dtype: type
) -> None:
    """Assert this for clusters from 0 to 1e5 standard deviations apart: far ones go another way."""
    x, mixture = clusters(separation)
    rows: Array = x.astype(dtype)
    problem = problem_of(rows, "tied", backend=backend)
    got = expect(mixture, problem)
    assert got.form is Form.POOLED
    assert relative_error(got, direct(mixture, problem)) <= ERROR[dtype]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_weights_and_labels_and_offsets_are_no_exception(
    backend: Backend, offset: float, labelled: bool, weighted: bool
) -> None:
    """Assert the same with weights, some of them zero on hostile rows, and known labels."""
    x, mixture = clusters(3.0, offset=offset)
    rng = np.random.default_rng(0)
    weight = rng.integers(0, 3, size=len(x)) * rng.choice([1.0, 0.3], size=len(x))
    x[weight == 0] = 1e100
    problem = problem_of(
        x if weighted else x[weight > 0],
        "tied",
        sample_weight=weight if weighted else None,
        labels=rng.integers(-1, 3, size=len(x))[slice(None) if weighted else weight > 0]
        if labelled
        else None,
        backend=backend,
    )
    got, want = expect(mixture, problem), direct(mixture, problem)
    assert relative_error(got, want) <= 1e-12
    np.testing.assert_allclose(got.means, want.means, rtol=0, atol=1e-12 + 1e-15 * offset)
    assert got.log_likelihood == pytest.approx(want.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_far_components_are_measured_one_by_one(backend: Backend, dtype: type) -> None:
    """Assert that beyond LARGEST_RATIO the moments are those of the full pass, bit for bit."""
    for separation, difference in ((1e-1, True), (2e3, False)):
        x, mixture = clusters(separation)
        problem = problem_of(x.astype(dtype), "tied", backend=backend)
        got = expect(mixture, problem)
        full = backend.expect(
            mixture,
            problem.source[0].x,
            sample_weight=None,
            labels=None,
            form=Form.POOLED,
            n_threads=1,
        )
        assert (separation**2 < LARGEST_RATIO[np.dtype(dtype)]) is difference
        assert np.array_equal(got.scatter, full.scatter) is not difference


def test_chunks_add(backend: Backend) -> None:
    """Assert that the moments of seven chunks are those of the whole, and of other rows others."""
    x, mixture = clusters(3.0)
    whole = problem_of(x, "tied", backend=backend)
    cut = problem_of(x, "tied", backend=backend, chunk_rows=717)
    assert relative_error(expect(mixture, cut), expect(mixture, whole)) <= 1e-13
    few = replace(whole, source=ArraySource(Rows(x[:4500])))
    assert relative_error(expect(mixture, few), direct(mixture, few)) <= 1e-12


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_run_comes_to_the_same_parameters(backend: Backend, offset: float) -> None:
    """Assert that 20 passes by total less between are those by the scatter of each component."""
    x, mixture = clusters(2.0, offset=offset)
    problem = problem_of(x, "tied", backend=backend)
    short = long = as_given(mixture).mixture
    for _ in range(20):
        full = expect(long, problem, Form.FULL)
        pooled = expect(short, problem)
        assert pooled.log_likelihood == pytest.approx(full.log_likelihood, rel=1e-12)
        short = maximise(pooled, problem).mixture
        long = maximise(full, problem).mixture
    assert_same_mixture(short, long, 1e-11 * (1.0 + 1e-4 * offset))


def test_columns_without_spread_and_dependent_ones_stay_on_the_floor(backend: Backend) -> None:
    """Assert that directions in which nothing varies need no other pass and give the same Σ."""
    x, mixture = clusters(2.0)
    x[:, 1] = 5.0
    x[:, 3] = x[:, 0] + x[:, 2]
    problem = problem_of(x, "tied", backend=backend)
    got = maximise(expect(mixture, problem), problem)
    want = maximise(expect(mixture, problem, Form.FULL), problem)
    assert not (want.on_floor | got.on_floor).any()
    covariance = got.mixture.covariance.matrices()[0]
    # the full scatter is about means 5 away from the column without spread: it keeps 1e-15 · 5²
    np.testing.assert_allclose(
        covariance, want.mixture.covariance.matrices()[0], rtol=1e-12, atol=1e-12
    )
    assert covariance[1, 1] == pytest.approx(problem.floor.matrix[1, 1], rel=1e-3)


def test_small_problems_measure_each_component(backend: Backend) -> None:
    """Assert that a few rows or columns take the plain way, bit for bit: it is the cheaper one."""
    for n, d in ((5000, 5), (300, 9)):
        x, mixture = clusters(2.0, n=n, d=d)
        problem = problem_of(x, "tied", backend=backend)
        full = expect(mixture, problem, Form.FULL)
        np.testing.assert_array_equal(expect(mixture, problem).shift, full.shift)
