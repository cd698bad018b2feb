"""One driver for every structure: what Mixture and EM ask of a covariance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drumlin.covariance import STRUCTURES, Full, Structure, Tied, structure_named
from drumlin.errors import InvalidMixtureError, InvalidParameterError
from tests.ingredients import STRUCTURE_NAMES, random_structure

SIZES = [(1, 1), (1, 3), (4, 1), (2, 2), (3, 3), (3, 4), (2, 9)]

# What a person writes for each structure, from the dense matrices.
WRITTEN = {
    "full": lambda dense: dense,
    "tied": lambda dense: dense[0],
    "diag": lambda dense: np.einsum("jaa->ja", dense),
    "spherical": lambda dense: dense[:, 0, 0],
}


@pytest.fixture(params=[(name, *size) for name in STRUCTURE_NAMES for size in SIZES], ids=str)
def structure(request: pytest.FixtureRequest) -> Structure:
    """Every structure in every size, with condition numbers up to 1e4."""
    name, k, d = request.param
    return random_structure(np.random.default_rng(k + 10 * d), name, k, d, condition=1e4)


def test_every_known_structure_is_driven() -> None:
    """Assert that a new structure cannot be forgotten here."""
    assert set(STRUCTURES) == set(STRUCTURE_NAMES)


def test_matrices_are_covariances_of_the_right_shape(structure: Structure) -> None:
    """Assert that Σ_j is (d, d), symmetric, positive definite, and has its structure's name."""
    dense = structure.matrices()
    assert dense.shape == (structure.n_components, structure.n_features, structure.n_features)
    np.testing.assert_array_equal(dense, dense.transpose(0, 2, 1))
    assert (np.linalg.eigvalsh(dense) > 0).all()
    assert structure_named(structure.name) is type(structure)


def test_log_determinants_are_those_of_the_matrices(structure: Structure) -> None:
    """Assert that log |Σ_j| is slogdet's, to κ ε with κ = 1e4."""
    sign, expected = np.linalg.slogdet(structure.matrices())
    assert (sign == 1).all()
    assert structure.log_determinants.shape == (structure.n_components,)
    np.testing.assert_allclose(structure.log_determinants, expected, rtol=0, atol=1e-11)


def test_whitening_makes_every_covariance_the_identity(structure: Structure) -> None:
    """Assert that P_j Σ_j P_jᵀ = I, to κ ε d with κ = 1e4."""
    k, d = structure.n_components, structure.n_features
    whitening = structure.whitening
    assert len(whitening) in (1, k)
    if whitening.ndim == 2:
        whitening = whitening[:, :, None] * np.eye(d)
    white = whitening @ structure.matrices() @ whitening.transpose(0, 2, 1)
    np.testing.assert_allclose(white, np.broadcast_to(np.eye(d), (k, d, d)), rtol=0, atol=1e-10)


def test_whitening_matrices_are_lower_triangular(structure: Structure) -> None:
    """Assert that nothing stands above the diagonal: backends read only the lower part."""
    if structure.whitening.ndim == 3:
        assert not np.triu(structure.whitening, 1).any()


def test_conditioning_is_how_much_whitening_magnifies_rounding(structure: Structure) -> None:
    """Assert max over rows of P_j of Σ_a |P_ja| sd_ja, which is 1 for independent columns."""
    dense = structure.matrices()
    sd = np.sqrt(np.einsum("jaa->ja", dense))
    whitening = structure.whitening
    if whitening.ndim == 2:
        assert structure.conditioning == 1.0
    else:
        magnified = np.einsum("jab,jb->ja", np.abs(whitening), sd)
        assert structure.conditioning == pytest.approx(magnified.max(), rel=1e-12)
        assert structure.conditioning >= 1.0 - 1e-12


