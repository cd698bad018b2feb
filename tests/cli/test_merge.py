"""`drumlin merge`: the table, labels, JSON and the picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import drumlin as library
from tests.cli.ingredients import FAITHFUL, Command

X = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of Old Faithful with four components."""
    path = tmp_path_factory.mktemp("four") / "m.json"
    library.save(library.fit(X, 4, rng=0), path)
    return path


def test_table(drumlin: Command, four: Path) -> None:
    """Assert that merge prints what the library prints."""
    done = drumlin("merge", four, FAITHFUL)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{library.merge(library.load(four), X)}\n"


def test_labels(drumlin: Command, four: Path, tmp_path: Path) -> None:
    """Assert that --clusters prints labels from 1, with --proba the responsibilities."""
    merging = library.merge(library.load(four), X)
    out = drumlin("merge", four, FAITHFUL, "--clusters", 2, "--proba").out.splitlines()
    assert out[0] == "label,responsibility_1,responsibility_2"
    cells = np.array([line.split(",") for line in out[1:]], dtype=float)
    assert np.array_equal(cells[:, 0], merging.labels(2) + 1)
    assert np.array_equal(cells[:, 1:], merging.responsibilities(2))
    assert drumlin("merge", four, FAITHFUL, "--clusters", 2, "-o", tmp_path / "l.csv").out == ""
    alone = (tmp_path / "l.csv").read_text().splitlines()
    assert alone == [line.split(",")[0] for line in out]


def test_json_and_picture(drumlin: Command, four: Path, tmp_path: Path) -> None:
    """Assert that --json tells the steps and --plot draws."""
    picture = tmp_path / "entropy.png"
    done = drumlin("merge", four, FAITHFUL, "--json", "--clusters", 2, "--plot", picture)
    answer = json.loads(done.out)
    merging = library.merge(library.load(four), X)
    assert answer["entropies"] == merging.entropies.tolist()
    assert answer["merged"] == [[a + 1, b + 1] for a, b in (s.pair for s in merging.merges)]
    assert answer["labels"] == (merging.labels(2) + 1).tolist()
    assert picture.stat().st_size > 5000
    assert done.err == f"drumlin: the picture is in {picture}\n"
    entropy = tmp_path / "other.png"
    drumlin("merge", four, FAITHFUL, "--plot", entropy)
    assert entropy.read_bytes() != picture.read_bytes()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--clusters", "9"], 2, "from 1 to 4"),
        (["--proba"], 2, "--proba needs --clusters"),
        (["--plot", "entropy.gif"], 2, "must end in .png"),
        (["--plot", "nowhere/entropy.png"], 1, "there is no folder nowhere"),
    ],
)
def test_refusals(options: list[str], code: int, words: str, drumlin: Command, four: Path) -> None:
    """Assert that wrong options are reported on standard error, and nothing is printed."""
    done = drumlin("merge", four, FAITHFUL, *options)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
