"""One driver for every backend and instruction set: the same answers as the reference."""

from __future__ import annotations

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.moments import Form, Moments
from tests.backends.ingredients import Case, case_of, expect
from tests.ingredients import ORACLE, STRUCTURE_NAMES, assert_same_moments

EACH_FORM = pytest.mark.parametrize("form", list(Form), ids=lambda form: form.value)
RELATIVE = 1e-12


SIZES = [(1, 1, 1), (257, 3, 1), (700, 2, 2), (1029, 4, 3), (515, 3, 7), (130, 2, 16), (67, 2, 33)]


@pytest.mark.parametrize(("n", "k", "d"), SIZES)
@EACH_FORM
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_moments_are_those_of_the_formulas(
    backend: Backend, structure: str, form: Form, n: int, k: int, d: int
) -> None:
    """Assert that expect agrees to 1e-12, with and without weights and known labels."""
    case = case_of(structure, n, k, d)
    for weighted in (False, True):
        for labelled in (False, True):
            if weighted and not case.sample_weight.any():
                continue
            got = expect(backend, case, form, weighted=weighted, labelled=labelled)
            want = expect(ORACLE, case, Form.FULL, weighted=weighted, labelled=labelled)
            assert got.form is want.in_form(form).form
            assert_same_moments(got, want, RELATIVE)


@pytest.mark.parametrize(("n", "k", "d"), SIZES)
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_rows_are_those_of_the_formulas(
    backend: Backend, structure: str, n: int, k: int, d: int
) -> None:
    """Assert that log-joint, log-density, responsibilities and labels agree to 1e-12."""
    case = case_of(structure, n, k, d)
    given = case.mixture, case.x
    joint = ORACLE.log_joint(*given, n_threads=1)
    # an error of 1e-12 |log-joint| in the exponent is that relative error of a responsibility
    error = RELATIVE * (1.0 + np.abs(joint).max(axis=1, keepdims=True))
    assert (np.abs(backend.log_joint(*given, n_threads=1) - joint) <= error).all()
    density = backend.log_density(*given, n_threads=1)
    assert (np.abs(density - ORACLE.log_density(*given, n_threads=1)) <= error[:, 0]).all()
    w = backend.responsibilities(*given, n_threads=1)
    assert (np.abs(w - ORACLE.responsibilities(*given, n_threads=1)) <= 2 * error).all()
    np.testing.assert_allclose(w.sum(axis=1), 1.0, rtol=1e-14)
    ordered = np.sort(joint, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 2 * error[:, 0] if k > 1 else np.ones(n, dtype=bool)
    labels = backend.labels(*given, n_threads=1)
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels[clear], joint.argmax(axis=1)[clear])


def float32_error(mixture: Mixture, x: Array) -> Array:
    """(n,) what float32 arithmetic may lose of a log-joint.

    x − μ and the whitened row y = P (x − μ) carry d + 4 roundings of u = 2⁻²⁴ each, of terms whose
    size is |P| |x − μ| <= √κ |y|; q = |y|² and the constant are rounded a few times more:
    2 (d + 8) u √κ q / 2 + 4 u (q + |log-joint|).
    """
    joint = ORACLE.log_joint(mixture, x, n_threads=1).astype(np.float64)
    squared = 2.0 * (joint.max() - joint).max(axis=1) + 2.0 * abs(joint.max())
    condition = np.linalg.cond(mixture.covariance.matrices()).max()
    unit = 2.0**-24
    growth = (mixture.n_features + 8) * np.sqrt(condition) + 4.0
    error: Array = unit * (growth * squared + 4.0 * np.abs(joint).max(axis=1))
    return error


