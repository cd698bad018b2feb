"""`drumlin predict`, `score`, `sample`, `info`: a model in use."""

from __future__ import annotations

import csv
import json
import platform
from pathlib import Path

import numpy as np
import pytest

import drumlin as library
from drumlin import storage
from drumlin.backends import instruction_sets
from tests.cli.ingredients import FAITHFUL, Command

X = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)


def numbers(text: str) -> np.ndarray:
    """The numbers of a CSV text below its header."""
    return np.array(
        [[float(cell) for cell in row] for row in list(csv.reader(text.splitlines()))[1:]]
    )


def test_predict(drumlin: Command, model: Path) -> None:
    """Assert that predict prints one label per row, counted from 1."""
    done = drumlin("predict", model, FAITHFUL)
    assert (done.code, done.err, done.out[:6]) == (0, "", "label\n")
    assert np.array_equal(numbers(done.out)[:, 0], library.load(model).labels(X) + 1)


def test_predict_proba(drumlin: Command, model: Path) -> None:
    """Assert that --proba prints responsibilities that read back as the same numbers."""
    done = drumlin("predict", model, FAITHFUL, "--proba")
    assert done.out.splitlines()[0] == "label,responsibility_1,responsibility_2"
    mixture = library.load(model)
    assert np.array_equal(numbers(done.out)[:, 1:], mixture.responsibilities(X))


def test_predict_json(drumlin: Command, model: Path) -> None:
    """Assert that --json prints the same as one object."""
    answer = json.loads(drumlin("predict", model, FAITHFUL, "--proba", "--json").out)
    mixture = library.load(model)
    assert [label - 1 for label in answer["labels"]] == mixture.labels(X).tolist()
    assert answer["responsibilities"] == mixture.responsibilities(X).tolist()


def test_score(drumlin: Command, model: Path) -> None:
    """Assert that score prints one log-density per row, and the totals on stderr."""
    done = drumlin("score", model, FAITHFUL)
    assert done.out.splitlines()[0] == "log_density"
    assert np.array_equal(numbers(done.out)[:, 0], library.load(model).log_density(X))
    assert done.err == "drumlin: sum -1130.263960, mean -4.155382, rows 272\n"
    answer = json.loads(drumlin("score", model, FAITHFUL, "--json").out)
    assert answer["sum"] == pytest.approx(-1130.26396)
    assert answer["rows"] == len(answer["log_density"]) == 272


