"""Rows drawn from a chunk: which, how many, and that every row has its chance."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin.data import Rows, subsample

SIZES = [1, 7, 49, 100]


def numbered(n: int, sample_weight: np.ndarray | None = None) -> Rows:
    """Rows that carry their number, as value and as label."""
    return Rows(np.arange(float(n))[:, None], sample_weight, np.arange(n))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("weighted", [False, True])
def test_so_many_different_rows_in_their_order(size: int, weighted: bool) -> None:
    """Assert the number, the order, no row twice and none of weight zero."""
    weight = (np.arange(100) % 2).astype(float) if weighted else None
    rows = subsample(numbered(100, weight), size, np.random.default_rng(size))
    assert len(rows) == min(size, 50 if weighted else 100)
    assert (np.diff(rows.x[:, 0]) > 0).all()
    assert rows.labels is not None
    np.testing.assert_array_equal(rows.labels, rows.x[:, 0])
    if weighted:
        assert rows.sample_weight is not None
        assert (rows.sample_weight == 1.0).all()


def test_every_row_is_as_likely() -> None:
    """Assert that of 10 000 draws of 3 of 10 rows each row gets its 3000, within six sd."""
    rows, rng = numbered(10), np.random.default_rng(2)
    counts = np.zeros(10)
    for _ in range(10_000):
        counts[subsample(rows, 3, rng).x[:, 0].astype(int)] += 1
    assert np.abs(counts - 3000).max() < 6 * np.sqrt(10_000 * 0.3 * 0.7)


def test_few_rows_are_taken_as_they_are() -> None:
    """Assert no copy where all rows are wanted."""
    rows = numbered(5)
    assert subsample(rows, 5, np.random.default_rng(0)) is rows
