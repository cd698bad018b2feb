"""Mixture is a value: it exists without a fit, checks itself once, and is never changed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from drumlin import Mixture
from drumlin.covariance import Full
from drumlin.errors import InvalidDataError, InvalidMixtureError, InvalidParameterError
from tests.ingredients import STRUCTURE_NAMES, random_mixture

EYES = [np.eye(2), np.eye(2)]


@pytest.fixture(params=STRUCTURE_NAMES)
def mixture(request: pytest.FixtureRequest) -> Mixture:
    """Three components in the plane, in every structure."""
    return random_mixture(np.random.default_rng(0), 3, 2, request.param)


def test_a_mixture_is_frozen(mixture: Mixture) -> None:
    """Assert that neither its fields nor the numbers in them can be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        mixture.weights = np.ones(3) / 3  # type: ignore[misc]
    for numbers in (mixture.weights, mixture.means):
        with pytest.raises(ValueError, match="read-only"):
            numbers[0] = 0.0


def test_a_mixture_keeps_no_hold_on_what_it_was_made_of() -> None:
    """Assert that changing the caller's arrays afterwards changes nothing."""
    weights, means = np.array([0.5, 0.5]), np.zeros((2, 2))
    mixture = Mixture(weights, means, Full.from_matrices(np.array(EYES)))
    weights[:], means[:] = 9.0, 9.0
    np.testing.assert_array_equal(mixture.weights, 0.5)
    np.testing.assert_array_equal(mixture.means, 0.0)


def test_equality_is_of_all_numbers_and_names(mixture: Mixture) -> None:
    """Assert that an equal copy is equal and any other number or name is not."""
    again = Mixture(mixture.weights.copy(), mixture.means.copy(), mixture.covariance)
    assert again == mixture
    other = mixture.means.copy()
    other[2, 1] = np.nextafter(other[2, 1], 9.0)
    assert Mixture(mixture.weights, other, mixture.covariance) != mixture
    assert Mixture(mixture.weights[::-1], mixture.means, mixture.covariance) != mixture
    named = Mixture(mixture.weights, mixture.means, mixture.covariance, feature_names=("a", "b"))
    assert named != mixture
    assert mixture != "mixture"
    with pytest.raises(TypeError, match="unhashable"):
        hash(mixture)


def test_one_dimension_needs_no_extra_brackets() -> None:
    """Assert that (k,) means and variances make a (k, 1) mixture, in every structure."""
    for structure, spread in [
        ("full", [1.0, 4.0]),
        ("diag", [1.0, 4.0]),
        ("spherical", [1.0, 4.0]),
    ]:
        mixture = Mixture.from_arrays([0.25, 0.75], [0.0, 5.0], spread, structure)
        assert mixture.means.shape == (2, 1)
        np.testing.assert_array_equal(mixture.covariance.matrices()[:, 0, 0], [1.0, 4.0])
        assert mixture.log_joint([0.0, 1.0, 2.0]).shape == (3, 2)
    tied = Mixture.from_arrays([0.25, 0.75], [0.0, 5.0], 4.0, "tied")
    np.testing.assert_array_equal(tied.covariance.matrices()[:, 0, 0], [4.0, 4.0])


def test_mean_and_total_covariance_are_those_of_the_whole() -> None:
    """Assert the laws of total expectation and covariance on numbers one can do by hand."""
    mixture = Mixture.from_arrays([0.5, 0.5], [[-3.0, 0.0], [3.0, 2.0]], EYES)
    np.testing.assert_allclose(mixture.mean(), [0.0, 1.0], atol=1e-15)
    np.testing.assert_allclose(mixture.total_covariance(), [[10.0, 3.0], [3.0, 2.0]], rtol=1e-14)


def test_take_reorders_and_rescales(mixture: Mixture) -> None:
    """Assert that a sub-mixture has the chosen components, with weights that sum to 1."""
    part = mixture.take(np.array([2, 0]))
    np.testing.assert_allclose(
        part.weights, mixture.weights[[2, 0]] / mixture.weights[[2, 0]].sum(), rtol=1e-15
    )
    np.testing.assert_array_equal(part.means, mixture.means[[2, 0]])
    np.testing.assert_array_equal(part.covariance.matrices(), mixture.covariance.matrices()[[2, 0]])
    x = mixture.sample(20, 0)[0]
    order = np.array([1, 2, 0])
    np.testing.assert_allclose(
        mixture.take(order).log_joint(x), mixture.log_joint(x)[:, order], rtol=1e-12
    )