def test_colouring_is_the_inverse_of_whitening(structure: Structure) -> None:
    """Assert L_j L_jᵀ = Σ_j, L_j lower triangular, and one factor wherever there is one P_j."""
    dense = structure.matrices()
    colouring = structure.colouring
    assert colouring.shape == structure.whitening.shape
    if colouring.ndim == 2:
        colouring = colouring[:, :, None] * np.eye(structure.n_features)
    assert not np.triu(colouring, 1).any()
    products = np.broadcast_to(colouring @ colouring.transpose(0, 2, 1), dense.shape)
    scale = dense.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(products / scale, dense / scale, rtol=0, atol=1e-13)


def test_take_chooses_and_orders_components(structure: Structure) -> None:
    """Assert that take is indexing of the dense matrices, with repetition and reordering."""
    last = structure.n_components - 1
    for index in ([last], [last, 0], list(range(structure.n_components))[::-1], [0, 0, last]):
        taken = structure.take(np.array(index))
        assert taken.n_components == len(index)
        assert taken.n_features == structure.n_features
        np.testing.assert_array_equal(taken.matrices(), structure.matrices()[index])
        np.testing.assert_array_equal(taken.log_determinants, structure.log_determinants[index])


def test_arrays_are_the_constructors_arguments(structure: Structure) -> None:
    """Assert that type(s)(**s.arrays()) is an equal value, and another value is not."""
    again = type(structure)(**structure.arrays())
    assert again == structure
    assert again is not structure
    changed: dict[str, Any] = {name: 2 * value for name, value in structure.arrays().items()}
    assert type(structure)(**changed) != structure
    with pytest.raises(TypeError, match="unhashable"):
        hash(structure)


def test_structures_of_different_kinds_are_never_equal() -> None:
    """Assert that a full and a tied covariance with equal matrices are different values."""
    dense = np.eye(2)[None]
    values = [
        structure_named(name).from_covariances(WRITTEN[name](dense), 1, 2)
        for name in STRUCTURE_NAMES
    ]
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            assert (one == other) is (i == j)
    assert values[0] != "full"


def test_what_a_person_writes_comes_back(structure: Structure) -> None:
    """Assert that from_covariances of the dense matrices gives the same covariances."""
    k, d = structure.n_components, structure.n_features
    dense = structure.matrices()
    again = type(structure).from_covariances(WRITTEN[structure.name](dense), k, d)
    # one Cholesky factorisation and one product: d + 1 roundings of entries below max |Σ|
    np.testing.assert_allclose(again.matrices(), dense, rtol=0, atol=1e-14 * d * dense.max())


@pytest.mark.parametrize("name", STRUCTURE_NAMES)
def test_a_wrong_shape_is_named(name: str) -> None:
    """Assert that the message says which shape was expected and which was given."""
    wrong = np.ones((5, 2, 7))
    with pytest.raises(InvalidMixtureError, match=r"shape .* not \(5, 2, 7\)"):
        structure_named(name).from_covariances(wrong, 5, 3)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
def test_a_bad_covariance_is_refused_and_its_component_named(name: str, bad: float) -> None:
    """Assert that component 2 of 4 is named when its variance is no variance."""
    dense = np.stack([np.eye(2)] * 4)
    dense[2, 0, 0] = bad
    with pytest.raises(InvalidMixtureError, match="component 2"):
        structure_named(name).from_covariances(WRITTEN[name](dense), 4, 2)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_bad_tied_covariance_is_refused(bad: float) -> None:
    """Assert that the one shared matrix is named as all components'."""
    dense = np.diag([1.0, bad])
    with pytest.raises(InvalidMixtureError, match="all components"):
        structure_named("tied").from_covariances(dense, 4, 2)


def test_a_matrix_that_is_not_symmetric_or_definite_is_refused() -> None:
    """Assert that asymmetry and a negative eigenvalue are told apart, with the component."""
    full = structure_named("full")
    good = np.eye(2)
    with pytest.raises(InvalidMixtureError, match="component 1 is not symmetric"):
        full.from_covariances(np.stack([good, [[1.0, 0.5], [0.4, 1.0]]]), 2, 2)
    with pytest.raises(
        InvalidMixtureError,
        match=r"component 1 is not positive definite \(smallest eigenvalue -1\)",
    ):
        full.from_covariances(np.stack([good, [[1.0, 2.0], [2.0, 1.0]]]), 2, 2)


