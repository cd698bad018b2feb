"""Rows drawn from a source: which, how many, and that every row has its chance."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin.data import ArraySource, Rows, subsample

SIZES = [1, 7, 49, 100]


def numbered(n: int, sample_weight: np.ndarray | None = None) -> Rows:
    """Rows that carry their number, as value and as label."""
    return Rows(np.arange(float(n))[:, None], sample_weight, np.arange(n))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chunk_rows", [None, 1, 30])
@pytest.mark.parametrize("weighted", [False, True])
def test_so_many_different_rows_in_their_order(
    size: int, chunk_rows: int | None, weighted: bool
) -> None:
    """Assert the number, the order, no row twice and none of weight zero, in chunks or not."""
    weight = (np.arange(100) % 2).astype(float) if weighted else None
    rows = subsample(
        ArraySource(numbered(100, weight), chunk_rows), size, np.random.default_rng(size)
    )
    assert len(rows) == min(size, 50 if weighted else 100)
    assert (np.diff(rows.x[:, 0]) > 0).all()
    assert rows.labels is not None
    np.testing.assert_array_equal(rows.labels, rows.x[:, 0])
    if weighted:
        assert rows.sample_weight is not None
        assert (rows.sample_weight == 1.0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_chunks_do_not_matter(weighted: bool) -> None:
    """Assert the same rows however the source is cut; blocks of weights included."""
    n = 40_000
    weight = (np.arange(n) % 3).astype(float) if weighted else None
    one, two = (
        subsample(ArraySource(numbered(n, weight), size), 500, np.random.default_rng(1))
        for size in (None, 17_001)
    )
    np.testing.assert_array_equal(one.x, two.x)


def test_every_row_is_as_likely() -> None:
    """Assert that of 10 000 draws of 3 of 10 rows each row gets its 3000, within six sd."""
    source, rng = ArraySource(numbered(10)), np.random.default_rng(2)
    counts = np.zeros(10)
    for _ in range(10_000):
        counts[subsample(source, 3, rng).x[:, 0].astype(int)] += 1
    assert np.abs(counts - 3000).max() < 6 * np.sqrt(10_000 * 0.3 * 0.7)


def test_few_rows_are_taken_as_they_are() -> None:
    """Assert no copy where all rows are wanted."""
    rows = numbered(5)
    assert subsample(ArraySource(rows), 5, np.random.default_rng(0)) is rows
