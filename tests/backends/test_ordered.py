"""The pass over ordered rows, which leaves out pairs: the same sums as the pass that takes all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.data import RowOrder
from drumlin.moments import Form, Moments
from tests.ingredients import STRUCTURE_NAMES, draw, random_mixture, random_structure

ORACLE = ReferenceBackend()
EXACT = 1e-13


@dataclass(frozen=True)
class Case:
    """A mixture and n rows of it, some of them with weight zero or of known component."""

    mixture: Mixture
    x: Array
    sample_weight: Array | None = None
    labels: Array | None = None


def mixture_of(kind: str, structure: str, k: int, d: int, rng: np.random.Generator) -> Mixture:
    """Overlapping, separated, of unequal scale (1 to 1e4), or with two components of 1e-6."""
    spread = {"overlapping": 1.0, "separated": 12.0, "scales": 20.0, "light": 12.0}[kind]
    mixture = random_mixture(rng, k, d, structure, spread=spread)
    if kind == "scales":
        condition = 1e8 if structure in ("diag", "spherical") else 1e4
        covariance = random_structure(rng, structure, k, d, condition=condition)
        return Mixture(mixture.weights, mixture.means * 10.0, covariance)
    if kind == "light":
        weights = mixture.weights.copy()
        weights[:2] = 1e-6
        return Mixture(weights / weights.sum(), mixture.means, mixture.covariance)
    return mixture


def case_of(kind: str, structure: str, n: int, k: int, d: int) -> Case:
    """n rows; of light components 20 all the same, so that they have a mass to compare."""
    rng = np.random.default_rng([n, k, d])
    mixture = mixture_of(kind, structure, k, d, rng)
    even = Mixture(np.full(k, 1.0 / k), mixture.means, mixture.covariance)
    x, z = draw(even if kind == "light" else mixture, n, rng)
    if kind == "light":
        keep = (z > 1) | (np.cumsum(z <= 1) <= 20)
        x, z = x[keep], z[keep]
    return Case(mixture, x)


def with_weights(case: Case) -> Case:
    """Weights of any size, some zero, with rows of NaN there."""
    rng = np.random.default_rng(1)
    weight = rng.integers(0, 3, size=len(case.x)) * rng.uniform(0.5, 1e6, size=len(case.x))
    x = np.where(weight[:, None] > 0, case.x, np.nan)
    return Case(case.mixture, x.astype(case.x.dtype), weight, case.labels)


def with_labels(case: Case) -> Case:
    """Every tenth row of known component, often not its most likely one."""
    rng = np.random.default_rng(2)
    labels = np.full(len(case.x), -1)
    labels[::10] = rng.integers(0, case.mixture.n_components, size=len(labels[::10]))
    return Case(case.mixture, case.x, case.sample_weight, labels)


def expect(
    backend: Backend, case: Case, form: Form, order: RowOrder | None, n_threads: int = 1
) -> Moments:
    """The pass of a backend over a case."""
    return backend.expect(
        case.mixture,
        case.x,
        sample_weight=case.sample_weight,
        labels=case.labels,
        form=form,
        n_threads=n_threads,
        order=order,
    )


def assert_same_parameters(got: Moments, want: Moments, relative: float) -> None:
    """Assert that ℓ, masses, and means and covariances in their own sd, differ by ``relative``."""
    size = abs(want.log_likelihood) + want.count
    assert abs(got.log_likelihood - want.log_likelihood) <= relative * size
    assert got.count == pytest.approx(want.count, rel=relative)
    np.testing.assert_allclose(got.mass, want.mass, rtol=relative, atol=1e-290)
    some = want.mass > 1e-200
    mass = want.mass[some]
    scatter = [m.scatter[some] / mass.reshape(-1, *[1] * (m.scatter.ndim - 1)) for m in (got, want)]
    full = want.form is Form.FULL
    variances = np.diagonal(scatter[1], axis1=1, axis2=2) if full else scatter[1]
    sd = np.sqrt(variances)
    shift = (got.shift[some] - want.shift[some]) / mass[:, None]
    assert (np.abs(shift) <= relative * sd).all()
    scale = sd[:, :, None] * sd[:, None, :] if full else variances
    assert (np.abs(scatter[0] - scatter[1]) <= relative * scale).all()


KINDS = ["overlapping", "separated", "scales", "light"]
SIZES = [(1500, 5, 1), (1500, 7, 2), (2000, 20, 6), (2500, 9, 17)]


@pytest.mark.parametrize(("n", "k", "d"), SIZES)
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_leaving_out_pairs_changes_nothing(
    backend: Backend, kind: str, structure: str, n: int, k: int, d: int
) -> None:
    """Assert that ordered and plain pass agree to 1e-13, with and without weights and labels.

    What is left out is below 2⁻⁵³ of a component's mass; the sums are added in another order,
    √n roundings of 1e-16 at most for terms of one sign.
    """
    plain = case_of(kind, structure, n, k, d)
    form = Form.FULL if structure in ("full", "tied") else Form.DIAGONAL
    order = backend.row_order(plain.mixture, plain.x, n_threads=1)
    for case in (plain, with_weights(plain), with_labels(plain), with_labels(with_weights(plain))):
        got, want = expect(backend, case, form, order), expect(backend, case, form, None)
        assert_same_parameters(got, want, EXACT)


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_float32_loses_only_its_own_rounding(backend: Backend, kind: str, structure: str) -> None:
    """Assert that of float32 data the ordered pass is the plain one to (d + 8) roundings."""
    case = case_of(kind, structure, 2500, 9, 7)
    case = Case(case.mixture, case.x.astype(np.float32))
    order = backend.row_order(case.mixture, case.x, n_threads=1)
    got, want = (expect(backend, case, Form.DIAGONAL, visits) for visits in (order, None))
    assert_same_parameters(got, want, 8 * (7 + 8) * 2.0**-24)


def test_any_order_gives_the_same_sums(backend: Backend) -> None:
    """Assert that an order and groups that have nothing to do with the rows change nothing."""
    case = with_labels(with_weights(case_of("separated", "full", 2000, 8, 6)))
    rng = np.random.default_rng(3)
    want = expect(backend, case, Form.FULL, None)
    for edges in ([0] * 8 + [2000], [0] + [2000] * 8, [0, 1, 2, 3, 500, 500, 501, 1999, 2000]):
        order = RowOrder(rng.permutation(2000).astype(np.int32), np.array(edges))
        assert_same_parameters(expect(backend, case, Form.FULL, order), want, EXACT)


def test_far_rows_keep_their_share(backend: Backend) -> None:
    """Assert that rows from 1e3 to 1e160 away count as in the plain pass."""
    case = case_of("separated", "full", 1000, 8, 6)
    far = 10.0 ** np.array([3, 5, 7, 10, 20, 80, 160])[:, None] * np.ones((7, 6))
    for dtype, rows in ((np.float64, far), (np.float32, far[:4])):
        x: Array = np.concatenate([case.x, rows]).astype(dtype)
        given = Case(case.mixture, x)
        order = backend.row_order(case.mixture, x, n_threads=1)
        got, want = (expect(backend, given, Form.DIAGONAL, o) for o in (order, None))
        relative = EXACT if dtype is np.float64 else 1e-5
        np.testing.assert_allclose(got.mass, want.mass, rtol=relative)
        assert got.log_likelihood == pytest.approx(want.log_likelihood, rel=relative)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_the_number_of_threads_changes_no_bit(
    backend: Backend, structure: str, dtype: type
) -> None:
    """Assert that 1, 2 and 5 threads give identical orders, sums and counts."""
    case = with_weights(case_of("separated", structure, 30_011, 9, 6))
    x = np.nan_to_num(case.x).astype(dtype)
    case = Case(case.mixture, x, case.sample_weight)
    order = backend.row_order(case.mixture, x, n_threads=1)
    one = expect(backend, case, Form.FULL, order)
    for n_threads in (2, 5):
        again = backend.row_order(case.mixture, x, n_threads=n_threads)
        np.testing.assert_array_equal(again.rows, order.rows)
        many = expect(backend, case, Form.FULL, order, n_threads)
        for name in ("log_likelihood", "count", "mass", "shift", "scatter", "evaluated"):
            np.testing.assert_array_equal(getattr(many, name), getattr(one, name))


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_an_order_is_a_stable_sort_by_label(backend: Backend, structure: str) -> None:
    """Assert that the order is that of the reference."""
    case = case_of("separated", structure, 20_000, 9, 4)
    got = backend.row_order(case.mixture, case.x, n_threads=2)
    want = ORACLE.row_order(case.mixture, case.x, n_threads=1)
    assert got.rows.dtype == want.rows.dtype == np.int32
    np.testing.assert_array_equal(got.rows, want.rows)
    np.testing.assert_array_equal(got.edges, want.edges)


@pytest.mark.parametrize("kind", ["overlapping", "separated"])
def test_pairs_that_matter_are_looked_at(backend: Backend, kind: str) -> None:
    """Assert that at least the pairs above the margin count, and that few others do if separated.

    A pair is left out when r (1 + q / d) < 2⁻⁵³ weight_j, r its responsibility, q its squared
    distance; the reference counts all pairs.
    """
    case = case_of(kind, "full", 4000, 12, 8)
    order = backend.row_order(case.mixture, case.x, n_threads=1)
    moments = expect(backend, case, Form.FULL, order)
    joint = ORACLE.log_joint(case.mixture, case.x, n_threads=1)
    best = joint.max(axis=1, keepdims=True)
    matter = joint - best - np.log(case.mixture.weights) > -53 * np.log(2)
    assert matter.sum() <= moments.evaluated <= joint.size
    assert expect(backend, case, Form.FULL, None).evaluated == joint.size
    if kind == "separated" and backend.name == "native":
        assert moments.evaluated < 0.4 * joint.size