def test_factors_that_are_no_factors_are_refused() -> None:
    """Assert that a hand-made factor with a negative diagonal is refused by component."""
    with pytest.raises(InvalidMixtureError, match="component 1"):
        Full(np.stack([np.eye(2), -np.eye(2)]))
    with pytest.raises(InvalidMixtureError, match="not positive definite"):
        Tied(-np.eye(2), 2)


def test_an_unknown_structure_lists_the_known_ones() -> None:
    """Assert that the message is a remedy."""
    with pytest.raises(InvalidParameterError, match="full, tied, diag, spherical"):
        structure_named("cubic")


def test_a_nearly_singular_factor_keeps_its_small_eigenvalue() -> None:
    """Assert that log |Σ| is exact at condition 1e24, where the dense matrix is singular."""
    factor = np.array([[1.0, 0.0], [1.0, 1e-12]])
    full = Full(factor[None])
    np.testing.assert_allclose(full.log_determinants, [2 * np.log(1e-12)], rtol=1e-15)
    # L⁻¹ of [[1, 0], [1, s]] is [[1, 0], [−1/s, 1/s]]
    inverse = np.array([[1.0, 0.0], [-1e12, 1e12]])
    np.testing.assert_allclose(full.whitening[0], inverse, rtol=1e-15)


def near(structure: Structure, size: float) -> Structure:
    """A structure of the same kind whose covariances differ by about this fraction."""
    k, d = structure.n_components, structure.n_features
    other = random_structure(np.random.default_rng(3), structure.name, k, d, condition=4.0)
    numbers = structure.relative_to(structure)
    moved = structure.moved_to(numbers + size * (other.relative_to(structure) - numbers))
    assert moved is not None
    return moved


def test_numbers_seen_from_a_reference_are_the_covariances(structure: Structure) -> None:
    """Assert that moved_to undoes relative_to, to κ ε with κ = 1e4."""
    other = near(structure, 0.5)
    numbers = other.relative_to(structure)
    assert numbers.shape[0] in (1, structure.n_components)
    again = structure.moved_to(numbers)
    assert again is not None
    assert type(again) is type(structure)
    scale = np.abs(other.matrices()).max()
    np.testing.assert_allclose(again.matrices(), other.matrices(), rtol=0, atol=1e-11 * scale)


def test_half_a_squared_length_is_a_divergence(structure: Structure) -> None:
    """Assert ½ ‖row − row of the reference‖² against KL(N(0, Σ') ‖ N(0, Σ)) of a small change."""
    other = near(structure, 1e-3)
    rows = other.relative_to(structure) - structure.relative_to(structure)
    ratio = np.linalg.solve(structure.matrices(), other.matrices())
    excess = ratio - np.eye(structure.n_features)
    # KL = ½ (tr E − log |I + E|) = ¼ tr E² − ⅙ tr E³ + …, without cancellation
    squares, cubes = (np.einsum("jaa->j", np.linalg.matrix_power(excess, p)) for p in (2, 3))
    expected = np.broadcast_to(squares / 4 - cubes / 6, structure.n_components)
    got = np.broadcast_to(0.5 * (rows**2).sum(axis=1), structure.n_components)
    np.testing.assert_allclose(got, expected, rtol=0.05)


@pytest.mark.parametrize("name", STRUCTURE_NAMES)
def test_numbers_beyond_all_covariances_make_none(name: str) -> None:
    """Assert None for matrices that are not positive definite and variances that overflow."""
    structure = random_structure(np.random.default_rng(2), name, 2, 2)
    numbers = structure.relative_to(structure)
    whitened = structure.whitening.ndim == 3
    assert structure.moved_to(-numbers if whitened else numbers + 1e4) is None
