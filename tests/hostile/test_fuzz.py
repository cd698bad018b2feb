"""A fit never dies: nasty small data in every combination end in a usable mixture."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin.errors import DrumlinWarning
from tests.hostile.ingredients import FAMILIES, assert_usable

VALUES = (0.0, 1.0, -1.0, 1e-8, 1e8, 1.0 + 1e-8, 3.0, -1e8)


@st.composite
def nasty(draw: st.DrawFn) -> tuple[np.ndarray, int, np.ndarray | None]:
    """x (n, d) of few values with repeated rows, k of its distinct rows, and sample weights."""
    n, d = draw(st.integers(1, 30)), draw(st.integers(1, 5))
    values = st.sampled_from(VALUES) | st.floats(-1e3, 1e3, allow_subnormal=False, width=32)
    distinct = draw(st.integers(1, n))
    rows = draw(st.lists(st.lists(values, min_size=d, max_size=d), min_size=1, max_size=distinct))
    x = np.array(rows)[draw(st.lists(st.integers(0, len(rows) - 1), min_size=n, max_size=n))]
    weight = None
    if draw(st.booleans()):
        subsample = st.lists(st.sampled_from([0.0, 1e-9, 1.0, 2.5, 1e6]), min_size=n, max_size=n)
        weight = np.array(draw(subsample))
        weight[draw(st.integers(0, n - 1))] = 1.0
    present = x if weight is None else x[weight > 0]
    n_components = draw(st.integers(1, min(len(np.unique(present, axis=0)), 8)))
    return x, n_components, weight


@settings(max_examples=150)
@given(nasty(), st.sampled_from(FAMILIES), st.sampled_from(["auto", "reference"]), st.booleans())
def test_a_fit_never_dies(
    case: tuple[np.ndarray, int, np.ndarray | None], family: str, backend: str, narrow: bool
) -> None:
    """Assert that only warnings of drumlin's own arise, and that the mixture is usable."""
    x, n_components, weight = case
    if narrow:
        x = x.astype(np.float32)
        present = x if weight is None else x[weight > 0]
        n_components = min(n_components, len(np.unique(present, axis=0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        fitted = drumlin.fit(
            x,
            n_components,
            family,
            sample_weight=weight,
            starts=2,
            max_iter=50,
            backend=backend,
            rng=0,
        )
    assert fitted.mixture.n_components == n_components
    assert_usable(fitted, x)
    str(fitted)


@settings(max_examples=60)
@given(nasty(), st.sampled_from(FAMILIES), st.data())
def test_a_fit_with_labels_never_dies(
    case: tuple[np.ndarray, int, np.ndarray | None], family: str, data: st.DataObject
) -> None:
    """Assert the same with some labels known, each component on one row at least."""
    x, n_components, weight = case
    labels = np.array(
        data.draw(
            st.lists(st.integers(-1, n_components - 1), min_size=len(x), max_size=len(x)),
            label="labels",
        )
    )
    present = np.arange(len(x)) if weight is None else np.flatnonzero(weight)
    labels[present[:n_components]] = np.arange(n_components)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        fitted = drumlin.fit(
            x, n_components, family, labels=labels, sample_weight=weight, max_iter=30
        )
    assert_usable(fitted, x)
