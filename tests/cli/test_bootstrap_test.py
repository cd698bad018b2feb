"""`drumlin bootstrap-test`: the table, JSON, the picture, and processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import drumlin as library
from drumlin.cli.commands.bootstrap_test import ENOUGH_SAMPLES
from tests.cli.ingredients import FAITHFUL, Command

X = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)
FEW = ("--samples", 19, "--family", "spherical", "--seed", 1)


def test_table(drumlin: Command) -> None:
    """Assert that the verb prints what the library prints."""
    done = drumlin("bootstrap-test", FAITHFUL, "-k", "1", *FEW)
    assert (done.code, done.err) == (0, "")
    result = library.bootstrap_test(X, 1, "spherical", n_bootstrap=19, rng=1)
    assert done.out == f"{result}\n"


def test_json_and_picture(drumlin: Command, tmp_path: Path) -> None:
    """Assert that --json tells every sample, and --plot draws."""
    picture = tmp_path / "null.svg"
    done = drumlin("bootstrap-test", FAITHFUL, "-k", "1,2", *FEW, "--json", "--plot", picture)
    answer = json.loads(done.out)
    result = library.bootstrap_test(X, [1, 2], "spherical", n_bootstrap=19, rng=1)
    assert answer["n_components"] == result.n_components
    assert [test["p_value"] for test in answer["tests"]] == [t.p_value for t in result.tests]
    assert answer["tests"][0]["replicates"] == result.tests[0].replicates.tolist()
    assert (answer["family"], answer["seed"], answer["halted"]) == ("VII", 1, None)
    assert picture.stat().st_size > 5000


def test_processes_change_nothing(drumlin: Command, process: Command) -> None:
    """Assert that many samples, which are fitted in several processes, are the same."""
    options = ("bootstrap-test", FAITHFUL, "-k", 1, "--samples", ENOUGH_SAMPLES, *FEW[2:], "--json")
    alone, together = (run(*options, "--threads", n) for run, n in ((drumlin, 1), (process, 2)))
    assert (alone.code, together.code, together.err) == (0, 0, "")
    assert json.loads(alone.out) == json.loads(together.out)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-k", "two"], "write numbers as in 1-9"),
        (["-k", "1", "--samples", "9"], "ask for 19 or more"),
        (["-k", "1", "--level", "2"], "level is 2.0"),
        (["-k", "1", "--plot", "null.gif"], "must end in .png"),
        ([], "Missing option '-k'"),
    ],
)
def test_refusals(options: list[str], words: str, drumlin: Command) -> None:
    """Assert that wrong options are reported on standard error, before any work."""
    done = drumlin("bootstrap-test", FAITHFUL, *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
