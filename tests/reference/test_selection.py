"""The table of a selection beside mclust's: every family, one to nine components."""

from __future__ import annotations

import pytest

import drumlin
from drumlin.selection import Selection
from tests.reference.cells import read
from tests.reference.selected import DATA, Compared, compared, mclust_table

pytestmark = pytest.mark.slow

SHARE = 0.95


@pytest.fixture(scope="module")
def selections() -> dict[str, Selection]:
    """The default selection of each data set, seed 0."""
    return {data: drumlin.select(read(data), rng=0) for data in DATA}


@pytest.fixture(scope="module")
def cells(selections: dict[str, Selection]) -> list[Compared]:
    """Every cell that mclust fits, beside ours."""
    return [cell for data in DATA for cell in compared(data, selections[data])]


def test_95_cells_of_100_are_at_least_as_good_as_mclust_s(cells: list[Compared]) -> None:
    """Assert that with healthy fits at most 5 % of the cells have a BIC worse by 0.05."""
    assert len(cells) == 384
    short = [cell.line() for cell in cells if not cell.reaches]
    assert len(short) <= (1.0 - SHARE) * len(cells), "\n".join(short)


@pytest.mark.parametrize("data", DATA)
def test_the_choice_is_at_least_as_good_as_mclust_s(
    data: str, selections: dict[str, Selection]
) -> None:
    """Assert that BIC of the chosen model is no worse than of mclust's choice."""
    assert selections[data].best.bic() <= -mclust_table(data)["best"]["bic"] + 0.05
    assert selections[data].best.healthy


@pytest.mark.parametrize("data", DATA)
def test_parameters_are_counted_as_in_mclust(data: str, selections: dict[str, Selection]) -> None:
    """Assert that every cell has mclust's number of free parameters."""
    for cell in compared(data, selections[data]):
        assert cell.fit.n_parameters == cell.n_parameters
