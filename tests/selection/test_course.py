"""A selection on its way: Ctrl-C, limits of time, rows in large numbers, and hard data."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.em import Outcome
from drumlin.errors import DataWarning, InterruptedWarning, NotConvergedWarning
from drumlin.selection import Progress, Selection


@pytest.fixture(scope="module")
def overlap() -> Array:
    """(120, 2): three clusters that overlap."""
    rng = np.random.default_rng(21)
    return rng.normal(size=(120, 2)) + rng.integers(0, 3, size=120)[:, None] * [3.0, 1.0]


def interrupt_at(step: int, times: int = 1) -> Callable[[Progress], None]:
    """An observer that presses Ctrl-C when so many steps are done."""

    def observer(seen: Progress) -> None:
        if seen.done == step:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return observer


def assert_true(selection: Selection, x: Array) -> None:
    """Assert that there is a fit, and that every fit tells ℓ of its own mixture on all rows."""
    assert selection.best_cell in selection.cells
    assert selection.best is selection.best_cell.fit
    for cell in selection.cells:
        if cell.fit is None:
            assert cell.reason
            continue
        ell = cell.fit.mixture.log_density(x).astype(np.float64).sum()
        assert cell.fit.n_samples == len(x)
        assert cell.fit.log_likelihood == pytest.approx(ell, rel=1e-9 if x.itemsize == 8 else 1e-5)


@pytest.mark.parametrize("step", [1, 5, 10, 25, 50])
def test_ctrl_c_returns_what_is_done(overlap: Array, step: int) -> None:
    """Assert that after any step there is a table of true fits, and a warning."""
    with pytest.warns(InterruptedWarning, match="interrupted"):
        found = drumlin.select(
            overlap, range(1, 6), "VVV,EEE", rng=0, observers=[interrupt_at(step)]
        )
    assert found.halted is Outcome.INTERRUPTED
    assert sum(cell.fit is not None for cell in found.cells) == min(step, 10)
    assert "interrupted" in str(found)
    assert_true(found, overlap)


def test_a_second_ctrl_c_raises(overlap: Array) -> None:
    """Assert that two in a row leave at once."""
    with pytest.raises(KeyboardInterrupt):
        drumlin.select(overlap, range(1, 4), "VVV", rng=0, observers=[interrupt_at(1, 2)])


def test_ctrl_c_among_folds_chooses_by_bic(overlap: Array) -> None:
    """Assert that without all folds the criterion is unknown, and the lowest BIC is chosen."""
    with pytest.warns(InterruptedWarning):
        found = drumlin.select(
            overlap,
            range(1, 4),
            "EEE",
            "held-out",
            rng=0,
            observers=[interrupt_at(25)],
        )
    assert all(np.isnan(cell.value) for cell in found.cells)
    assert found.best.bic() == min(cell.fit.bic() for cell in found.cells if cell.fit is not None)


def test_many_rows_are_all_seen_in_the_end() -> None:
    """Assert that where cells are compared on a subsample, fits and criteria are of all rows."""
    rng = np.random.default_rng(22)
    x = rng.normal(size=(5000, 2)) + 6.0 * rng.integers(0, 3, size=5000)[:, None]
    found = drumlin.select(x, range(1, 5), "EII,EEE,VVV", rng=0)
    assert found.best.mixture.n_components == 3
    assert found.best.family.code == "EII"
    assert all(cell.fit and cell.fit.outcome is Outcome.CONVERGED for cell in found.cells)
    assert_true(found, x)


def test_time_up_on_many_rows() -> None:
    """Assert that what is returned is measured on all rows, also when the time is up at once."""
    rng = np.random.default_rng(23)
    x = rng.normal(size=(5000, 1)) + 3.0 * (rng.random(5000) < 0.4)[:, None]
    with pytest.warns(NotConvergedWarning, match="max_seconds"):
        found = drumlin.select(x, range(1, 4), rng=0, max_seconds=1e-9)
    assert found.halted is Outcome.OUT_OF_TIME
    assert_true(found, x)


def hard_data() -> dict[str, tuple[Array, Array | None]]:
    """Data that some families cannot hold, with weights or None."""
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(20, 3)), rng.normal(size=(20, 3)) + 8.0])
    constant, collapsed = x.copy(), x.copy()
    constant[:, 1] = 4.0
    collapsed[:10] = collapsed[0]
    weight = np.where(np.arange(40) % 4 == 0, 0.0, 1.5)
    return {
        "float32": (x.astype(np.float32), None),
        "weights": (x, weight),
        "fewer rows than columns": (rng.normal(size=(6, 9)), None),
        "a constant column": (constant, None),
        "equal rows": (collapsed, None),
        "one row": (x[:1], None),
    }


@pytest.mark.parametrize("name", hard_data())
def test_hard_data_give_a_table(name: str) -> None:
    """Assert that every family gives a fit, healthy or marked, and nothing is raised."""
    x, weight = hard_data()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = drumlin.select(x, range(1, 4), sample_weight=weight, rng=0)
    if weight is None:
        assert_true(found, x)
    for cell in found.cells:
        assert cell.fit is not None or "distinct rows" in cell.reason, cell.reason
        assert cell.healthy or cell.remark
    assert found.best.healthy or not any(cell.healthy for cell in found.cells)
    assert str(found)


def test_collapsed_cells_get_a_second_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that reseeding makes cells healthy that end in spikes on repeated rows without it."""
    x = np.random.default_rng(2).normal(size=(60, 5))
    x = np.concatenate([x, np.repeat(x[:3], 5, axis=0)])

    def sick() -> int:
        found = drumlin.select(x, range(2, 7), "VVE,VEE,VEI,VII", rng=0)
        return sum(not cell.healthy for cell in found.cells)

    with_it = sick()
    monkeypatch.setattr("drumlin.selection.cell.RESEEDINGS", 0)
    assert with_it < sick()


