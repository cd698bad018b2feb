"""The table of a selection, in every form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import drumlin
from drumlin.errors import InvalidParameterError
from drumlin.selection import Progress, Selection


@pytest.fixture(scope="module")
def selection() -> Selection:
    """Two numbers of components, two families, one row in four cells."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 9.0])
    return drumlin.select(x, [1, 2], ["VVV", "EEE"], rng=0)


def test_records_are_in_order(selection: Selection) -> None:
    """Assert that the best cell is first, and differences are to it."""
    records = selection.table()
    assert records[0]["bic"] == selection.best.bic()
    assert records[0]["difference"] == 0.0
    assert [r["bic"] for r in records] == pytest.approx(sorted(r["bic"] for r in records))
    for record in records:
        assert record["difference"] == pytest.approx(record["bic"] - records[0]["bic"])


def test_one_component_is_of_the_first_family_that_is_as_good() -> None:
    """Assert that EEE is chosen, not one of the seven that are the same but for rounding."""
    x = np.random.default_rng(0).normal(size=(60, 3)) @ np.triu(np.ones((3, 3)))
    found = drumlin.select(x, 1, "all", rng=0)
    same = ["EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"]
    assert [record["family"] for record in found.table()][:8] == same
    assert [record["difference"] for record in found.table()][:8] == [0.0] * 8
    assert "-0.00" not in str(found)


def test_frames_hold_the_records(selection: Selection) -> None:
    """Assert that pandas and polars frames have the same columns and numbers as the records."""
    records = selection.table()
    pandas, polars = selection.table("pandas"), selection.table("polars")
    assert isinstance(pandas, pd.DataFrame)
    assert isinstance(polars, pl.DataFrame)
    assert list(pandas.columns) == polars.columns == list(records[0])
    assert pandas["bic"].tolist() == polars["bic"].to_list() == [r["bic"] for r in records]


def test_markdown_lines_have_equal_numbers_of_cells(selection: Selection) -> None:
    """Assert a head, a rule, and a line for each cell."""
    lines = selection.table("markdown").splitlines()
    assert len(lines) == 2 + len(selection.cells)
    assert len({line.count("|") for line in lines}) == 1
    assert f"{selection.best.bic():.2f}" in lines[2]


def test_an_unknown_kind_lists_the_known(selection: Selection) -> None:
    """Assert that the message names what there is."""
    with pytest.raises(InvalidParameterError, match="'pandas', 'polars', 'pyarrow'"):
        selection.table("excel")


def test_it_prints_the_top_and_the_winner(selection: Selection) -> None:
    """Assert that the chosen cell is marked, lower is better is said, and the fit follows."""
    text = str(selection)
    assert repr(selection) == text
    marked = [line for line in text.splitlines() if line.startswith("*")]
    assert len(marked) == 1
    assert "chosen" in marked[0]
    assert "lower BIC is better" in text
    assert str(selection.best) in text
    assert "2 components are the most that were tried: try more" in text


def test_families_of_one_column_have_their_names_there() -> None:
    """Assert E and V, in the table, on the terminal, in the fit and to observers."""
    x = np.concatenate([np.arange(20.0), np.arange(20.0) + 90.0])
    seen: list[Progress] = []
    selection = drumlin.select(x, [1, 2, 3], rng=0, observers=[seen.append])
    assert {record["family"] for record in selection.table()} == {"E", "V"}
    assert {step.family for step in seen} == {"E", "V"}
    assert "*  2  E " in str(selection)
    assert "tied (E), 4 free parameters" in str(selection)
    assert "VVV" not in str(selection)
    assert "try more" not in str(selection)


def test_a_cell_is_one_line(selection: Selection) -> None:
    """Assert that a cell names its family and value, and does not print its whole fit."""
    text = repr(selection.best_cell)
    assert "n_components=2, family=Family(code=" in text
    assert "\n" not in text
