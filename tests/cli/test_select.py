"""`drumlin select`: the table, the files it writes, and its exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer

from drumlin.cli.arguments import parse_numbers
from tests.cli.ingredients import FAITHFUL, IRIS, Command

FEW = ("--families", "VVV,EEE", "-k", "1-3", "--seed", "0")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1-3", [1, 2, 3]), ("4", [4]), ("2,5-6", [2, 5, 6]), (" 2 - 3 ,7", [2, 3, 7])],
)
def test_numbers_of_components(text: str, numbers: list[int]) -> None:
    """Assert what ranges and lists mean."""
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "3-", "-3", "0-2", "5-4", "1.5"])
def test_numbers_that_mean_nothing(text: str) -> None:
    """Assert that they are refused with an example of what is meant."""
    with pytest.raises(typer.BadParameter, match="1-9"):
        parse_numbers(text)


def test_it_prints_the_table_and_the_winner(drumlin: Command) -> None:
    """Assert that the chosen cell is marked, and columns have the names of the file."""
    done = drumlin("select", FAITHFUL, *FEW)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["k", "family", "BIC", "difference", "parameters", "remark"]
    assert lines[1].startswith("*  3  EEE     2314.3")
    assert "lower BIC is better" in done.out
    assert "eruptions" in done.out
    assert done.err == ""


def test_the_model_can_go_to_standard_output(drumlin: Command) -> None:
    """Assert that -o - writes the model there, and the table to standard error."""
    done = drumlin("select", FAITHFUL, "-k", "1-2", "--families", "EEE", "-o", "-")
    assert json.loads(done.out)["format"] == "drumlin-mixture"
    assert "lower BIC is better" in done.err
    assert drumlin("select", FAITHFUL, "-k", "1", "-o", "-", "--json").code == 2


def test_it_writes_model_table_and_picture(drumlin: Command, tmp_path: Path) -> None:
    """Assert that the files hold what was chosen."""
    model, table, picture = (tmp_path / name for name in ("model.json", "bic.csv", "bic.png"))
    done = drumlin("select", IRIS, "--columns", "Sepal.Length,Petal.Length", *FEW,
                   "-o", model, "--table", table, "--plot", picture)  # fmt: skip
    assert done.code == 0
    assert done.err.count("drumlin: the ") == 3
    with table.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 6
    assert [float(row["bic"]) for row in rows] == sorted(float(row["bic"]) for row in rows)
    answer = json.loads(drumlin("info", model, "--json").out)
    assert answer["facts"]["bic"] == pytest.approx(float(rows[0]["bic"]), rel=1e-12)
    assert answer["n_components"] == int(rows[0]["n_components"])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json_is_one_object(drumlin: Command) -> None:
    """Assert that cells and the best fit are in it, with numbers that agree."""
    done = drumlin("select", FAITHFUL, *FEW, "--criterion", "icl", "--json")
    answer = json.loads(done.out)
    assert answer["criterion"] == "icl"
    assert len(answer["cells"]) == 6
    assert (
        answer["best"]["icl"] == answer["cells"][0]["icl"] == min(c["icl"] for c in answer["cells"])
    )


def test_markdown_and_equal_weights(drumlin: Command, tmp_path: Path) -> None:
    """Assert that the table is Markdown, and the weights of the chosen model are equal."""
    table = tmp_path / "table.md"
    done = drumlin("select", FAITHFUL, *FEW, "--equal-weights", "--table", table, "--json")
    weights = json.loads(done.out)["best"]["weights"]
    assert weights == pytest.approx([1.0 / len(weights)] * len(weights))
    assert table.read_text(encoding="utf-8").startswith("| n_components | family | bic |")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-k", "x"), "1-9"),
        (("--families", "ABC"), "ABC"),
        (("--criterion", "mdl"), "held-out"),
        (("--table", "t.xlsx"), ".csv or .md"),
        (("--plot", "p.gif"), ".png"),
    ],
)
def test_bad_options_are_reported_before_any_work(
    drumlin: Command, options: tuple[str, str], words: str
) -> None:
    """Assert exit code 2 and a message that says what is allowed."""
    done = drumlin("select", FAITHFUL, *options)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""


def test_time_up_still_gives_a_table(drumlin: Command) -> None:
    """Assert that there is a table, and a warning that it is not all."""
    done = drumlin("select", FAITHFUL, *FEW, "--max-seconds", "1e-6")
    assert done.code == 0
    assert "max_seconds" in done.err
    assert "without a fit" in done.out


def test_processes_change_nothing(drumlin: Command) -> None:
    """Assert the same table with processes of its own, whose work is worth sending or not."""
    alone = drumlin("select", FAITHFUL, *FEW, "--processes", "1")
    assert drumlin("select", FAITHFUL, *FEW, "--processes", "2").out == alone.out
    assert alone.code == 0
