"""The tree of merges: against the criterion written out, against mclust, and its laws."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend, available
from drumlin.em import maximise
from drumlin.starts import MergeTree, WhitenedSample, whitened_sample
from tests.ingredients import problem_of
from tests.reference.cells import HERE, read


def framed(
    x: Array, sample_weight: Array | None = None, backend: Backend | None = None
) -> WhitenedSample:
    """All rows as a frame."""
    problem = problem_of(x, "full", sample_weight=sample_weight, backend=backend)
    return whitened_sample(problem, len(x), np.random.default_rng(0))


def tree(x: Array, sample_weight: Array | None = None) -> MergeTree:
    """Its tree."""
    return framed(x, sample_weight).tree


def criterion(y: Array, mass: Array, labels: Array) -> float:
    """Σ_c n_c log( |W_c / n_c| + (tr W_c + tr W / (n d)) / n_c ), from the rows."""

    def scatter(rows: Array) -> Array:
        return np.cov(y[rows].T, aweights=mass[rows], ddof=0).reshape(y.shape[1], -1)

    everyone = np.arange(len(y))
    offset = np.trace(scatter(everyone)) / y.shape[1]
    total = 0.0
    for label in np.unique(labels):
        rows = everyone[labels == label]
        n, s = mass[rows].sum(), scatter(rows)
        total += n * np.log(max(np.linalg.det(s), 0.0) + np.trace(s) + offset / n)
    return total


@pytest.mark.parametrize("d", [1, 2, 3])
def test_every_merge_costs_least(d: int) -> None:
    """Assert that no other pair of groups would have left a smaller sum, written out from rows."""
    rng = np.random.default_rng(d)
    y, mass = rng.normal(size=(14, d)), rng.integers(1, 4, size=14).astype(float)
    labels = np.arange(14)
    for a, b in ReferenceBackend().merges(y, mass):

        def after(pair: tuple[int, int], now: Array = labels) -> float:
            return criterion(y, mass, np.where(now == pair[1], pair[0], now))

        best = min(after(pair) for pair in combinations(np.unique(labels), 2))
        assert a < b
        assert after((a, b)) == pytest.approx(best, rel=1e-11)
        labels = np.where(labels == b, a, labels)
    assert (labels == 0).all()


@pytest.mark.parametrize("data", ["iris", "banknote"])
def test_the_groups_are_those_of_mclust(data: str) -> None:
    """Assert the partitions of hc(x, "VVV", use="SVD") for k = 2 to 9, which R has stored."""
    stored = json.loads((HERE / "bic" / f"{data}.json").read_text())["initial_labels"]
    own = tree(read(data))
    for k, theirs in stored.items():
        assert partition(own.labels(int(k))) == partition(np.array(theirs)), k


def partition(labels: Array) -> set[tuple[int, ...]]:
    """The groups, whatever their numbers."""
    return {tuple(np.flatnonzero(labels == label)) for label in np.unique(labels)}


def test_labels_are_numbered_by_first_rows_and_nested() -> None:
    """Assert labels 0 … k−1 in order of appearance, and that one more group splits one."""
    own = tree(read("iris"))
    finer = own.labels(30)
    for k in range(29, 0, -1):
        labels = own.labels(k)
        _, first = np.unique(labels, return_index=True)
        assert list(labels[np.sort(first)]) == list(range(k))
        assert len(set(zip(finer, labels, strict=True))) == k + 1
        finer = labels


def test_units_do_not_matter() -> None:
    """Assert the same groups after each column is multiplied and shifted."""
    x = np.random.default_rng(3).normal(size=(80, 3))
    one, other = tree(x), tree(x * [1e-6, 1e6, -1.0] + [1.0, -1e6, 100.0])
    for k in range(2, 80):
        np.testing.assert_array_equal(other.labels(k), one.labels(k))


def test_weights_are_repeated_rows() -> None:
    """Assert that a weight of three is three equal rows, and that those are never parted."""
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=(40, 2)), rng.integers(1, 4, size=40)
    rows = np.repeat(np.arange(40), weight)
    heavy, repeated = tree(x, weight.astype(float)), tree(x[rows])
    np.testing.assert_array_equal(repeated.merges, heavy.merges)
    for k in (2, 5, 40, 60):
        np.testing.assert_array_equal(repeated.labels(k), heavy.labels(k)[rows])
    assert heavy.labels(60).max() == 39


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_few_or_flat_rows_have_a_tree(n: int) -> None:
    """Assert a tree of rows fewer than columns, of equal rows, and of columns without spread."""
    x = np.random.default_rng(5).normal(size=(n, 4)) * [1.0, 0.0, 1.0, 0.0] + 0.1
    own = tree(x)
    assert own.merges.shape == (n - 1, 2)
    assert own.labels(n).tolist() == list(range(n))
    assert tree(np.full((5, 2), 0.1)).labels(3).tolist() == [0] * 5
    collinear = np.outer(np.arange(6.0) ** 2, [1.0, 3.0, -7.0])
    assert len(set(tree(collinear).labels(3))) == 3


def test_the_start_by_name_is_the_tree_cut_into_k_groups() -> None:
    """Assert that the only run of such a fit begins with the shrunk moments of those groups."""
    x = read("iris")
    frame = framed(x)
    first = maximise(frame.shrunk(frame.moments_of_labels(frame.tree.labels(3), 3)), frame.problem)
    fitted, again = (drumlin.fit(x, 3, starts="agglomerative", rng=seed) for seed in (0, 1))
    assert fitted.log_likelihoods[0] == pytest.approx(first.mixture.log_density(x).sum(), rel=1e-12)
    assert fitted.log_likelihood == again.log_likelihood
    assert [run.start for run in fitted.runs] == ["agglomerative"]
    assert (np.diff(fitted.mixture.weights) <= 0).all()


def test_many_rows_have_a_tree_of_some() -> None:
    """Assert that 6000 rows in three far clusters start from a drawn subsample, and find them."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(6000, 2)) + 20.0 * np.eye(3, 2)[rng.integers(3, size=6000)]
    fitted = drumlin.fit(x, 3, starts="agglomerative", rng=0)
    assert fitted.log_likelihoods[0] == pytest.approx(fitted.log_likelihood, abs=30.0)


