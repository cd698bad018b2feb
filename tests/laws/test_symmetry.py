"""What must not matter: the order of rows, columns and components, and the cut into chunks."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.em import Problem, State, as_given, iterates
from drumlin.mixture import Mixture
from tests.ingredients import (
    EVERY_FAMILY,
    assert_same_mixture,
    problem_of,
    random_mixture,
    start_of,
)

SEEDS = st.integers(0, 2**32 - 1)
PASSES = 6

TOLERANCE = 1e-9
"""Six passes of rounding 1e-14, each amplified where components overlap and rows are few."""


def after(start: State, problem: Problem, passes: int = PASSES) -> Mixture:
    """The mixture after so many passes."""
    return next(islice(iterates(start, problem), passes, None)).mixture


def world(seed: int, k: int = 3, d: int = 3, n: int = 90) -> tuple[Array, Array]:
    """Overlapping clusters and a start from labels that are half wrong."""
    rng = np.random.default_rng(seed)
    x, z = random_mixture(rng, k, d).sample(n, rng)
    labels = np.where(rng.random(n) < 0.5, z, np.arange(n) % k)
    labels[:k] = np.arange(k)
    return x, labels


def from_labels(x: Array, labels: Array, family: str, k: int = 3) -> Mixture:
    """Six passes from labels."""
    problem = problem_of(x, family, backend=resolve())
    return after(start_of(problem, labels, k), problem)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=6)
@given(seed=SEEDS)
def test_the_order_of_rows_does_not_matter(family: str, seed: int) -> None:
    """Assert that shuffled rows give the same mixture to rounding."""
    x, labels = world(seed)
    order = np.random.default_rng(seed).permutation(len(x))
    shuffled = from_labels(x[order], labels[order], family)
    assert_same_mixture(shuffled, from_labels(x, labels, family), TOLERANCE)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=6)
@given(seed=SEEDS)
def test_the_order_of_columns_does_not_matter(family: str, seed: int) -> None:
    """Assert that permuted columns give the permuted mixture."""
    x, labels = world(seed)
    order = np.random.default_rng(seed).permutation(x.shape[1])
    want = from_labels(x, labels, family)
    got = from_labels(x[:, order], labels, family)
    np.testing.assert_allclose(got.weights, want.weights, rtol=TOLERANCE)
    np.testing.assert_allclose(got.means, want.means[:, order], rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(
        got.covariance.matrices(),
        want.covariance.matrices()[:, order][:, :, order],
        rtol=TOLERANCE,
        atol=10 * TOLERANCE,
    )


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=6)
@given(seed=SEEDS)
def test_the_names_of_components_do_not_matter(family: str, seed: int) -> None:
    """Assert that renumbered labels give the renumbered mixture."""
    x, labels = world(seed)
    order = np.random.default_rng(seed).permutation(3)  # component j becomes order[j]
    got = from_labels(x, order[labels], family)
    assert_same_mixture(got.take(order), from_labels(x, labels, family), TOLERANCE)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@settings(max_examples=5)
@given(seed=SEEDS, chunk_rows=st.integers(1, 100))
def test_the_cut_into_chunks_does_not_matter(family: str, seed: int, chunk_rows: int) -> None:
    """Assert that one pass over chunks differs by 1e-12, and six passes by rounding."""
    x, labels = world(seed)
    whole = problem_of(x, family, backend=resolve())
    cut = problem_of(x, family, backend=resolve(), chunk_rows=chunk_rows)
    assert len(cut.source) == -(-len(x) // chunk_rows)
    start = start_of(whole, labels, 3)
    assert_same_mixture(after(start, cut, 1), after(start, whole, 1), 1e-12)
    assert_same_mixture(after(start, cut), after(start, whole), TOLERANCE)


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_backends_walk_the_same_path(family: str) -> None:
    """Assert that native and reference differ by rounding after six passes."""
    x, labels = world(11, n=400)
    want = drumlin.fit(x, 3, family, starts=labels, backend="reference", tol=1e-6)
    got = drumlin.fit(x, 3, family, starts=labels, tol=1e-6)
    assert_same_mixture(got.mixture, want.mixture, 1e-8)


def test_components_come_in_order_of_weight_unless_they_were_named() -> None:
    """Assert the canonical order of a free fit, and the caller's order of a started one."""
    truth = Mixture.from_arrays([0.2, 0.5, 0.3], [0.0, 10.0, 20.0], [1.0, 1.0, 1.0])
    x, z = truth.sample(300, 1)
    free = drumlin.fit(x, 3, rng=0).mixture
    assert (np.diff(free.weights) < 0).all()
    for named in (
        drumlin.fit(x, 3, starts=truth),
        drumlin.fit(x, 3, starts=z),
        drumlin.fit(x, 3, starts=np.eye(3)[z]),
        drumlin.fit(x, 3, labels=z),
    ):
        np.testing.assert_allclose(named.mixture.means[:, 0], [0.0, 10.0, 20.0], atol=0.5)


@pytest.mark.parametrize("rng", range(4))
def test_equal_weights_are_ordered_by_the_first_mean(rng: int) -> None:
    """Assert that a tie of weights is broken by the first coordinate of the mean, from any start.

    Two columns: in one, the start from quantiles would come in this order by itself.
    """
    rows = np.arange(10.0)
    places = np.array([[500.0, 3.0], [0.0, 7.0], [1000.0, 5.0]])
    x = np.concatenate([place + np.column_stack([rows, rows % 3]) for place in places])
    mixture = drumlin.fit(x, 3, "tied", rng=rng).mixture
    assert np.ptp(mixture.weights) < 1e-15  # a tie, or nothing is tested
    np.testing.assert_allclose(mixture.means[:, 0], [4.5, 504.5, 1004.5], rtol=1e-9)


def test_a_mixture_as_a_start_is_not_changed() -> None:
    """Assert that iterates begins with the given mixture itself."""
    x, labels = world(5)
    mixture = from_labels(x, labels, "full")
    first = next(iterates(as_given(mixture), problem_of(x, "full")))
    assert first.mixture == mixture
    assert first.index == 0
