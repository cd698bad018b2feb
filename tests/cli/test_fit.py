"""`drumlin fit`: what it prints, what it writes, and what its options do."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

import drumlin as library
from drumlin import storage
from drumlin.cli.commands.fit import fit as fit_command
from drumlin.covariance import FAMILIES
from drumlin.em import Outcome
from tests.cli.ingredients import FAITHFUL, GALAXIES, IRIS, Command

MCLUST = -1130.26396
TOLERANCE = 1e-3
"""The default `tol`: nats of total log-likelihood still to be gained."""


def test_the_main_job(drumlin: Command, tmp_path: Path) -> None:
    """Assert that Old Faithful, k = 2, prints -1130.26 on stdout and writes its model."""
    done = drumlin("fit", FAITHFUL, "-k", "2", "-o", tmp_path / "m.json")
    assert done.code == 0
    assert "-1130.26 nats" in done.out
    assert "eruptions" in done.out
    assert done.err == f"drumlin: the model is in {tmp_path / 'm.json'}\n"
    record = storage.read(tmp_path / "m.json")
    assert record.facts is not None
    assert record.facts.log_likelihood == pytest.approx(MCLUST, abs=TOLERANCE)
    assert record.mixture.feature_names == ("eruptions", "waiting")


def test_json(drumlin: Command) -> None:
    """Assert that --json prints one object with the criteria, the mixture and all runs."""
    done = drumlin("fit", FAITHFUL, "-k", "2", "--seed", "3", "--json")
    answer = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert done.err == ""
    assert answer["log_likelihood"] == pytest.approx(MCLUST, abs=TOLERANCE)
    assert answer["bic"] == pytest.approx(-2 * answer["log_likelihood"] + 11 * np.log(272))
    assert (answer["seed"], answer["outcome"], answer["n_samples"]) == (3, "converged", 272)
    assert np.shape(answer["covariances"]) == (2, 2, 2)
    assert len(answer["runs"]) > 1


def test_the_model_on_standard_output(drumlin: Command) -> None:
    """Assert that -o - prints the model alone on stdout, and the table on stderr."""
    done = drumlin("fit", FAITHFUL, "-k", "2", "-o", "-")
    assert "-1130.26" in done.err
    assert storage.from_bytes(done.out.encode(), "output").mixture.n_components == 2


def test_npz(drumlin: Command, tmp_path: Path) -> None:
    """Assert that a name ending in .npz gives an npz file with the same numbers."""
    for name in ("m.npz", "m.json"):
        drumlin("fit", FAITHFUL, "-k", "2", "--seed", "1", "-o", tmp_path / name)
    assert (tmp_path / "m.npz").read_bytes()[:2] == b"PK"
    assert storage.load(tmp_path / "m.npz") == storage.load(tmp_path / "m.json")


def test_a_seed_makes_a_fit_repeatable(drumlin: Command) -> None:
    """Assert that equal seeds give equal output."""
    runs = {drumlin("fit", GALAXIES, "-k", "3", "--seed", "5", "--json").out for _ in range(2)}
    assert len(runs) == 1


def test_standard_input(drumlin: Command) -> None:
    """Assert that - reads the data from standard input, to the same fit."""
    text = Path(FAITHFUL).read_text(encoding="utf-8")
    done = drumlin("fit", "-", "-k", "2", "--seed", "1", stdin=text)
    assert done == drumlin("fit", FAITHFUL, "-k", "2", "--seed", "1")


@pytest.mark.parametrize("kind", ["tsv", "npy", "parquet", "no header"])
def test_other_kinds_of_file(kind: str, drumlin: Command, tmp_path: Path) -> None:
    """Assert that TSV, NPY, Parquet and a file without a header give the same log-likelihood."""
    text = Path(FAITHFUL).read_text(encoding="utf-8")
    x = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)
    path = tmp_path / f"data.{kind}"
    if kind == "npy":
        np.save(path, x)
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"eruptions": x[:, 0], "waiting": x[:, 1]}), path)
    elif kind == "tsv":
        path.write_text(text.replace(",", "\t"))
    else:
        path.write_text(text.split("\n", 1)[1])
    done = drumlin("fit", path, "-k", "2", "--json")
    assert json.loads(done.out)["log_likelihood"] == pytest.approx(MCLUST, abs=TOLERANCE)


def test_columns_and_families(drumlin: Command) -> None:
    """Assert that --columns chooses and orders, and that --family rules the covariance."""
    done = drumlin("fit", IRIS, "-k", "3", "--columns", "Petal.Width, Petal.Length",
                   "--family", "tied", "--json")  # fmt: skip
    answer = json.loads(done.out)
    assert answer["feature_names"] == ["Petal.Width", "Petal.Length"]
    assert (answer["family"], answer["structure"]) == ("EEE", "tied")
    assert answer["covariances"][0] == answer["covariances"][1]


@pytest.mark.parametrize("code", [family.code for family in FAMILIES])
def test_every_family_by_its_code(code: str, drumlin: Command, tmp_path: Path) -> None:
    """Assert that --family takes the three letters, and that the model is read back."""
    model = tmp_path / "m.json"
    done = drumlin("fit", FAITHFUL, "-k", "2", "--family", code, "--starts", "2", "-o", model)
    assert (done.code, f"{code}" in done.out) == (0, True)
    assert drumlin("info", model).out.count(code) == 1
    assert len(drumlin("predict", model, FAITHFUL).out.split()) == 273


def test_equal_weights(drumlin: Command, tmp_path: Path) -> None:
    """Assert that --equal-weights holds the weights, and that the table and the file say so."""
    model = tmp_path / "m.json"
    done = drumlin("fit", FAITHFUL, "-k", "2", "--equal-weights", "-o", model)
    assert "full (VVV), equal weights, 10 free parameters" in done.out
    assert "VVV, equal weights, 10 free parameters" in drumlin("info", model).out
    assert storage.load(model).weights.tolist() == [0.5, 0.5]
    answer = json.loads(drumlin("fit", FAITHFUL, "-k", "2", "--equal-weights", "--json").out)
    assert answer["equal_weights"] is True
    assert answer["n_parameters"] == 10


def test_known_classes_give_discriminant_analysis(drumlin: Command, tmp_path: Path) -> None:
    """Assert that --labels alone gives the closed form: class shares and means, with names."""
    done = drumlin("fit", IRIS, "--labels", "Species", "-o", tmp_path / "m.json")
    assert done.code == 0
    assert "component 2 is versicolor" in done.out
    record = storage.read(tmp_path / "m.json")
    x = np.loadtxt(IRIS, delimiter=",", skiprows=1, usecols=range(4))
    assert record.component_names == ("setosa", "versicolor", "virginica")
    assert record.mixture.weights == pytest.approx([1 / 3] * 3)
    assert record.mixture.means == pytest.approx(x.reshape(3, 50, 4).mean(axis=1))
    assert "versicolor" in drumlin("info", tmp_path / "m.json").out
    labels = drumlin("predict", tmp_path / "m.json", IRIS).out.split()
    assert labels[0] == "label"
    wrong = [a for a, b in zip(labels[1:], Path(IRIS).read_text().splitlines()[1:], strict=True)
             if a not in b]  # fmt: skip
    assert len(wrong) == 3  # the known number of errors of QDA on its own 150 rows of iris


def test_unknown_classes_are_found(drumlin: Command, tmp_path: Path) -> None:
    """Assert that empty labels are unknown, and their rows find their class."""
    rows = [f"{100 * (i % 2) + i // 2 % 5},{'ba'[i % 2] if i % 3 else ''}" for i in range(40)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["x,class", *rows]))
    answer = json.loads(drumlin("fit", path, "--labels", "class", "--json").out)
    assert answer["component_names"] == ["a", "b"]
    assert np.ravel(answer["means"]) == pytest.approx([102.0, 2.0])
    assert answer["weights"] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["10", "9", "", "-1", "10"], ["9", "10"]),
        (["1.0", "0", "1", "0.0", "1"], ["0", "1"]),
        (["b", "10", "9", "b", "9"], ["10", "9", "b"]),
        (["b", "-1", "a", "b", "a"], ["-1", "a", "b"]),
        (["1" + "0" * 19 + end for end in "21212"], ["1" + "0" * 19 + end for end in "12"]),
    ],
)
def test_classes_are_sorted(
    cells: list[str], names: list[str], drumlin: Command, tmp_path: Path
) -> None:
    """Assert that whole numbers are sorted as numbers with -1 unknown, and text as text."""
    path = tmp_path / "data.csv"
    x = ["0", "1", "10", "11", "20"]
    path.write_text("x,class\n" + "".join(f"{a},{b}\n" for a, b in zip(x, cells, strict=True)))
    done = drumlin("fit", path, "--labels", "class", "--json", "--family", "tied", "--seed", "1")
    assert json.loads(done.out)["component_names"] == names


def test_weights_count_rows(drumlin: Command, tmp_path: Path) -> None:
    """Assert that --sample-weight counts: a weight of 2 is two rows, and 0 is none."""
    text = Path(FAITHFUL).read_text(encoding="utf-8").splitlines()
    twice = [text[0] + ',"n"', *(f"{line},2" for line in text[1:]), "99,99,0"]
    (tmp_path / "w.csv").write_text("\n".join(twice))
    answer = json.loads(
        drumlin("fit", tmp_path / "w.csv", "-k", "2", "--sample-weight", "n", "--json").out
    )
    assert answer["log_likelihood"] == pytest.approx(2 * MCLUST, abs=2 * TOLERANCE)
    assert answer["total_weight"] == 544


def test_a_limit_is_reported_and_strict_counts_it(drumlin: Command, tmp_path: Path) -> None:
    """Assert that a fit at its limit warns and exits 0, and 3 under --strict, with its model."""
    limited = ("fit", GALAXIES, "-k", "4", "--max-iter", "2", "--tol", "1e-9", "--seed", "1")
    done = drumlin(*limited)
    assert done.code == 0
    assert done.err.startswith("drumlin: warning: the fit ended with 'reached max_iter'")
    strict = drumlin(*limited, "--strict", "-o", tmp_path / "m.json")
    assert strict.code == 3
    assert "not converged" in strict.err
    record = storage.read(tmp_path / "m.json")
    assert record.facts is not None
    assert record.facts.outcome is Outcome.REACHED_LIMIT


def test_time_can_be_limited(drumlin: Command) -> None:
    """Assert that --max-seconds returns what there is when the time is over."""
    done = drumlin("fit", FAITHFUL, "-k", "3", "--max-seconds", "1e-9", "--json")
    assert json.loads(done.out)["outcome"] == "out of time"
    assert "out of time" in done.err


def test_acceleration(drumlin: Command) -> None:
    """Assert that none is plain EM, that the cost is reported, and an unknown name refused."""
    arguments = ("fit", GALAXIES, "-k", "4", "--seed", "1", "--json", "--acceleration")
    cost = json.loads(drumlin(*arguments, "none").out)["cost"]
    assert cost["accepted"] == cost["refused"] == 0 < cost["passes"]
    assert json.loads(drumlin(*arguments, "auto").out)["cost"]["accepted"] > 0
    wrong = drumlin(*arguments, "fast")
    assert wrong.code != 0
    assert "'auto'" in wrong.err


def test_threads_and_backend(drumlin: Command) -> None:
    """Assert that --threads and --backend reach the fit: one more thread changes no digit."""
    one, two = (
        drumlin("fit", FAITHFUL, "-k", "2", "--seed", "1", "--json", "--threads", n).out
        for n in ("1", "2")
    )
    assert one == two
    done = drumlin("fit", FAITHFUL, "-k", "2", "--backend", "abacus")
    assert (done.code, done.out) == (2, "")
    assert "unknown backend 'abacus'" in done.err


def test_starts_are_a_number_or_a_name(drumlin: Command) -> None:
    """Assert that --starts agglomerative makes that start alone, and nonsense is a usage error."""
    answer = json.loads(drumlin("fit", IRIS, "-k", "3", "--starts", "agglomerative", "--json",
                              "--columns", "Sepal.Length,Petal.Length").out)  # fmt: skip
    assert [run["start"] for run in answer["runs"]] == ["agglomerative"]
    for wrong in ("0", "-1", "1.5", "kmeans"):
        done = drumlin("fit", IRIS, "-k", "3", "--starts", wrong)
        assert done.code == 2
        assert "neither a number from 1 on nor agglomerative" in done.err


def test_defaults_are_those_of_the_library() -> None:
    """Assert that the command and `drumlin.fit` share their defaults."""
    ours = inspect.signature(fit_command).parameters
    theirs = inspect.signature(library.fit).parameters
    shared = {"family", "starts", "tol", "max_iter", "max_seconds", "backend", "sample_weight"}
    assert [n for n in shared if ours[n].default != theirs[n].default] == []