BAD: list[tuple[tuple[Any, ...], str]] = [
    (([0.5, 0.6], np.zeros((2, 2)), EYES), r"weights sum to 1\.1"),
    (([1.0, 0.0], np.zeros((2, 2)), EYES), "weight of component 1 is 0"),
    (([1.5, -0.5], np.zeros((2, 2)), EYES), "weight of component 1 is -0.5"),
    (([0.5, np.nan], np.zeros((2, 2)), EYES), "weight of component 1 is nan"),
    (([1.0], np.zeros((2, 2)), EYES), r"weights must have shape \(2,\).* not \(1,\)"),
    (([0.5, 0.5], [[0.0, 0.0], [0.0, np.inf]], EYES), "mean of component 1 is not finite"),
    (([0.5, 0.5], np.zeros((2, 2, 2)), EYES), r"means must have shape \(k, d\)"),
    (([], np.zeros((0, 2)), np.zeros((0, 2, 2))), r"means must have shape \(k, d\)"),
    (([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), -np.eye(2)]), "component 1 is not positive"),
    (([0.5, 0.5], np.zeros((2, 2)), np.eye(2)), r"must have shape \(k, d, d\) = \(2, 2, 2\)"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_no_mixture_is_refused_by_component(
    arguments: tuple[Any, ...], message: str
) -> None:
    """Assert that the message names component and value."""
    with pytest.raises(InvalidMixtureError, match=message):
        Mixture.from_arrays(*arguments)


def test_a_covariance_of_another_size_is_refused() -> None:
    """Assert that structure and means must agree in k and d."""
    with pytest.raises(InvalidMixtureError, match="covariance is for 3 components in 1"):
        Mixture(np.array([0.5, 0.5]), np.zeros((2, 2)), Full(np.ones((3, 1, 1))))


def test_names_must_be_one_per_column_and_different() -> None:
    """Assert that a wrong number of names, or one name twice, is refused."""
    for names in (["a"], ["a", "a"], ["a", "b", "c"]):
        with pytest.raises(InvalidMixtureError, match="for 2 columns"):
            Mixture.from_arrays([0.5, 0.5], np.zeros((2, 2)), EYES, feature_names=names)


def test_an_unknown_structure_is_refused() -> None:
    """Assert that the known ones are listed."""
    with pytest.raises(InvalidParameterError, match="full, tied, diag, spherical"):
        Mixture.from_arrays([1.0], [[0.0]], [[1.0]], "round")


def test_rows_of_another_width_are_refused(mixture: Mixture) -> None:
    """Assert that every evaluation names both numbers of columns."""
    for evaluate in (mixture.log_density, mixture.responsibilities, mixture.labels):
        with pytest.raises(InvalidDataError, match="x has 3 columns, the mixture 2"):
            evaluate(np.zeros((4, 3)))
        with pytest.raises(InvalidDataError, match=r"row 1, column 0 is missing"):
            evaluate([[0.0, 0.0], [np.nan, 0.0]])


def test_a_repr_tells_the_numbers_and_stays_short() -> None:
    """Assert that weight, mean and sd are shown, and forty components do not fill the screen."""
    shown = repr(Mixture.from_arrays([0.25, 0.75], [1.0, 2.0], [4.0, 9.0]))
    assert "Mixture of 2 in 1 dimension, full covariance" in shown
    assert "weight 0.25, mean [1], sd [2]" in shown
    many = random_mixture(np.random.default_rng(0), 40, 9)
    assert len(repr(many).splitlines()) == 12
    assert "and 30 more" in repr(many)
    assert "..." in repr(many)


def test_a_weight_sum_that_is_nearly_one_is_made_one() -> None:
    """Assert that 1e-10 too much is rescaled, and exact weights stay bit for bit."""
    loose = Mixture.from_arrays([0.5, 0.5 + 1e-10], [0.0, 1.0], [1.0, 1.0])
    assert loose.weights.sum() == pytest.approx(1.0, abs=1e-15)
    exact = np.array([0.1, 0.2, 0.7])
    kept = Mixture.from_arrays(exact, [0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(kept.weights, exact)


def test_arrays_of_text_are_refused_by_name() -> None:
    """Assert that from_arrays names the argument that is no array of numbers."""
    with pytest.raises(InvalidMixtureError, match="weights must be an array of numbers"):
        Mixture.from_arrays(["a", "b"], [0.0, 1.0], [1.0, 1.0])
    with pytest.raises(InvalidMixtureError, match="means must be an array of numbers"):
        Mixture.from_arrays([0.5, 0.5], [[0.0], [1.0, 2.0]], [1.0, 1.0])
