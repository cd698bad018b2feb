"""select(): the table, the choice, and what may go wrong in a cell."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import covariance
from drumlin._types import Array
from drumlin.covariance.families.m_step import Estimate, MStep
from drumlin.errors import (
    InvalidDataError,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.selection import Cell, Progress, Selection
from drumlin.selection.criterion import CRITERIA, criterion_named
from tests.ingredients import problem_of

FEW = ["full", "tied"]


class Broken(MStep):
    """An M-step that fails."""

    def estimate(self, *_: Any, **__: Any) -> Estimate:
        raise np.linalg.LinAlgError("no convergence")

    def penalty(self, *_: Any) -> float:
        return 0.0


@pytest.fixture(scope="module")
def blobs() -> Array:
    """(90, 2) three round clusters far apart."""
    rng = np.random.default_rng(5)
    return np.concatenate([rng.normal(size=(30, 2)) + shift for shift in (0.0, 20.0, 40.0)])


@pytest.fixture(scope="module")
def selection(blobs: Array) -> Selection:
    """Four numbers of components, all families, by BIC."""
    return drumlin.select(blobs, range(1, 5), rng=0)


def test_there_is_a_cell_for_every_family_and_number(selection: Selection) -> None:
    """Assert that the grid is complete, by number of components, then family."""
    keys = [(cell.n_components, cell.family.code) for cell in selection.cells]
    assert keys == [(k, family.code) for k in range(1, 5) for family in covariance.FAMILIES]


def test_the_best_is_the_evaluated_fit(selection: Selection) -> None:
    """Assert that the chosen fit is that of the cell of lowest BIC: three components."""
    lowest = min((c for c in selection.cells if c.healthy), key=lambda cell: cell.value)
    assert selection.best is lowest.fit
    assert selection.best is selection.best_cell.fit
    assert selection.best.mixture.n_components == 3
    assert selection.best_cell.value == selection.best.bic()


def test_every_fit_tells_the_truth(selection: Selection, blobs: Array) -> None:
    """Assert that ℓ of each cell is that of its mixture, and its criteria those of its ℓ."""
    for cell in selection.cells:
        assert cell.fit is not None
        ell = cell.fit.mixture.log_density(blobs).sum()
        assert cell.fit.log_likelihood == pytest.approx(ell, rel=1e-12)
        assert cell.fit.family is cell.family
        assert cell.fit.mixture.n_components == cell.n_components
        log_likelihoods = np.array(cell.fit.log_likelihoods)
        assert (np.diff(log_likelihoods) >= -1e-9 * abs(log_likelihoods[1:])).all()


def test_each_cell_is_no_worse_than_a_fit(selection: Selection, blobs: Array) -> None:
    """Assert that few starts for each cell find what many starts of `fit` find."""
    for cell in selection.cells:
        if cell.n_components > 3 or cell.family.code not in ("VVV", "EEE", "VEV", "EII"):
            continue
        fit = drumlin.fit(blobs, cell.n_components, cell.family, rng=0)
        assert cell.fit is not None
        assert cell.fit.log_likelihood > fit.log_likelihood - 1.0


def test_the_same_seed_gives_the_same_table(selection: Selection, blobs: Array) -> None:
    """Assert that everything is repeated bit for bit, with one thread or three."""
    for n_threads in (1, 3):
        again = drumlin.select(blobs, range(1, 5), rng=0, n_threads=n_threads)
        for cell, other in zip(selection.cells, again.cells, strict=True):
            assert cell.fit is not None
            assert other.fit is not None
            assert cell.fit.log_likelihoods == other.fit.log_likelihoods
            assert cell.fit.mixture.means.tobytes() == other.fit.mixture.means.tobytes()


@pytest.mark.parametrize("name", [criterion.name for criterion in CRITERIA])
def test_every_criterion_finds_three_clusters(name: str, blobs: Array) -> None:
    """Assert that far clusters are counted by BIC, ICL and AIC, and not missed held out."""
    found = drumlin.select(blobs, range(1, 5), "EEE", name, rng=0)
    values = {cell.n_components: cell.value for cell in found.cells}
    assert found.criterion is criterion_named(name)
    assert found.best_cell.value == min(values.values())
    assert found.best.mixture.n_components in ((3,) if name in ("bic", "icl") else (3, 4))
    assert values[2] > values[3] + 100.0


def test_held_out_is_the_density_of_rows_that_the_fit_has_not_seen(blobs: Array) -> None:
    """Assert −2 × the sum over folds for one Gaussian, made by hand from the same folds."""
    found = drumlin.select(blobs, 1, "full", "held-out", n_folds=3, rng=7)
    from drumlin.selection.folds import assign_folds

    problem = problem_of(blobs, "full")
    fold_of = assign_folds(problem.source, problem, 3, np.random.default_rng(7).spawn(1)[0])
    total = 0.0
    for fold in range(3):
        seen, unseen = blobs[fold_of != fold], blobs[fold_of == fold]
        assert len(unseen) == 30
        total += drumlin.fit(seen, 1).mixture.log_density(unseen).sum()
    assert found.cells[0].held_out == pytest.approx(total, rel=1e-12)
    assert found.cells[0].value == pytest.approx(-2.0 * total, rel=1e-12)


def test_held_out_rows_count_with_their_weights(blobs: Array) -> None:
    """Assert that all weights 2 double it: the same folds, and the same fits."""
    once = drumlin.select(blobs, [1, 3], "EEE", "held-out", n_folds=3, rng=7)
    twice = drumlin.select(
        blobs, [1, 3], "EEE", "held-out", n_folds=3, rng=7, sample_weight=np.full(len(blobs), 2.0)
    )
    for a, b in zip(once.cells, twice.cells, strict=True):
        assert b.value == pytest.approx(2.0 * a.value, rel=1e-5)


def test_rows_without_weight_are_in_no_fold() -> None:
    """Assert that folds share out the rows of positive weight evenly."""
    from drumlin.selection.folds import assign_folds

    weight = np.array([0.0, 1, 1, 2, 0, 1, 1, 1])
    problem = problem_of(np.zeros((8, 1)), "full", sample_weight=weight)
    fold_of = assign_folds(problem.source, problem, 3, np.random.default_rng(0))
    assert (fold_of[weight == 0] == -1).all()
    assert sorted(np.bincount(fold_of[weight > 0])) == [2, 2, 2]


def test_integer_weights_are_repeated_rows(blobs: Array) -> None:
    """Assert that BIC of a weighted table is that of the repeated rows."""
    weight = np.where(np.arange(len(blobs)) % 3 == 0, 2.0, 1.0)
    weighted = drumlin.select(blobs, [1, 3], FEW, sample_weight=weight, rng=0)
    repeated = drumlin.select(np.repeat(blobs, weight.astype(int), axis=0), [1, 3], FEW, rng=0)
    for a, b in zip(weighted.cells, repeated.cells, strict=True):
        assert a.value == pytest.approx(b.value, abs=0.01)


def test_an_unhealthy_cell_is_not_chosen(blobs: Array) -> None:
    """Assert that a collapsed cluster of equal rows, of far lower BIC, is passed over."""
    spiky = np.concatenate([blobs[:60], np.repeat([[1000.0, -1000.0]], 8, axis=0)])
    found = drumlin.select(spiky, range(1, 4), ["VVV", "EEE"], rng=0)
    sick = [cell for cell in found.cells if not cell.healthy]
    assert min(cell.value for cell in sick) < found.best_cell.value - 100.0
    assert found.best.healthy
    assert all(cell.remark.startswith("unhealthy") for cell in sick)
    assert "of lower BIC passed over: VVV" in str(found)
    assert [cell.healthy for cell in found.ranking] == sorted(
        (cell.healthy for cell in found.cells), reverse=True
    )


def test_an_unhealthy_cell_is_chosen_where_there_is_nothing_else() -> None:
    """Assert that rows on a few points give a selection all the same, with a warning."""
    x = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]], 5, axis=0)
    with pytest.warns(UnhealthyFitWarning):
        found = drumlin.select(x, 3, "full", rng=0)
    assert not found.best.healthy


def test_a_cell_that_fails_is_recorded(blobs: Array) -> None:
    """Assert that an exception in one family leaves the others alone."""
    failing = covariance.Family("EEE", "tied", Broken())
    found = drumlin.select(blobs, [2, 3], ["full", failing], rng=0)
    failed = [cell for cell in found.cells if cell.family is failing]
    assert [cell.reason for cell in failed] == ["LinAlgError: no convergence"] * 2
    assert all(cell.fit is None and np.isnan(cell.value) for cell in failed)
    assert found.best.mixture.n_components == 3
    assert "2 without a fit" in str(found)
    with pytest.raises(InvalidDataError, match="no cell could be fitted"):
        drumlin.select(blobs, [2, 3], [failing], rng=0)


def test_more_components_than_distinct_rows_are_cells_without_a_fit() -> None:
    """Assert that the numbers that there are rows for are fitted."""
    x = np.repeat(np.arange(3.0), 10)
    found = drumlin.select(x, [2, 3, 4, 5], "full", rng=0)
    reasons = {cell.n_components: cell.reason for cell in found.cells}
    assert reasons[2] == reasons[3] == ""
    assert "fewer distinct rows" in reasons[4]
    assert "fewer distinct rows" in reasons[5]


def test_time_up_returns_what_there_is(blobs: Array) -> None:
    """Assert that no time at all still gives one cell, and the others are named as not reached."""
    with pytest.warns(NotConvergedWarning, match="max_seconds"):
        found = drumlin.select(blobs, range(1, 5), rng=0, max_seconds=1e-9)
    fitted = [cell for cell in found.cells if cell.fit is not None]
    assert len(fitted) == 1
    assert found.best is fitted[0].fit
    assert {cell.reason for cell in found.cells if cell.fit is None} == {"not reached"}


def test_observers_see_every_step(blobs: Array) -> None:
    """Assert that done rises by one to total, and every cell has been told of."""
    seen: list[Progress] = []
    found = drumlin.select(blobs, [1, 2, 3], FEW, rng=0, observers=[seen.append])
    assert [step.done for step in seen] == list(range(1, len(seen) + 1))
    assert {step.total for step in seen} == {len(seen)}
    assert {(step.n_components, step.family) for step in seen} == {
        (cell.n_components, cell.family.code) for cell in found.cells
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"criterion": "BIC"}, "'bic', 'icl', 'aic', 'held-out'"),
        ({"n_components": []}, "n_components is empty"),
        ({"n_components": "1-3"}, "as in range"),
        ({"n_components": [2, 0]}, "at least 1"),
        ({"n_components": 2.5}, "whole number"),
        ({"families": ["VXV"]}, "VXV"),
        ({"families": []}, "no families"),
        ({"starts": 0}, "starts is 0"),
        ({"n_folds": 1}, "n_folds is 1"),
        ({"criterion": "held-out", "n_folds": 91}, "only 90 rows"),
        ({"tol": -1.0}, "tol"),
        ({"observers": 3}, "Progress"),
        ({"equal_weights": "no"}, "equal_weights"),
        ({"n_components": [100]}, "90 distinct rows"),
    ],
)
def test_options_are_refused_before_any_work(
    blobs: Array, options: dict[str, object], words: str
) -> None:
    """Assert that the message of each bad option names it."""
    with pytest.raises(InvalidParameterError, match=words):
        drumlin.select(blobs, **options)  # type: ignore[arg-type]


def test_a_selection_warns_of_nothing_else(blobs: Array) -> None:
    """Assert that what other fits than the chosen one would warn of stays in their records."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drumlin.select(blobs[::9], [1, 2], "full", rng=0)


def test_a_cell_without_a_value_comes_last() -> None:
    """Assert the order: healthy by value, then without a fit."""
    full = covariance.family_named("full", 2)
    empty = Cell(1, full, None, np.nan, None, "not reached")
    assert not empty.healthy
    assert empty.order == (True, True, np.inf)
