"""A source is a sequence of chunks with fixed boundaries; it pickles."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from drumlin.data import ArraySource, Rows, SurveyPass
from drumlin.data.source import BLOCK_ROWS

X = np.arange(22.0).reshape(11, 2)
LABELS = np.arange(11) % 3
ROWS = Rows(X, np.arange(11.0), LABELS)


@pytest.mark.parametrize("chunk_rows", [None, 1, 3, 10, 11, 12])
def test_chunks_are_the_rows_in_order(chunk_rows: int | None) -> None:
    """Assert that the chunks, put together, are the data, with their weights and labels."""
    source = ArraySource(ROWS, chunk_rows)
    chunks = [source[index] for index in range(len(source))]
    assert all(len(chunk) > 0 for chunk in chunks)
    np.testing.assert_array_equal(np.concatenate([chunk.x for chunk in chunks]), X)
    for name in ("sample_weight", "labels"):
        parts = [getattr(chunk, name) for chunk in chunks]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(ROWS, name))
    assert (source.n_samples, source.n_features) == (11, 2)
    assert source.dtype == X.dtype


def test_chunks_are_views() -> None:
    """Assert that reading a chunk copies nothing."""
    assert np.shares_memory(ArraySource(ROWS, 4)[1].x, X)


@pytest.mark.parametrize("index", [-1, 3, 100])
def test_there_is_no_chunk_beyond_the_last(index: int) -> None:
    """Assert that a wrong index is an IndexError."""
    source = ArraySource(ROWS, 4)
    with pytest.raises(IndexError):
        source[index]
    assert len(source) == 3


def test_rows_without_weights_and_labels() -> None:
    """Assert that chunks of bare rows have neither."""
    chunk = ArraySource(Rows(X), 4)[2]
    assert chunk.sample_weight is None
    assert chunk.labels is None


def test_rows_are_taken_by_index() -> None:
    """Assert that `take` picks x, weights and labels of the same rows."""
    taken = ROWS.take(np.array([5, 2]))
    np.testing.assert_array_equal(taken.x, X[[5, 2]])
    np.testing.assert_array_equal(taken.sample_weight, [5.0, 2.0])
    np.testing.assert_array_equal(taken.labels, [2, 2])


def test_a_source_pickles() -> None:
    """Assert that a source and its chunks are the same after pickling."""
    again = pickle.loads(pickle.dumps(ArraySource(ROWS, 4)))
    assert len(again) == 3
    np.testing.assert_array_equal(again[1].x, X[4:8])
    np.testing.assert_array_equal(again[1].labels, LABELS[4:8])


def test_the_largest_of_each_column_is_that_of_present_rows() -> None:
    """Assert that rows of weight zero do not count, across blocks, and that signs do not matter."""
    x = np.ones((BLOCK_ROWS + 2, 2), dtype=np.float32)
    x[[0, 1, -1]] = [[50.0, 60.0], [2.0, -7.0], [-5.0, 3.0]]
    weight = np.ones(len(x))
    weight[0] = 0.0
    look = SurveyPass()
    assert look(Rows(x, weight)).largest.tolist() == [5.0, 7.0]
    assert look(Rows(x)).largest.tolist() == [50.0, 60.0]
    assert look(Rows(x, np.zeros(len(x)))).largest.tolist() == [0.0, 0.0]