def test_observers_see_the_folds(overlap: Array) -> None:
    """Assert that done rises by one to total, over all rows and then the folds."""
    seen: list[Progress] = []
    drumlin.select(overlap, [1, 2], "EEE", "held-out", n_folds=2, rng=0, observers=[seen.append])
    assert [step.done for step in seen] == list(range(1, len(seen) + 1))
    assert {step.total for step in seen} == {len(seen)}


def test_few_rows_are_warned_of() -> None:
    """Assert that weights which sum to less than k (d + 1) are told once, of the chosen fit."""
    x = np.random.default_rng(3).normal(size=(8, 3))
    with pytest.warns(DataWarning, match="weights are counts"):
        drumlin.select(x, 3, "EII", rng=0)


def test_columns_that_depend_on_each_other_are_warned_of() -> None:
    """Assert that families are not compared in silence where the floor is part of likelihoods."""
    x = np.random.default_rng(4).normal(size=(50, 2))
    with pytest.warns(DataWarning, match="linearly dependent"):
        drumlin.select(np.c_[x, x.sum(axis=1)], [1, 2], "EEE,VEE", rng=0)
    with pytest.warns(DataWarning, match="column x3 does not vary"):
        drumlin.select(np.c_[x, np.ones(50)], [1, 2], "EEI,VEI", rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drumlin.select(np.c_[x, x.sum(axis=1)], [1, 2], "VEI,VVI", rng=0)
        drumlin.select(np.c_[x, x.sum(axis=1)], [1, 2], "EEE", rng=0)


def test_one_column_has_two_families() -> None:
    """Assert that the table of one column is of E and V, by these names, each once."""
    x = np.random.default_rng(6).normal(size=50)
    found = drumlin.select(x, [1, 2], rng=0)
    assert [record["family"] for record in found.table()].count("V") == 2
    assert {record["family"] for record in found.table()} == {"E", "V"}
    assert len(drumlin.select(x, 1, "VVV,VII,spherical,V", rng=0).cells) == 1
    assert " (E), " in str(found) or " (V), " in str(found)
