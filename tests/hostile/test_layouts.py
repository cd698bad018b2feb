"""The same numbers in other clothes: types, byte orders, strides, memory maps, lists, frames."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import drumlin
from drumlin.backends import Backend
from drumlin.errors import DrumlinWarning

K = 2


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """(300, 3) whole numbers from 0 to 60 in two groups; every layout below holds them exactly."""
    rng = np.random.default_rng(11)
    x = np.concatenate([rng.poisson(8.0, (180, 3)), rng.poisson(35.0, (120, 3))]).astype(float)
    x.flags.writeable = False
    return x


def strided(x: np.ndarray) -> np.ndarray:
    """Every third row and every second column of a larger array."""
    large = np.full((3 * len(x), 2 * x.shape[1]), np.nan)
    large[::3, ::2] = x
    return large[::3, ::2]


def reversed_view(x: np.ndarray) -> np.ndarray:
    """Negative strides on both axes."""
    return np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]


def unaligned(x: np.ndarray) -> np.ndarray:
    """Eight-byte numbers at odd addresses."""
    raw = np.empty(x.nbytes + 1, dtype=np.uint8)
    view = raw[1:].view(np.float64).reshape(x.shape)
    view[...] = x
    assert not view.flags.aligned
    return view


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "int64": lambda x: x.astype(np.int64),
    "uint8": lambda x: x.astype(np.uint8),
    "int16 big-endian": lambda x: x.astype(">i2"),
    "float16": lambda x: x.astype(np.float16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "float64 big-endian": lambda x: x.astype(">f8"),
    "Fortran order": np.asfortranarray,
    "strided": strided,
    "negative strides": reversed_view,
    "unaligned": unaligned,
    "list of lists": lambda x: x.tolist(),
    "tuple of tuples": lambda x: tuple(map(tuple, x.tolist())),
    "list of arrays": list,
    "object": lambda x: x.astype(object),
    "masked, nothing hidden": lambda x: np.ma.masked_array(x, mask=False),
    "pandas": lambda x: pd.DataFrame(x, columns=["a", "b", "c"]),
    "pandas whole": lambda x: pd.DataFrame(x.astype(int), columns=["a", "b", "c"]),
    "pandas nullable": lambda x: pd.DataFrame(x, columns=["a", "b", "c"]).astype("Int32"),
    "polars": lambda x: pl.DataFrame(x, schema=["a", "b", "c"]),
    "pyarrow": lambda x: pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_fit(counts: np.ndarray, layout: str, backend: Backend) -> None:
    """Assert that how the numbers lie in memory changes no bit of the log-likelihoods."""
    plain = drumlin.fit(counts, K, "full", backend=backend, rng=0, starts=2)
    other = drumlin.fit(LAYOUTS[layout](counts), K, "full", backend=backend, rng=0, starts=2)
    # The rough mean of the first pass may be summed in another order: the rest is the same.
    np.testing.assert_allclose(other.log_likelihoods, plain.log_likelihoods, rtol=1e-12)
    np.testing.assert_allclose(other.mixture.means, plain.mixture.means, rtol=1e-10)


def test_float32_layouts(counts: np.ndarray, backend: Backend) -> None:
    """Assert that float32 in either byte order stays float32 and gives one answer."""
    native = drumlin.fit(counts.astype("<f4"), K, backend=backend, rng=0)
    swapped = drumlin.fit(counts.astype(">f4"), K, backend=backend, rng=0)
    np.testing.assert_allclose(swapped.log_likelihood, native.log_likelihood, rtol=1e-7)
    assert native.mixture.log_density(counts.astype(">f4"), backend=backend).dtype == np.float32
    assert native.mixture.log_density(counts, backend=backend).dtype == np.float64


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_read_only_memory_map(
    counts: np.ndarray, tmp_path: Path, backend: Backend, dtype: str
) -> None:
    """Assert that a file mapped read-only fits as the array in memory does."""
    path = tmp_path / "x.npy"
    np.save(path, counts.astype(dtype))
    mapped = np.load(path, mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    plain = drumlin.fit(counts.astype(dtype), K, backend=backend, rng=0)
    fitted = drumlin.fit(mapped, K, backend=backend, rng=0)
    assert fitted.log_likelihoods == plain.log_likelihoods
    assert fitted.mixture == plain.mixture


def test_the_input_is_left_alone(counts: np.ndarray) -> None:
    """Assert that fit writes neither to x, nor to weights, nor to labels."""
    x, weight = counts.copy(), np.arange(1.0, len(counts) + 1.0)
    labels = np.where(np.arange(len(x)) < 10, np.arange(len(x)) % 2, -1)
    before = x.copy(), weight.copy(), labels.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        drumlin.fit(x, K, sample_weight=weight, labels=labels, rng=0)
    for now, then in zip((x, weight, labels), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("dtype", [bool, np.int8])
def test_boolean_columns(dtype: type) -> None:
    """Assert that Booleans are the numbers zero and one."""
    rng = np.random.default_rng(12)
    x = rng.random((200, 2)) < [0.3, 0.6]
    fitted = drumlin.fit(x.astype(dtype), 1)
    np.testing.assert_allclose(fitted.mixture.means[0], x.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_keep_the_names_of_their_columns(
    counts: np.ndarray, make: Callable[[dict[str, np.ndarray]], Any]
) -> None:
    """Assert that names are kept; at prediction columns go by name, and extra ones are ignored."""
    columns = {"a": counts[:, 0], "b": counts[:, 1] * 3.0, "c": counts[:, 2] - 5.0}
    fitted = drumlin.fit(make(columns), K, rng=0)
    assert fitted.mixture.feature_names == ("a", "b", "c")
    shuffled = make({"note": counts[:, 0], **{name: columns[name] for name in "cab"}})
    plain = np.column_stack(list(columns.values()))
    np.testing.assert_array_equal(
        fitted.mixture.log_density(shuffled), fitted.mixture.log_density(plain)
    )
    with pytest.raises(drumlin.errors.InvalidDataError, match=r"column 'b' is missing.*a, b, c"):
        fitted.mixture.log_density(make({"a": columns["a"], "c": columns["c"]}))
    assert "b" in str(fitted).splitlines()[0]


def test_a_list_of_python_whole_numbers_in_one_column() -> None:
    """Assert that [1, 2, 3, ...] is one column."""
    fitted = drumlin.fit([1, 2, 3, 4, 50, 51, 52, 53], 2, "tied", rng=0)
    np.testing.assert_allclose(np.sort(fitted.mixture.means[:, 0]), [2.5, 51.5], atol=1e-6)
