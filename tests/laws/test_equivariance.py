"""A fit moves with the data: x -> A x + b for the families and the A that allow it (from equal
starts), and the search of `drumlin.fit` does not depend on the units of the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.em import Iteration, iterates
from drumlin.mixture import Mixture
from tests.ingredients import problem_of, random_mixture, start_of

Maker = Callable[[np.random.Generator, int, float], Array]
SEEDS = st.integers(0, 2**32 - 1)
EPSILON = float(np.finfo(np.float64).eps)
PASSES = 5

AMPLIFIED = 500.0
"""Five passes over 90 rows multiply the rounding of one row by the overlap of the components;
at most 100 was seen in 480 random cases."""


def any_matrix(rng: np.random.Generator, d: int, condition: float) -> Array:
    """U diag(1 … √condition) V with random rotations."""
    u, v = (np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(2))
    sizes: Array = np.geomspace(1.0, condition, d)
    return u @ (sizes[:, None] * v)


def scales(rng: np.random.Generator, d: int, condition: float) -> Array:
    """A diagonal matrix with entries of both signs."""
    return np.diag(rng.permutation(np.geomspace(1.0, condition, d)) * rng.choice([-1.0, 1.0], d))


def turned(rng: np.random.Generator, d: int, condition: float) -> Array:
    """One scale times a rotation or reflection."""
    return condition * np.linalg.qr(rng.normal(size=(d, d)))[0]


# What each family is equivariant under.
ALLOWED: list[tuple[str, Maker]] = [
    *((family, any_matrix) for family in ("full", "tied", "VEE", "EVV")),
    *((family, scales) for family in ("diag", "EEI", "VEI", "EVI")),
    *((family, turned) for family in ("spherical", "EII", "EEV", "VEV", "EVE", "VVE")),
]
each_family = pytest.mark.parametrize(
    ("family", "maker"), ALLOWED, ids=[f"{family} {m.__name__}" for family, m in ALLOWED]
)


def world(rng: np.random.Generator, d: int) -> tuple[Array, Array]:
    """Three clusters that overlap, and a start from labels that are half wrong."""
    x, z = random_mixture(rng, 3, d).sample(90, rng)
    labels = np.where(rng.random(90) < 0.5, z, np.arange(90) % 3)
    labels[:3] = np.arange(3)
    return x, labels


def after_passes(x: Array, labels: Array, family: str) -> Iteration:
    """Five passes from labels."""
    problem = problem_of(x, family, backend=resolve())
    return next(islice(iterates(start_of(problem, labels, 3), problem), PASSES, None))


def assert_moved(x: Array, labels: Array, family: str, a: Array, b: Array) -> None:
    """Assert that rows keep their log-density but for log |det A|, to ε (κ² + ‖b‖/σ_min) each.

    κ and σ_min are those of A with rows of length one: units of columns cost no accuracy.
    """
    moved = x @ a.T + b
    one, two = after_passes(x, labels, family), after_passes(moved, labels, family)
    length = np.linalg.norm(a, axis=1)
    singular = np.linalg.svd(a / length[:, None], compute_uv=False)
    condition = singular[0] / singular[-1]
    per_row = EPSILON * (condition**2 + np.abs(b / length).max() / singular[-1])
    tolerance = AMPLIFIED * per_row
    assert tolerance < 0.5  # a tolerance that allows all tests nothing
    log_volume = np.log(singular).sum() + np.log(length).sum()
    densities = one.mixture.log_density(x) - log_volume
    assert np.abs(two.mixture.log_density(moved) - densities).max() <= tolerance
    responsibilities = two.mixture.responsibilities(moved) - one.mixture.responsibilities(x)
    assert np.abs(responsibilities).max() <= tolerance
    assert abs(two.log_likelihood - one.log_likelihood + len(x) * log_volume) <= 90 * tolerance


@each_family
@settings(max_examples=8)
@given(seed=SEEDS, d=st.integers(1, 4))
def test_a_fit_moves_with_the_data(family: str, maker: Maker, seed: int, d: int) -> None:
    """Assert equivariance for ordinary matrices and offsets."""
    rng = np.random.default_rng(seed)
    x, labels = world(rng, d)
    assert_moved(x, labels, family, maker(rng, d, 30.0), 10.0 * rng.normal(size=d))


@each_family
def test_a_fit_moves_with_data_of_ill_condition(family: str, maker: Maker) -> None:
    """Assert equivariance for condition 1e6, which costs nothing where A is diagonal or turns."""
    rng = np.random.default_rng(17)
    x, labels = world(rng, 3)
    assert_moved(x, labels, family, maker(rng, 3, 1e6), np.zeros(3))


@each_family
def test_a_fit_moves_with_data_far_away(family: str, maker: Maker) -> None:
    """Assert equivariance for an offset of 1e6 standard deviations."""
    rng = np.random.default_rng(18)
    x, labels = world(rng, 3)
    assert_moved(x, labels, family, maker(rng, 3, 2.0), np.full(3, 1e6))


def test_a_family_is_not_equivariant_under_more_than_it_allows() -> None:
    """Assert, as a control, that diag does not follow a rotation, nor spherical a scaling."""
    rng = np.random.default_rng(19)
    x, labels = world(rng, 3)
    with pytest.raises(AssertionError):
        assert_moved(x, labels, "diag", turned(rng, 3, 1.0), np.zeros(3))
    with pytest.raises(AssertionError):
        assert_moved(x, labels, "spherical", scales(rng, 3, 30.0), np.zeros(3))


UNITS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "full": lambda rng, d: np.diag(10.0 ** rng.choice([-6.0, 6.0], d)),
    "tied": lambda rng, d: np.diag(10.0 ** rng.choice([-6.0, 6.0], d)),
    "diag": lambda rng, d: np.diag(10.0 ** rng.choice([-6.0, 6.0], d)),
    "spherical": lambda rng, d: turned(rng, d, 1e-6),
}


@pytest.mark.parametrize("data", ["faithful", "iris", "banknote"])
@pytest.mark.parametrize("family", list(UNITS))
def test_the_units_of_the_columns_do_not_change_the_answer(
    family: str, data: str, request: pytest.FixtureRequest
) -> None:
    """Assert that `fit` finds the same partition after columns are rescaled by 1e±6."""
    x: Array = request.getfixturevalue(data)
    a = UNITS[family](np.random.default_rng(len(data)), x.shape[1])
    one = drumlin.fit(x, 3, family, rng=4)
    two = drumlin.fit(x @ a.T, 3, family, rng=4)
    np.testing.assert_array_equal(two.mixture.labels(x @ a.T), one.mixture.labels(x))
    shift = len(x) * np.log(abs(np.linalg.det(a)))
    # runs stop within 1e-3 nats of the same limit, on the same path but for rounding
    assert two.log_likelihood + shift == pytest.approx(one.log_likelihood, abs=2e-3)


def test_starts_live_in_the_whitened_frame() -> None:
    """Assert that a full shear of the data leaves the found partition alone."""
    truth = Mixture.from_arrays([0.5, 0.5], [[0.0, 0.0, 0.0], [6.0, 0.0, 0.0]], np.eye(3), "tied")
    x, _ = truth.sample(300, 5)
    shear = np.array([[1.0, 0.0, 0.0], [40.0, 1.0, 0.0], [-7.0, 90.0, 1.0]])
    labels = drumlin.fit(x, 2, rng=0).mixture.labels(x)
    sheared = x @ shear.T
    np.testing.assert_array_equal(drumlin.fit(sheared, 2, rng=0).mixture.labels(sheared), labels)