def test_float32_data_are_scored_in_float32(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that float32 rows print the shortest number that is the same float32."""
    np.save(tmp_path / "x.npy", X.astype(np.float32))
    out = drumlin("score", model, tmp_path / "x.npy").out
    expected = library.load(model).log_density(X.astype(np.float32))
    assert np.array_equal(numbers(out)[:, 0].astype(np.float32), expected)
    assert max(len(line) for line in out.split()) <= len("log_density") + 2


def test_many_rows_in_blocks(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that rows beyond one block are printed once and in order."""
    x = np.tile(X, (150, 1))
    np.save(tmp_path / "x.npy", x)
    out = drumlin("score", model, tmp_path / "x.npy").out
    mixture = library.load(model)
    # a block may end within a tile of the compiled pass, whose last lanes round differently
    assert np.allclose(numbers(out)[:, 0], mixture.log_density(x), rtol=1e-13, atol=0)
    soft = numbers(drumlin("predict", model, tmp_path / "x.npy", "--proba").out)
    assert np.array_equal(soft[:, 0], mixture.labels(x) + 1)
    assert np.allclose(soft[:, 1:], mixture.responsibilities(x), rtol=1e-12, atol=1e-300)


def test_columns_are_matched_by_name(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that order and extra columns do not matter, and that a missing column is named."""
    path = tmp_path / "other.csv"
    path.write_text("note,waiting,eruptions\nx,79,3.6\n")
    expected = library.load(model).log_density(np.array([[3.6, 79.0]]))
    assert numbers(drumlin("score", model, path).out)[0] == expected
    path.write_text("waiting,length\n79,3.6\n")
    done = drumlin("score", model, path)
    assert (done.code, done.out) == (1, "")
    assert "has no column 'eruptions': its columns are waiting, length" in done.err
    done = drumlin("score", model, path, "--columns", "length,waiting")
    assert numbers(done.out)[0] == expected


def test_any_finite_row_is_scored(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that rows too large to fit have a finite log-density and a label."""
    path = tmp_path / "far.csv"
    path.write_text("eruptions,waiting\n1e200,-1e300\n")
    assert np.isfinite(numbers(drumlin("score", model, path).out)).all()
    assert drumlin("predict", model, path).out.split()[1] in ("1", "2")
    assert "line 2, column 'eruptions' is 1e+200" in drumlin("fit", path, "-k", "1").err


def test_files_without_names_are_matched_by_position(
    drumlin: Command, model: Path, tmp_path: Path
) -> None:
    """Assert that a file without names serves when it has as many columns, else is refused."""
    path = tmp_path / "bare.csv"
    path.write_text("3.6,79\n")
    expected = library.load(model).log_density(np.array([[3.6, 79.0]]))
    assert numbers(drumlin("score", model, path).out)[0] == expected
    path.write_text("3.6,79,1\n")
    done = drumlin("score", model, path)
    assert done.code == 1
    assert "has 3 columns (x1, x2, x3), the model 2 (eruptions, waiting)" in done.err


def test_a_model_without_names_takes_any(drumlin: Command, tmp_path: Path) -> None:
    """Assert that a model fitted to a file without names is used by position."""
    np.save(tmp_path / "x.npy", X)
    drumlin("fit", tmp_path / "x.npy", "-k", "2", "-o", tmp_path / "m.json")
    assert library.load(tmp_path / "m.json").feature_names is None
    assert drumlin("score", tmp_path / "m.json", FAITHFUL).code == 0


def test_sample(drumlin: Command, model: Path) -> None:
    """Assert that sample prints n rows under the names of the columns, the seed's own."""
    done = drumlin("sample", model, "-n", "20", "--seed", "7", "--labels")
    x, labels = library.load(model).sample(20, 7)
    assert done.out.splitlines()[0] == "eruptions,waiting,label"
    assert np.array_equal(numbers(done.out), np.column_stack([x, labels + 1]))
    answer = json.loads(drumlin("sample", model, "-n", "20", "--seed", "7", "--json").out)
    assert answer == {"x": x.tolist()}
    assert drumlin("sample", model, "-n", "0").out == "eruptions,waiting\n"


def test_names_with_commas_are_quoted(drumlin: Command, tmp_path: Path) -> None:
    """Assert that what sample prints, predict reads, whatever the columns are called."""
    names = ["length, cm", 'the "best" ß']
    mixture = library.Mixture.from_arrays(
        [0.5, 0.5], [[0.0, 0.0], [9.0, 9.0]], [1.0, 1.0], "spherical", feature_names=names
    )
    storage.save(mixture, tmp_path / "m.json", component_names=["a,b", "c"])
    sampled = drumlin("sample", tmp_path / "m.json", "-n", "50", "--labels", "--seed", "1").out
    rows = list(csv.reader(sampled.splitlines()))
    assert rows[0] == [*names, "label"]
    done = drumlin("predict", tmp_path / "m.json", "-", stdin=sampled)
    assert [row[0] for row in csv.reader(done.out.splitlines())] == [row[2] for row in rows]


def test_output_to_a_file(drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that -o FILE takes what stdout had, and that a missing folder is reported."""
    for verb in (["predict", model, FAITHFUL], ["score", model, FAITHFUL],
                 ["sample", model, "-n", "3", "--seed", "1"],
                 ["predict", model, FAITHFUL, "--json"], ["score", model, FAITHFUL, "--json"],
                 ["sample", model, "-n", "3", "--seed", "1", "--json"]):  # fmt: skip
        expected = drumlin(*verb).out
        done = drumlin(*verb, "-o", tmp_path / "out.csv")
        assert done.out == ""
        assert (tmp_path / "out.csv").read_text(encoding="utf-8") == expected
        assert drumlin(*verb, "-o", "-").out == expected
        done = drumlin(*verb, "-o", tmp_path / "no" / "out.csv")
        assert (done.code, done.out) == (1, "")
        assert "No such file or directory" in done.err


def test_a_model_on_standard_input(drumlin: Command, model: Path) -> None:
    """Assert that - stands for a model, too."""
    text = model.read_bytes()
    assert drumlin("score", "-", FAITHFUL, stdin=text) == drumlin("score", model, FAITHFUL)


def test_info(drumlin: Command, model: Path) -> None:
    """Assert that info prints all that the file tells, as a table and as JSON."""
    done = drumlin("info", model)
    for words in ("-1130.26 nats", "VVV, 11 free parameters", "eruptions", "272 rows", "converged",
                  "seed", "format 1", "2322.19", "good"):  # fmt: skip
        assert words in done.out
    answer = json.loads(drumlin("info", model, "--json").out)
    assert answer["facts"]["seed"] == 1
    assert answer["facts"]["bic"] == pytest.approx(2322.19, abs=0.01)
    assert answer["means"] == library.load(model).means.tolist()


def test_info_of_a_mixture_by_hand(drumlin: Command, tmp_path: Path) -> None:
    """Assert that a mixture that was not fitted is described as such."""
    storage.save(library.Mixture.from_arrays([1.0], [0.0], [1.0]), tmp_path / "m.json")
    assert "none: this mixture was not fitted" in drumlin("info", tmp_path / "m.json").out
    assert json.loads(drumlin("info", tmp_path / "m.json", "--json").out)["facts"] is None


def test_info_of_the_system(drumlin: Command) -> None:
    """Assert that info --system tells backend, instruction sets, threads and versions."""
    answer = json.loads(drumlin("info", "--system", "--json").out)
    assert answer["drumlin"] == library.__version__
    assert answer["python"] == platform.python_version()
    assert answer["instruction sets"] == instruction_sets()
    assert answer["compiled core"] == bool(instruction_sets())
    assert answer["threads"] >= 1
    out = drumlin("info", "--system").out
    assert [line.split("  ")[0] for line in out.splitlines()] == list(answer)
