"""The objective never falls beyond rounding, whatever the data, the weights or the start."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumlin._types import Array
from drumlin.backends import Backend, resolve
from drumlin.em import Iteration, Problem, iterates
from tests.ingredients import EVERY_FAMILY, noise_between, problem_of, random_mixture, start_of

SEEDS = st.integers(0, 2**32 - 1)


def path_of(problem: Problem, labels: Array, k: int, passes: int) -> list[Iteration]:
    """Successive passes from the M-step of hard labels."""
    return list(islice(iterates(start_of(problem, labels, k), problem), passes))


def assert_monotone(path: list[Iteration], problem: Problem, count: float) -> None:
    """Assert that no pass loses more than rounding does.

    What may not fall is the objective; over the pass at which that changes nothing is asked.
    """
    for before, after in pairwise(path):
        noise = noise_between(before, after, problem, count)
        assert after.gain_over(before) >= -noise, f"pass {after.index}"


def labels_of(rng: np.random.Generator, n: int, k: int) -> Array:
    """Random labels with every component in use."""
    return rng.permutation(np.arange(n) % k)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=8)
@given(seed=SEEDS, k=st.integers(1, 4), d=st.integers(1, 4), n=st.integers(12, 80))
def test_em_is_monotone(family: str, seed: int, k: int, d: int, n: int) -> None:
    """Assert that ℓ rises from bad starts, with few rows, and with components at the floor."""
    rng = np.random.default_rng(seed)
    x, _ = random_mixture(rng, k, d).sample(n, rng)
    problem = problem_of(x, family, backend=resolve())
    assert_monotone(path_of(problem, labels_of(rng, n, k), k, 40), problem, n)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=5)
@given(seed=SEEDS, zeros=st.booleans())
def test_em_is_monotone_with_sample_weights(family: str, seed: int, zeros: bool) -> None:
    """Assert that Σ s log p rises, with weights from 0.01 to 100 and some of them zero."""
    rng = np.random.default_rng(seed)
    x, _ = random_mixture(rng, 3, 2).sample(60, rng)
    weight = 10.0 ** rng.uniform(-2, 2, size=60)
    if zeros:
        weight[rng.random(60) < 0.3] = 0.0
        weight[:3] = 1.0  # one row of each label below
    labels = np.arange(60) % 3
    problem = problem_of(x, family, sample_weight=weight, backend=resolve())
    assert_monotone(path_of(problem, labels, 3, 40), problem, weight.sum())


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=5)
@given(seed=SEEDS)
def test_em_is_monotone_with_some_labels_known(family: str, seed: int) -> None:
    """Assert that Σ log p(x) + Σ log p(x, z) over unknown and known rows rises."""
    rng = np.random.default_rng(seed)
    x, z = random_mixture(rng, 3, 2).sample(60, rng)
    known = np.where(rng.random(60) < 0.3, z, -1)
    problem = problem_of(x, family, labels=known, backend=resolve())
    assert_monotone(path_of(problem, np.arange(60) % 3, 3, 40), problem, 60)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_em_is_monotone_on_duplicated_rows(backend: Backend, family: str) -> None:
    """Assert monotony where half the rows are one point, which pulls a component to the floor."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(80, 3))
    x[::2] = 0.25
    problem = problem_of(x, family, backend=backend)
    assert_monotone(path_of(problem, np.arange(80) % 3, 3, 60), problem, 80)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_em_is_monotone_far_from_zero(backend: Backend, family: str) -> None:
    """Assert monotony for data at 1e8 with a spread of 1."""
    rng = np.random.default_rng(9)
    x = 1e8 + random_mixture(rng, 2, 2).sample(120, rng)[0]
    problem = problem_of(x, family, backend=backend)
    assert_monotone(path_of(problem, np.arange(120) % 2, 2, 60), problem, 120)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_em_is_monotone_in_float32(backend: Backend, family: str) -> None:
    """Assert monotony in float32 at 1e4 with a spread of 1, to its own rounding."""
    rng = np.random.default_rng(10)
    x = (1e4 + random_mixture(rng, 2, 2).sample(300, rng)[0]).astype(np.float32)
    problem = problem_of(x, family, backend=backend)
    assert_monotone(path_of(problem, np.arange(300) % 2, 2, 40), problem, 300)
