"""Data with too little in them: repeated rows, constant columns, few rows, ties."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import drumlin
from drumlin.covariance import family_named
from drumlin.errors import DataWarning, DrumlinWarning, NotConvergedWarning, UnhealthyFitWarning
from drumlin.moments import Form
from tests.hostile.ingredients import assert_usable, variances
from tests.ingredients import restricted

Clusters = tuple[np.ndarray, np.ndarray]


def fit_quietly(x: np.ndarray, n_components: int, family: str, **options: object) -> drumlin.Fit:
    """A fit whose own warnings (and no other) are allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        return drumlin.fit(x, n_components, family, rng=0, **options)  # type: ignore[arg-type]


def test_a_spike_on_repeated_rows_does_not_win(two_clusters: Clusters, family: str) -> None:
    """Assert that with half of the data one point the answer is a healthy fit, not a spike."""
    x, _ = two_clusters
    x = np.concatenate([x, np.tile([4.0, 5.0], (len(x), 1))])
    fitted = fit_quietly(x, 3, family)
    assert_usable(fitted, x)
    assert fitted.healthy
    assert variances(fitted.mixture).min() > 1e-3


def test_a_spike_that_is_asked_for_is_kept(two_clusters: Clusters) -> None:
    """Assert that started at the point itself, half of the weight stays there, on the floor."""
    x, labels = two_clusters
    x = np.concatenate([x, np.tile([4.0, 5.0], (len(x), 1))])
    fitted = fit_quietly(x, 3, "full", starts=np.concatenate([labels, np.full(len(x) // 2, 2)]))
    assert_usable(fitted, x)
    assert not fitted.healthy
    assert fitted.mixture.weights[2] == pytest.approx(0.5, abs=1e-3)


def test_duplicated_rows_are_counts(two_clusters: Clusters, family: str) -> None:
    """Assert that each row three times over gives the same mixture as each once."""
    x, labels = two_clusters
    once = drumlin.fit(x, 2, family, starts=labels)
    thrice = drumlin.fit(np.repeat(x, 3, axis=0), 2, family, starts=np.repeat(labels, 3))
    np.testing.assert_allclose(thrice.mixture.means, once.mixture.means, rtol=1e-9)
    np.testing.assert_allclose(variances(thrice.mixture), variances(once.mixture), rtol=1e-9)


def test_a_constant_column_changes_nothing_else(two_clusters: Clusters, family: str) -> None:
    """Assert that a constant column is reported, and that the other columns fit as without it."""
    x, labels = two_clusters
    plain = drumlin.fit(x, 2, family, rng=0, starts=3)
    for value in (0.0, 7.0, -1e9):
        wide = np.column_stack([x, np.full(len(x), value)])
        fitted = drumlin.fit(wide, 2, family, rng=0, starts=3)
        assert_usable(fitted, wide)
        assert fitted.healthy
        assert any("column x3" in note for note in fitted.notes)
        np.testing.assert_array_equal(fitted.mixture.labels(wide), labels)
        np.testing.assert_allclose(fitted.mixture.means[:, 2], value, atol=1e-6)
        if family not in ("full", "tied", "diag", "EEI"):
            continue  # there volume or shape is of all columns
        np.testing.assert_allclose(fitted.mixture.means[:, :2], plain.mixture.means, rtol=1e-7)
        np.testing.assert_allclose(
            variances(fitted.mixture)[:, :2], variances(plain.mixture), rtol=1e-7
        )


def test_all_columns_constant(family: str) -> None:
    """Assert that one Gaussian fits data that are one point, far from zero or at it."""
    for value in (0.0, 3.0, -1e8):
        x = np.full((20, 2), value)
        fitted = fit_quietly(x, 1, family)
        assert_usable(fitted, x)
        np.testing.assert_array_equal(fitted.mixture.means, [[value, value]])


def test_duplicate_columns(two_clusters: Clusters, family: str) -> None:
    """Assert that a column given twice leaves the partition as it was."""
    x, labels = two_clusters
    wide = np.column_stack([x, x[:, 0]])
    fitted = fit_quietly(wide, 2, family)
    assert_usable(fitted, wide)
    reported = any("linearly dependent (1 direction " in note for note in fitted.notes)
    by_column = family_named(family, 3).form is Form.DIAGONAL
    assert reported != by_column
    assert not any("dependent" in note for note in fit_quietly(x, 2, family, starts=1).notes)
    np.testing.assert_array_equal(fitted.mixture.labels(wide), labels)


def test_columns_that_sum_to_one(family: str) -> None:
    """Assert that compositions (rows that sum to one) find their two groups."""
    rng = np.random.default_rng(6)
    labels = np.repeat([0, 1], [150, 100])
    x = np.concatenate([rng.dirichlet([40, 20, 10], 150), rng.dirichlet([10, 20, 40], 100)])
    fitted = fit_quietly(x, 2, family)
    assert_usable(fitted, x)
    assert (fitted.mixture.labels(x) == labels).mean() > 0.98


def test_as_many_components_as_rows(family: str) -> None:
    """Assert that n = k gives a usable mixture, and says that it is not a healthy one."""
    x = np.random.default_rng(7).normal(size=(6, 2))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fitted = drumlin.fit(x, 6, family, rng=0)
    assert_usable(fitted, x)
    kinds = {warning.category for warning in seen}
    assert DataWarning in kinds
    assert kinds <= {DataWarning, UnhealthyFitWarning, NotConvergedWarning}
    assert fitted.healthy == (UnhealthyFitWarning not in kinds)


@pytest.mark.parametrize("n_components", [1, 2])
def test_fewer_rows_than_columns(family: str, n_components: int) -> None:
    """Assert that n < d gives a usable mixture and a warning that counts what is there."""
    x = np.random.default_rng(8).normal(size=(6, 10))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fitted = drumlin.fit(x, n_components, family, rng=0, starts=3, max_iter=50)
    assert_usable(fitted, x)
    messages = [str(warning.message) for warning in seen if warning.category is DataWarning]
    assert len(messages) == 1
    assert "sum to 6" in messages[0]
    assert f"{fitted.n_parameters} parameters" in messages[0]


def test_one_row(family: str) -> None:
    """Assert that one row and one component give a mixture at that row."""
    x = np.array([[3.0, -2.0]])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fitted = drumlin.fit(x, 1, family)
    assert_usable(fitted, x)
    np.testing.assert_array_equal(fitted.mixture.means, x)
    kinds = [warning.category for warning in seen]
    assert kinds.count(DataWarning) == 1
    needs = family_named(family, 2).minimum_mass(2)  # one row where all is shared
    assert (UnhealthyFitWarning in kinds) == (needs > 1)


def test_one_value() -> None:
    """Assert that a single number is data, too."""
    fitted = fit_quietly(np.array([5.0]), 1, "full")
    assert fitted.mixture.means[0, 0] == 5.0
    assert np.isfinite(fitted.log_likelihood)


def test_one_component_is_the_sample_mean_and_covariance(
    two_clusters: Clusters, family: str
) -> None:
    """Assert that k = 1 is the closed form, in one pass."""
    x, _ = two_clusters
    fitted = drumlin.fit(x, 1, family)
    assert len(fitted.log_likelihoods) == 1
    np.testing.assert_allclose(fitted.mixture.means[0], x.mean(axis=0), rtol=1e-12)
    wanted = restricted(family, np.cov(x.T, bias=True))
    np.testing.assert_allclose(fitted.mixture.covariance.matrices()[0], wanted, rtol=1e-11)


def test_exact_ties(family: str) -> None:
    """Assert that two copies of a lattice, each row many times, give equal weights."""
    lattice = np.array([[a, b] for a in (0.0, 1.0, 20.0, 21.0) for b in (0.0, 1.0)])
    x = np.tile(lattice, (25, 1))
    fitted = drumlin.fit(x, 2, family, rng=0)
    assert fitted.healthy
    np.testing.assert_allclose(fitted.mixture.weights, [0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(fitted.mixture.means, [[0.5, 0.5], [20.5, 0.5]], atol=1e-9)


def test_rows_midway_between_equal_components() -> None:
    """Assert that a row at equal distance gets one half each, and the first label."""
    mixture = drumlin.Mixture.from_arrays([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    for backend in ("auto", "reference"):
        np.testing.assert_allclose(
            mixture.responsibilities([0.0], backend=backend), [[0.5, 0.5]], atol=1e-15
        )
        assert mixture.labels([0.0], backend=backend)[0] == 0


def test_two_values_only(family: str) -> None:
    """Assert that zeros and ones fit with k = 2, and from their labels with the right weights."""
    x = np.repeat([0.0, 1.0], [70, 30])
    assert_usable(fit_quietly(x, 2, family), x)
    labelled = fit_quietly(x, 2, family, labels=x.astype(int))
    assert_usable(labelled, x)
    np.testing.assert_allclose(labelled.mixture.weights, [0.7, 0.3], atol=1e-12)
    assert not labelled.healthy  # both rest on the floor, and the fit says so


@pytest.mark.parametrize("rng", range(6))
def test_notes_count_components_as_the_table_does(rng: int) -> None:
    """Assert that the components named as collapsed are those whose variance is at the floor."""
    x = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        fitted = drumlin.fit(x, 3, rng=rng)
    collapsed = np.flatnonzero(variances(fitted.mixture)[:, 0] < 1e-9) + 1
    assert collapsed.size
    listed = ", ".join(map(str, collapsed))
    assert fitted.notes == (f"collapsed, and kept on the floor: component {listed}",)


def test_weights_that_differ_beyond_all_measure(family: str) -> None:
    """Assert that the default starts bear a row beside which the shares of all others underflow."""
    x = np.random.default_rng(3).normal(size=(60, 2))
    weight = np.append(np.full(59, 1e-300), 1e90)
    fitted = fit_quietly(x, 2, family, sample_weight=weight, starts=10)
    assert_usable(fitted, x)