@pytest.mark.parametrize(("n", "k", "d"), [(257, 3, 1), (1500, 4, 3), (130, 2, 16)])
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_float32_rows_lose_only_their_own_rounding(
    backend: Backend, structure: str, n: int, k: int, d: int
) -> None:
    """Assert that float32 data keep their type, and results are as good as float32 allows."""
    case = case_of(structure, n, k, d)
    x = case.x.astype(np.float32)
    given = case.mixture, x
    error = float32_error(case.mixture, x.astype(np.float64))
    want = ORACLE.log_joint(case.mixture, x.astype(np.float64), n_threads=1)
    joint = backend.log_joint(*given, n_threads=1)
    assert joint.dtype == np.float32
    assert (np.abs(joint - want) <= error[:, None]).all()
    w = backend.responsibilities(*given, n_threads=1)
    assert w.dtype == backend.log_density(*given, n_threads=1).dtype == np.float32
    np.testing.assert_allclose(w.sum(axis=1), 1.0, rtol=0, atol=(k + 4) * 2.0**-24)
    exact = np.exp(want - np.logaddexp.reduce(want, axis=1)[:, None])
    assert (np.abs(w - exact) <= 2 * error[:, None] + 4 * 2.0**-24).all()
    sure = expect(ORACLE, case, Form.FULL, x=x.astype(np.float64), weighted=True)
    for form in Form:
        got = expect(backend, case, form, x=x, weighted=True)
        # every row's weights are off by its own error at most, and the sums are in float64
        assert_same_moments(got, sure, 4.0 * float(error.max()) + 8 * (d + 8) * 2.0**-24)


def bits(moments: Moments) -> list[Array]:
    """Every number of the moments."""
    numbers = [moments.log_likelihood, moments.count, moments.mass, moments.shift, moments.scatter]
    return [np.asarray(number) for number in numbers]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_the_number_of_threads_changes_no_bit(
    backend: Backend, structure: str, dtype: type
) -> None:
    """Assert that 1, 2 and 5 threads give identical moments and rows."""
    case = case_of(structure, 20_011, 3, 3)
    x: Array = case.x.astype(dtype)
    one = bits(expect(backend, case, Form.FULL, x=x, weighted=True, n_threads=1))
    given = case.mixture, x
    for n_threads in (2, 5):
        many = bits(expect(backend, case, Form.FULL, x=x, weighted=True, n_threads=n_threads))
        for a, b in zip(one, many, strict=True):
            np.testing.assert_array_equal(a, b)
        for rows in (backend.log_joint, backend.responsibilities):
            np.testing.assert_array_equal(
                rows(*given, n_threads=n_threads), rows(*given, n_threads=1)
            )


def test_the_order_of_the_rows_does_not_matter(backend: Backend) -> None:
    """Assert that a permutation of the rows changes the sums by rounding only."""
    case = case_of("full", 3001, 3, 4)
    order = np.random.default_rng(0).permutation(len(case.x))
    shuffled = Case(case.mixture, case.x[order], case.sample_weight[order], case.labels[order])
    got = expect(backend, shuffled, Form.FULL, weighted=True, labelled=True)
    want = expect(backend, case, Form.FULL, weighted=True, labelled=True)
    assert_same_moments(got, want, RELATIVE)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_far_rows_have_finite_densities_and_whole_responsibilities(
    backend: Backend, dtype: type
) -> None:
    """Assert that any finite x has a finite log-density, and its responsibilities sum to 1."""
    case = case_of("full", 64, 3, 2)
    largest = float(np.finfo(dtype).max)
    for far in (1e3, 1e10, np.sqrt(largest), largest):
        x: np.ndarray = np.array([[far, far], [-far, 0.0], [far, -far]]).astype(dtype)
        given = case.mixture, x
        assert np.isfinite(backend.log_joint(*given, n_threads=1)).all()
        assert np.isfinite(backend.log_density(*given, n_threads=1)).all()
        w = backend.responsibilities(*given, n_threads=1)
        assert np.isfinite(w).all()
        np.testing.assert_allclose(w.sum(axis=1), 1.0, rtol=4.0 * float(np.finfo(dtype).eps))


def test_a_row_of_weight_zero_is_absent(backend: Backend) -> None:
    """Assert that it adds nothing, though it lies 1e120 away."""
    case = case_of("full", 100, 2, 2)
    x = np.concatenate([case.x, [[1e120, -1e120]]])
    weight = np.concatenate([np.ones(100), [0.0]])
    absent = Case(case.mixture, x, weight, np.full(101, -1))
    got = expect(backend, absent, Form.FULL, weighted=True)
    assert_same_moments(got, expect(backend, case, Form.FULL), RELATIVE)


def test_an_exact_tie_goes_to_the_first_component(backend: Backend) -> None:
    """Assert that labels of a row in the middle of two equal components is 0."""
    mixture = Mixture.from_arrays([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], np.eye(2), "tied")
    labels = backend.labels(mixture, np.zeros((40, 2)), n_threads=1)
    np.testing.assert_array_equal(labels, 0)
