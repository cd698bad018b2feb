"""`drumlin discriminant`: what its verbs print and write."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import drumlin as library
from drumlin import storage
from tests.cli.ingredients import IRIS, Command

SPECIES = ("--labels", "Species")


@pytest.fixture
def model(drumlin: Command, tmp_path: Path) -> Path:
    """A linear classifier of iris with a cost."""
    path = tmp_path / "iris.json"
    done = drumlin(
        "discriminant", "fit", IRIS, *SPECIES, "--family", "tied",
        "--cost", "virginica,versicolor=10", "-o", path,
    )  # fmt: skip
    assert done.code == 0, done.err
    return path


def test_the_main_job(drumlin: Command, tmp_path: Path) -> None:
    """Assert that a fit prints classes, BIC, error, confusion and folds, and writes its model."""
    path = tmp_path / "m.npz"
    done = drumlin(
        "discriminant", "fit", IRIS, *SPECIES, "--family", "full,tied", "--folds", "5",
        "--seed", "1", "-o", path,
    )  # fmt: skip
    assert done.code == 0
    for words in ("versicolor", "VVV", "EEE", "BIC", "lower is better", "decided", "on 5 folds"):
        assert words in done.out
    assert done.err == f"drumlin: the model is in {path}\n"
    assert library.load_classifier(path).classes.tolist() == ["setosa", "versicolor", "virginica"]


def test_json(drumlin: Command) -> None:
    """Assert that --json prints one object, with what the library finds."""
    done = drumlin(
        "discriminant", "fit", IRIS, *SPECIES, "--priors", "setosa=.2,versicolor=.3,virginica=.5",
        "--folds", "loo", "--json",
    )  # fmt: skip
    answer = json.loads(done.out)
    assert done.out.count("\n") == 1
    cells = np.loadtxt(IRIS, delimiter=",", skiprows=1, dtype=str)
    x, labels = cells[:, :4].astype(float), np.char.strip(cells[:, 4], '"')
    fit = library.discriminate(x, labels, priors=[0.2, 0.3, 0.5])
    assert answer["bic"] == pytest.approx(fit.bic())
    assert answer["n_parameters"] == fit.n_parameters == 42
    assert answer["priors"] == [0.2, 0.3, 0.5]
    assert answer["cross_validation"]["error"] == fit.cross_validate(x, labels, "loo").error


def test_mixtures(drumlin: Command) -> None:
    """Assert that --mixture chooses numbers and families in each class."""
    done = drumlin(
        "discriminant", "fit", IRIS, *SPECIES, "--mixture", "-k", "1-2", "--family", "full,tied",
        "--seed", "0", "--json",
    )  # fmt: skip
    answer = json.loads(done.out)
    assert [m["n_components"] for m in answer["mixtures"]] == [2, 1, 1]
    assert answer["families"][0] == "EEE"


def test_predict(drumlin: Command, model: Path) -> None:
    """Assert that classes and probabilities are those of the library, as CSV and JSON."""
    rule = library.load_classifier(model)
    x = np.loadtxt(IRIS, delimiter=",", skiprows=1, usecols=range(4))
    lines = drumlin("discriminant", "predict", model, IRIS, "--proba").out.splitlines()
    assert lines[0] == "label,probability_setosa,probability_versicolor,probability_virginica"
    assert [line.split(",")[0] for line in lines[1:]] == rule.labels(x).tolist()
    numbers = np.array([line.split(",")[1:] for line in lines[1:]], dtype=float)
    np.testing.assert_array_equal(numbers, rule.probabilities(x))
    answer = json.loads(drumlin("discriminant", "predict", model, IRIS, "--json").out)
    assert answer["labels"] == rule.labels(x).tolist()


def test_assess_and_info(drumlin: Command, model: Path) -> None:
    """Assert that errors on a file, and the facts of the model, are printed."""
    done = drumlin("discriminant", "assess", model, IRIS, *SPECIES, "--json")
    facts = storage.read_classifier(model).facts
    assert facts is not None
    assert json.loads(done.out)["error"] == facts.error
    assert json.loads(done.out)["cost"] == facts.cost
    assert "mean cost" in drumlin("discriminant", "assess", model, IRIS, *SPECIES).out
    done = drumlin("discriminant", "info", model)
    assert "with costs" in done.out
    assert "EEE, EEE, EEE" in done.out
    costs = json.loads(drumlin("discriminant", "info", model, "--json").out)["costs"]
    assert costs[2] == [1.0, 10.0, 0.0]


def test_plot(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that a picture of two named columns is written."""
    path = tmp_path / "p.png"
    done = drumlin(
        "discriminant", "plot", model, IRIS, *SPECIES, "--columns", "Petal.Width,Sepal.Length",
        "-o", path,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_pipes(drumlin: Command) -> None:
    """Assert that a model goes through standard output and input."""
    done = drumlin("discriminant", "fit", IRIS, *SPECIES, "-o", "-")
    assert "BIC" in done.err
    again = drumlin("discriminant", "predict", "-", IRIS, stdin=done.out)
    assert again.out.splitlines()[1] == "setosa"


def test_whole_numbers(drumlin: Command, tmp_path: Path) -> None:
    """Assert that classes -1 and 1 are whole numbers, and named so in options."""
    data = tmp_path / "d.csv"
    data.write_text("x,y\n" + "".join(f"{i},{1 if i % 20 > 9 else -1}\n" for i in range(40)))
    done = drumlin("discriminant", "fit", data, "--labels", "y", "--priors", "-1=.5,1=.5", "--json")
    assert json.loads(done.out)["classes"] == [-1, 1]


def test_numbers_with_leading_zeros_are_text(drumlin: Command, tmp_path: Path) -> None:
    """Assert that 01 and 1 are two classes."""
    data = tmp_path / "d.csv"
    data.write_text("x,y\n" + "".join(f"{i},{'1' if i % 20 > 9 else '01'}\n" for i in range(40)))
    done = drumlin("discriminant", "fit", data, "--labels", "y", "--json")
    assert json.loads(done.out)["classes"] == ["01", "1"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--family", "round"], 2, "unknown family"),
        (["-k", "2"], 2, "-k needs --mixture"),
        (["--folds", "many"], 2, "--folds many"),
        (["--folds", "1"], 2, "folds is 1"),
        (["--priors", "setosa"], 2, "write CLASS=P"),
        (["--priors", "setosa=half"], 2, "not a number"),
        (["--priors", "rose=1"], 2, "rose"),
        (["--cost", "setosa=3"], 2, "write TRUE,DECIDED=C"),
        (["--cost", "setosa,rose=3"], 2, "rose"),
        (["--json", "-o", "-"], 2, "standard output"),
        (["-o", "/nowhere/m.json"], 1, "cannot write"),
        (["--mixture", "-k", "x"], 2, "write numbers"),
    ],
)
def test_wrong_options(options: list[str], code: int, words: str, drumlin: Command) -> None:
    """Assert that each wrong option is one message and its exit code."""
    done = drumlin("discriminant", "fit", IRIS, *SPECIES, *options)
    assert done.code == code
    assert words in " ".join(done.err.replace("│", " ").split())


def test_wrong_files(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that missing classes, and models of the other kind, are named with a remedy."""
    gap = tmp_path / "gap.csv"
    gap.write_text("x,y\n1,a\n2,\n3,b\n")
    assert "class of row 2 is missing" in drumlin("discriminant", "fit", gap, "--labels", "y").err
    assert "drumlin discriminant" in drumlin("predict", model, IRIS).err
    drumlin("fit", IRIS, *SPECIES, "-o", tmp_path / "mixture.json")
    done = drumlin("discriminant", "predict", tmp_path / "mixture.json", IRIS)
    assert done.code == 1
    assert "not a drumlin classifier" in done.err
