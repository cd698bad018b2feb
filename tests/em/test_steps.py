"""expect, maximise, iterates: one M-step is the maximum of Q, and every record is consistent."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend, ReferenceBackend
from drumlin.em import as_given, expect, iterates, maximise, unhealthy
from drumlin.em.constraints import SMALLEST_WEIGHT
from drumlin.moments import Form, Moments
from tests.ingredients import FAMILY_NAMES, problem_of, random_mixture, start_of


def complete(mixture: Mixture, x: Array, w: Array) -> float:
    """Q(θ) = Σ_ij w_j⁽ⁱ⁾ (log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j))."""
    return float((w * mixture.log_joint(x, backend="reference")).sum())


def softmax(a: Array) -> Array:
    """Rows that sum to one."""
    size = np.exp(a - a.max(axis=1, keepdims=True))
    share: Array = size / size.sum(axis=1, keepdims=True)
    return share


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_an_m_step_is_the_maximum_of_q(family: str) -> None:
    """Assert that any other weights, means or scale of Σ lower Q."""
    rng = np.random.default_rng(1)
    mixture = random_mixture(rng, 3, 2, family)
    x = mixture.sample(200, rng)[0]
    problem = problem_of(x, family)
    w = mixture.responsibilities(x, backend="reference")
    best = maximise(expect(mixture, problem), problem).mixture
    top = complete(best, x, w)
    assert top > complete(mixture, x, w)
    for size in (1e-3, 0.1):
        for _ in range(5):
            weights = best.weights * np.exp(size * rng.normal(size=3))
            moved = best.means + size * rng.normal(size=(3, 2))
            for other in (
                Mixture(weights / weights.sum(), best.means, best.covariance),
                Mixture(best.weights, moved, best.covariance),
            ):
                assert complete(other, x, w) < top


def test_an_e_step_is_the_formulas(backend: Backend) -> None:
    """Assert mass, shift and scatter against sums over rows written out."""
    rng = np.random.default_rng(2)
    mixture = random_mixture(rng, 3, 2)
    x = mixture.sample(70, rng)[0]
    s = rng.uniform(0.0, 2.0, size=70)
    problem = problem_of(x, "full", sample_weight=s, backend=backend, chunk_rows=30)
    moments = expect(mixture, problem)
    joint = mixture.log_joint(x, backend="reference")
    w = softmax(joint) * s[:, None]
    deviations = x[:, None, :] - mixture.means
    assert moments.count == pytest.approx(s.sum(), rel=1e-14)
    assert moments.log_likelihood == pytest.approx(
        (s * np.logaddexp.reduce(joint, axis=1)).sum(), rel=1e-13
    )
    np.testing.assert_allclose(moments.mass, w.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        moments.shift, np.einsum("ij,ija->ja", w, deviations), rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(
        moments.scatter,
        np.einsum("ij,ija,ijb->jab", w, deviations, deviations),
        rtol=1e-12,
        atol=1e-11,
    )


def test_a_known_row_belongs_to_its_component_alone(backend: Backend) -> None:
    """Assert one-hot responsibilities for known labels, and ℓ = Σ log φ_z N(x; μ_z, Σ_z)."""
    rng = np.random.default_rng(3)
    mixture = random_mixture(rng, 3, 2)
    x, z = mixture.sample(60, rng)
    moments = expect(mixture, problem_of(x, "full", labels=z, backend=backend))
    np.testing.assert_allclose(moments.mass, np.bincount(z, minlength=3), rtol=0, atol=0)
    joint = mixture.log_joint(x, backend="reference")[np.arange(60), z]
    assert moments.log_likelihood == pytest.approx(joint.sum(), rel=1e-13)


def test_the_form_follows_the_family_unless_asked() -> None:
    """Assert that the diagonal families ask for the diagonal, and that form= overrides it."""
    rng = np.random.default_rng(4)
    mixture = random_mixture(rng, 2, 3)
    problem = problem_of(mixture.sample(30, rng)[0], "diag")
    assert expect(mixture, problem).form is Form.DIAGONAL
    assert expect(mixture, problem, Form.FULL).form is Form.FULL


def test_the_m_step_of_full_moments_is_that_of_their_diagonal() -> None:
    """Assert that a family that needs less takes less."""
    rng = np.random.default_rng(5)
    mixture = random_mixture(rng, 2, 3)
    problem = problem_of(mixture.sample(50, rng)[0], "diag")
    full = maximise(expect(mixture, problem, Form.FULL), problem)
    less = maximise(expect(mixture, problem), problem)
    np.testing.assert_allclose(
        full.mixture.covariance.matrices(), less.mixture.covariance.matrices(), rtol=1e-13
    )


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_iteration_carries_the_likelihood_of_its_own_mixture(
    backend: Backend, family: str
) -> None:
    """Assert that ℓ, mass and index belong to the mixture beside them, in every pass."""
    rng = np.random.default_rng(6)
    x, z = random_mixture(rng, 2, 2).sample(80, rng)
    problem = problem_of(x, family, backend=backend)
    for index, iteration in enumerate(islice(iterates(start_of(problem, z, 2), problem), 5)):
        assert iteration.index == index
        density = iteration.mixture.log_density(x)
        assert iteration.log_likelihood == pytest.approx(density.sum(), rel=1e-13)
        w = iteration.mixture.responsibilities(x)
        np.testing.assert_allclose(iteration.mass, w.sum(axis=0), rtol=1e-12)
        assert iteration.healthy
        assert not iteration.on_floor.any()


def test_iterates_is_expect_and_maximise_in_turn() -> None:
    """Assert that the generator does nothing else."""
    rng = np.random.default_rng(7)
    mixture = random_mixture(rng, 2, 2)
    problem = problem_of(mixture.sample(40, rng)[0], "tied")
    first, second = islice(iterates(as_given(mixture), problem), 2)
    step = maximise(expect(first.mixture, problem), problem)
    assert first.mixture is mixture
    assert second.mixture == step.mixture


def test_names_of_columns_travel_with_the_mixture() -> None:
    """Assert that an iteration keeps the feature names of its start."""
    rng = np.random.default_rng(8)
    plain = random_mixture(rng, 2, 2)
    named = Mixture(plain.weights, plain.means, plain.covariance, feature_names=("length", "wait"))
    problem = problem_of(plain.sample(40, rng)[0], "full")
    last = next(islice(iterates(as_given(named), problem), 3, None))
    assert last.mixture.feature_names == ("length", "wait")


def test_an_empty_component_stays_where_it_is() -> None:
    """Assert that mass zero keeps the mean, a weight whose logarithm exists, and poor health."""
    x = np.random.default_rng(9).normal(size=(50, 2))
    problem = problem_of(x, "full")
    moments = Moments(
        0.0, 50.0, np.array([50.0, 0.0]), np.zeros((2, 2)),
        np.stack([x.T @ x, np.zeros((2, 2))]), np.array([[0.0, 0.0], [7.0, 8.0]]),
    )  # fmt: skip
    step = maximise(moments, problem)
    np.testing.assert_array_equal(step.mixture.means[1], [7.0, 8.0])
    assert step.mixture.weights[1] == pytest.approx(SMALLEST_WEIGHT, rel=1e-9)
    np.testing.assert_array_equal(step.on_floor, [False, True])
    assert unhealthy(moments.mass, step.on_floor, problem.family, 2).any()
    assert np.isfinite(step.mixture.log_density(x)).all()


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_health_is_mass_and_distance_from_the_floor(family: str) -> None:
    """Assert that one component just below the family's mass, or on the floor, is enough."""
    rule = problem_of(np.random.default_rng(0).normal(size=(9, 3)), family).family
    least = rule.minimum_mass(3)
    off, on = np.zeros(2, dtype=bool), np.array([False, True])
    assert not unhealthy(np.array([50.0, float(least)]), off, rule, 3).any()
    assert unhealthy(np.array([50.0, least - 1e-6]), off, rule, 3).any()
    assert unhealthy(np.array([50.0, 50.0]), on, rule, 3).any()


