"""Draws: the same rows from every backend, instruction set and number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.backends.stream import normals, philox, uniforms
from drumlin.covariance import Diagonal
from tests.ingredients import STRUCTURE_NAMES, random_mixture

KEY = 0xA4093822_299F31D0
RELATIVE = 1e-13


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0), 0, (0xE169C58D_6627E8D5, 0x9B00DBD8_BC57AC4C)),
        ((2**64 - 1, 2**64 - 1), 2**64 - 1, (0x41C83B0E_408F276D, 0x6D5451FD_A20BC7C6)),
        (
            (0x85A308D3_243F6A88, 0x03707344_13198A2E),
            0x299F31D0_A4093822,
            (0x94FDCCEB_D16CFE09, 0x24126EA1_5001E420),
        ),
    ],
)
def test_philox_gives_its_authors_numbers(
    counter: tuple[int, int], key: int, words: tuple[int, int]
) -> None:
    """Assert the known answers for philox4x32 with 10 rounds that come with Random123 1.14."""
    got = philox(np.array([counter], dtype=np.uint64), key)
    np.testing.assert_array_equal(got, np.array([words], dtype=np.uint64))


def test_normals_have_the_radius_and_angle_of_their_uniforms() -> None:
    """Assert Box and Muller's formula, and that a stream is the same wherever it is entered."""
    u, v = uniforms(KEY, 0, 0, 4000).reshape(-1, 2).T
    e = normals(KEY, 0, 0, 4000).reshape(-1, 2)
    np.testing.assert_allclose((e**2).sum(axis=1), -2 * np.log1p(-u), rtol=1e-14)
    angle = (np.arctan2(e[:, 1], e[:, 0]) / (2 * np.pi)) % 1.0
    np.testing.assert_allclose(angle, v, rtol=0, atol=1e-15)
    assert 0.0 <= u.min() < 0.01 < 0.99 < u.max() < 1.0
    np.testing.assert_array_equal(normals(KEY, 0, 1000, 7), e.ravel()[1000:1007])
    far = uniforms(KEY, 1, 2**34, 2)
    assert not np.array_equal(far, uniforms(KEY, 1, 2, 2))
    assert not np.array_equal(far, uniforms(KEY, 0, 2**34, 2))


def draw(
    backend: Backend, mixture: Mixture, n: int, key: int = KEY, n_threads: int = 1
) -> tuple[Array, Array]:
    """The rows and components that a backend draws."""
    return backend.sample(mixture, n, key, n_threads=n_threads)


SIZES = [
    (0, 2, 2), (1, 1, 1), (1, 3, 5), (1025, 2, 1), (700, 1, 2), (1500, 3, 3), (515, 4, 4),
    (300, 3, 7), (300, 9, 8), (267, 2, 9), (130, 5, 17), (70, 2, 33), (67, 2, 64), (19, 2, 3000),
]  # fmt: skip


@pytest.mark.parametrize(("n", "k", "d"), SIZES)
@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_draws_are_those_of_the_reference(
    backend: Backend, structure: str, n: int, k: int, d: int
) -> None:
    """Assert the same components and, to 1e-13 of what is added up, the same rows."""
    if d > 100 and structure in ("full", "tied"):
        pytest.skip("a large matrix takes long to make, and shows nothing more")
    mixture = random_mixture(np.random.default_rng(d), k, d, structure)
    x, labels = draw(backend, mixture, n)
    want, origins = draw(ReferenceBackend(), mixture, n)
    assert x.shape == (n, d)
    assert x.dtype == np.float64
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, origins)
    sd = mixture.covariance.standard_deviations.max()
    scale = np.abs(mixture.means).max() + 8.5 * sd * np.sqrt(d)
    np.testing.assert_allclose(x, want, rtol=0, atol=RELATIVE * scale)


def test_normals_are_exact_to_a_few_roundings(backend: Backend) -> None:
    """Assert a relative error below 2e-15 of every number, the smallest included."""
    mixture = Mixture(np.ones(1), np.zeros((1, 2)), Diagonal(np.ones((1, 2))))
    x, _ = draw(backend, mixture, 20_000)
    np.testing.assert_allclose(x.ravel(), normals(KEY, 0, 0, 40_000), rtol=2e-15)


def test_a_component_is_as_likely_as_its_weight(backend: Backend) -> None:
    """Assert that of ten thousand unequal components each is where its uniform number says."""
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.full(10_000, 0.3)) + 1e-12
    weights /= weights.sum()
    mixture = Mixture(weights, np.arange(10_000.0)[:, None], Diagonal(np.ones((10_000, 1))))
    _, labels = draw(backend, mixture, 5000)
    u = uniforms(KEY, 1, 0, 5000)
    upper = np.cumsum(mixture.weights)
    assert (u < upper[labels] + 1e-12).all()
    assert (u >= upper[labels] - mixture.weights[labels] - 1e-12).all()


@pytest.mark.parametrize(("n", "d"), [(150_001, 1), (60_007, 3), (9001, 16)])
def test_draws_do_not_depend_on_threads_or_on_how_many_are_drawn(
    backend: Backend, n: int, d: int
) -> None:
    """Assert that 1, 2 and 5 threads, and a shorter draw, give identical rows."""
    mixture = random_mixture(np.random.default_rng(2), 4, d)
    x, labels = draw(backend, mixture, n)
    for n_threads in (2, 5):
        again, origins = draw(backend, mixture, n, n_threads=n_threads)
        np.testing.assert_array_equal(again, x)
        np.testing.assert_array_equal(origins, labels)
    for fewer in (1, 17, n - 1001):
        first, origins = draw(backend, mixture, fewer)
        np.testing.assert_array_equal(first, x[:fewer])
        np.testing.assert_array_equal(origins, labels[:fewer])


def test_another_key_gives_other_rows(backend: Backend) -> None:
    """Assert that each bit of the key matters to rows and components."""
    mixture = random_mixture(np.random.default_rng(3), 3, 2)
    x, labels = draw(backend, mixture, 200)
    for bit in (0, 31, 32, 63):
        other, origins = draw(backend, mixture, 200, KEY ^ (1 << bit))
        assert (other != x).all()
        assert (origins != labels).any()


def test_the_tails_follow_the_normal_law(backend: Backend) -> None:
    """Assert by counts of 400 000 numbers beyond 1 … 4.5 sd, binomial to 1e-7, on both sides."""
    mixture = Mixture(np.ones(1), np.zeros((1, 4)), Diagonal(np.ones((1, 4))))
    x = draw(backend, mixture, 100_000)[0]
    for bound in (1.0, 2.0, 3.0, 4.0, 4.5):
        p = float(special.ndtr(-bound))
        for side in (x, -x):
            count = int((side > bound).sum())
            assert special.bdtrc(count - 1, x.size, p) > 1e-7 if count else True
            assert special.bdtr(count, x.size, p) > 1e-7
