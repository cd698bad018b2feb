"""`drumlin summary`: estimates with errors and intervals, of a model file and its data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.ingredients import FAITHFUL, IRIS, Command


def test_it_prints_a_line_per_parameter(drumlin: Command, model: Path) -> None:
    """Assert that columns have the names of the file, and that estimates are those of the model."""
    done = drumlin("summary", model, FAITHFUL)
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0].split() == ["component", "parameter", "estimate", "se", "95", "%", "from", "to"]
    assert lines[1].startswith("1          weight")
    assert "covariance of eruptions, waiting" in done.out
    assert len(lines) == 1 + 12 + 2
    assert lines[-1] == "method information, normal intervals"


@pytest.mark.parametrize("method", ["sandwich", "bootstrap", "jackknife"])
def test_methods_and_their_refits_are_reported(drumlin: Command, model: Path, method: str) -> None:
    """Assert that --json has the numbers of the table, and what became of the refits."""
    options = ["--replicates", "20", "--seed", "1"] if method != "sandwich" else []
    done = drumlin("summary", model, FAITHFUL, "--method", method, "--json", *options)
    assert done.code == 0
    answer = json.loads(done.out)
    assert answer["method"] == method
    assert len(answer["parameters"]) == 12
    assert all(row["lower"] < row["upper"] for row in answer["parameters"])
    if method == "sandwich":
        assert answer["refits"] is None
    else:
        assert answer["refits"]["used"] == answer["refits"]["planned"] == 20
        assert answer["intervals"] == ("percentile" if method == "bootstrap" else "normal")


def test_the_level_sets_the_width(drumlin: Command, model: Path) -> None:
    """Assert that a 50 % interval is as wide as 2 · 0.674 errors."""
    done = drumlin("summary", model, FAITHFUL, "--level", "0.5", "--json")
    row = json.loads(done.out)["parameters"][0]
    assert row["upper"] - row["lower"] == pytest.approx(2 * 0.67449 * row["standard_error"])


def test_labels_and_weights_are_those_of_the_fit(drumlin: Command, tmp_path: Path) -> None:
    """Assert that columns of classes and weights are read, and their names checked."""
    model, data = tmp_path / "model.json", tmp_path / "data.csv"
    iris = Path(IRIS).read_text(encoding="utf-8").splitlines()
    rows = [f"{iris[0]},w", *(f"{line},{1 + i % 3}" for i, line in enumerate(iris[1:]))]
    data.write_text("\n".join(rows), encoding="utf-8")
    given = ["--columns", "Sepal.Length,Sepal.Width", "--labels", "Species", "--sample-weight", "w"]
    assert drumlin("fit", data, *given, "-o", model).code == 0
    done = drumlin("summary", model, data, "--labels", "Species", "--sample-weight", "w", "--json")
    assert (done.code, done.err) == (0, "")
    weight = json.loads(done.out)["parameters"][0]
    share, n = weight["estimate"], sum(1 + i % 3 for i in range(150))
    assert weight["standard_error"] == pytest.approx(np.sqrt(share * (1 - share) / n))
    assert "component 1 is setosa" in drumlin("summary", model, data, *given[2:]).out
    other = drumlin("summary", model, data, "--labels", "w")
    assert other.code == 1
    assert "the classes are 1, 2, 3, those of the model" in other.err


def test_data_that_are_not_those_of_the_model_are_reported(drumlin: Command, model: Path) -> None:
    """Assert that the warning is a message, and wrong use an error of one line."""
    lines = Path(FAITHFUL).read_text(encoding="utf-8").splitlines()
    few = "\n".join(lines[:200])
    done = drumlin("summary", model, "-", stdin=few)
    assert done.code == 0
    assert "drumlin: warning: the mixture is about" in done.err
    assert drumlin("summary", model, FAITHFUL, "--level", "95").code == 2


def test_a_mixture_written_by_hand_has_the_family_of_its_structure(
    drumlin: Command, tmp_path: Path
) -> None:
    """Assert that a model without a fit is accepted, and its shared covariance printed once."""
    import drumlin as library

    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(40, 1)), 6.0 + rng.normal(size=(60, 1))])
    fit = library.fit(x, 2, "tied", rng=0)
    model, data = tmp_path / "model.json", tmp_path / "data.csv"
    library.save(fit.mixture, model)
    np.savetxt(data, x, header="x1", comments="")
    done = drumlin("summary", model, data)
    assert done.code == 0
    assert done.out.count("variance of x1") == 1
    assert "all        variance" in done.out