def test_known_labels_come_before_the_tree() -> None:
    """Assert that some known labels number the components, whatever start is named."""
    x = read("iris")
    labels = np.where(np.arange(150) % 5 == 0, np.arange(150) // 50, -1)
    fitted = drumlin.fit(x, 3, labels=labels, starts="agglomerative")
    assert fitted.log_likelihood == drumlin.fit(x, 3, labels=labels).log_likelihood


def test_the_tree_is_a_start_by_name() -> None:
    """Assert that a fit starts from the tree where that is asked for, and not by default."""
    x = np.random.default_rng(7).normal(size=(200, 2))
    by_default = {run.start for run in drumlin.fit(x, 3, rng=0).runs}
    by_name = [run.start for run in drumlin.fit(x, 3, starts="agglomerative", rng=0).runs]
    assert "agglomerative" not in by_default
    assert by_name == ["agglomerative"]


@pytest.mark.parametrize("backend", available(), ids=str)
@pytest.mark.parametrize("d", [1, 2, 3, 5, 17])
def test_backends_merge_alike(backend: Backend, d: int) -> None:
    """Assert the merges of the reference, for weighted rows without ties."""
    rng = np.random.default_rng(d)
    y = rng.normal(size=(120, d)) * 0.2 + rng.integers(3, size=(120, 1))
    mass = rng.integers(1, 3, size=120).astype(float)
    expected = ReferenceBackend().merges(y, mass)
    np.testing.assert_array_equal(backend.merges(y, mass), expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"y": np.ones((0, 2))}, "y must have at least one row"),
        ({"y": np.ones((3, 2), dtype=np.float32)}, "y must be float64"),
        ({"mass": np.ones(2)}, "mass must have shape"),
        ({"offset": 0.0}, "offset must be positive"),
        ({"merges": np.zeros((3, 2), dtype=np.int64)}, "merges must have shape"),
    ],
)
def test_the_core_refuses_wrong_arguments(wrong: dict[str, object], message: str) -> None:
    """Assert a ValueError that names the argument, before any work."""
    native = pytest.importorskip("drumlin._native")
    right = {
        "y": np.ones((3, 2)),
        "mass": np.ones(3),
        "offset": 1.0,
        "merges": np.zeros((2, 2), dtype=np.int64),
    }
    with pytest.raises(ValueError, match=message):
        native.merges(**(right | wrong), instruction_set="baseline")