def test_a_reference_pass_over_many_blocks_is_one_over_few() -> None:
    """Assert that 3000 rows, three blocks of the reference, are the sum of 30 calls."""
    rng = np.random.default_rng(10)
    mixture = random_mixture(rng, 2, 2)
    x = mixture.sample(3000, rng)[0]
    options = {"sample_weight": None, "labels": None, "n_threads": 1}
    whole = ReferenceBackend().expect(mixture, x, form=Form.FULL, **options)  # type: ignore[arg-type]
    parts = [
        ReferenceBackend().expect(mixture, rows, form=Form.FULL, **options)  # type: ignore[arg-type]
        for rows in np.split(x, 30)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    np.testing.assert_allclose(total.scatter, whole.scatter, rtol=1e-11, atol=1e-10)
    assert total.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-13)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_what_an_iteration_holds_cannot_be_written_to(family: str) -> None:
    """Assert that mixtures made by an M-step are frozen, their arrays too."""
    rng = np.random.default_rng(12)
    x, labels = random_mixture(rng, 2, 2).sample(60, rng)
    problem = problem_of(x, family)
    mixture = start_of(problem, labels, 2).mixture
    arrays = [mixture.weights, mixture.means, *mixture.covariance.arrays().values()]
    assert not any(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))


@pytest.mark.parametrize(("stretch", "exact"), [(1.0, False), (1e4, True)])
def test_moments_of_stretched_components_are_exact_in_float32_too(
    backend: Backend, stretch: float, exact: bool
) -> None:
    """Assert the scatter of float32 rows as by float64, where its small variances need that."""
    rng = np.random.default_rng(8)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0] * [stretch, 1.0, 1.0]
    x = (rng.normal(size=(3000, 3)) @ turn.T).astype(np.float32)
    mixture = Mixture.from_arrays([0.4, 0.6], np.zeros((2, 3)), np.stack([turn @ turn.T] * 2))
    single, double = (
        expect(mixture, problem_of(rows, "full", backend=backend)).scatter
        for rows in (x, x.astype(np.float64))
    )
    error = np.abs(single - double).max() / np.abs(double).max()
    assert (error < 1e-13) == (exact or backend.name == "reference")
