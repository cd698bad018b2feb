"""One component more: splits keep the moments of the whole, new components stand at rows."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from drumlin._types import Array
from drumlin.em import Iteration, as_given, expect, iterates, maximise
from drumlin.moments import Form, Moments
from drumlin.starts import insertions
from tests.ingredients import draw, problem_of, random_mixture


def total(moments: Moments) -> list[Array]:
    """Mass, mean and scatter of all components as one."""
    mass = moments.mass.sum()
    mean = moments.mass @ moments.means / mass
    apart = moments.means - mean
    between = (moments.mass[:, None] * apart).T @ apart
    return [mass, mean, moments.scatter.sum(axis=0) + between]


@pytest.mark.parametrize("d", [1, 3])
def test_splits_and_new_components(d: int) -> None:
    """Assert that k splits keep mass, mean and scatter of the whole, and the others add a row."""
    rng = np.random.default_rng(d)
    mixture = random_mixture(rng, 3, d)
    x = draw(mixture, 200, rng)[0]
    x[0] = 1e6  # a row of weight zero, where no component may begin
    weight = np.r_[0.0, rng.integers(1, 4, 199)]
    problem = problem_of(x, "full", sample_weight=weight)
    last = next(iterates(as_given(mixture), problem))
    before = expect(mixture, problem, Form.FULL).centred()
    found = list(insertions(problem, last, 5, np.random.default_rng(0)))
    assert len(found) == 3 + 5
    for number, moments in enumerate(found):
        assert moments.mass.shape == (4,)
        assert moments.mass.sum() == pytest.approx(before.mass.sum(), rel=1e-12)
        assert (np.linalg.eigvalsh(moments.scatter) > 0.0).all()
        if number < 3:
            for got, wanted in zip(total(moments), total(before), strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)
        else:
            assert (np.abs(x[1:] - moments.means[-1]).max(axis=1) == 0.0).any()


def test_a_split_finds_two_clusters_in_one_component() -> None:
    """Assert that two far clusters under one component are apart after two passes, at any scale."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 2)) + np.where(np.arange(300) < 100, 0.0, 12.0)[:, None]
    x *= [1e-6, 1e6]
    problem = problem_of(x, "full")
    single = maximise(expect_of(x, np.cov(x.T, bias=True)), problem)
    last: Iteration = next(iterates(single, problem))
    moments = next(iter(insertions(problem, last, 0, rng)))
    *_, after = islice(iterates(maximise(moments, problem), problem), 3)
    assert np.sort(after.mass) == pytest.approx([100.0, 200.0], abs=0.01)


def expect_of(x: Array, covariance: Array) -> Moments:
    """Moments of all rows as one component."""
    n = len(x)
    return Moments(
        0.0, float(n), np.array([float(n)]), np.zeros((1, 2)), n * covariance[None], x.mean(0)[None]
    )
