"""Bad input: one line on standard error that names the place and the remedy, and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import drumlin as library
from tests.cli.ingredients import FAITHFUL, IRIS, Command

Bad = tuple[str, list[str], int, str]

FIT_FILES: list[Bad] = [
    ("", [], 1, "is empty"),
    ("a,b\n", [], 1, "has a header but no rows"),
    ("a,b\n1,2\n3\n", [], 1, "line 3 has 1 cells, not 2"),
    ("a,b\n1,2\n3,x\n", [], 1, "line 3, column 'b' holds 'x', which is not a number"),
    ("a,b\n1,2\n3,1+2j\n", [], 1, "line 3, column 'b' holds '1+2j', which is not a number"),
    ("a,b\n1,2\n3,inf\n", [], 1, "line 3, column 'b' is infinite"),
    ("a,b\n1,2\n3,\n", [], 1, "line 3, column 'b' is missing: missing values are not supported"),
    ("a,b\n1,x\n3,y\n", [], 1, "column 'b' is text"),
    ("a,b\n1,2\n3,4\n", ["--columns", "a,c"], 1, "has no column 'c': its columns are a, b"),
    ("a,b\n1,2\n3,4\n", ["--columns", ","], 2, "give names separated by commas"),
    ("a\n1\n1\n", [], 2, "the data have only 1 distinct rows"),
    ("a,n\n1,1\n2,-1\n", ["--sample-weight", "n"], 1, "line 3, column 'n' is -1: weights"),
    ("a,n\n1,0\n2,0\n", ["--sample-weight", "n"], 1, "sample_weight is zero for every row"),
    ("a,n\n1,0\n2,0\n", ["--sample-weight", "m"], 1, "has no column 'm'"),
    ("a,c\n1,\n2,\n", ["--labels", "c"], 1, "the column of labels is empty"),
    ("a,c\n1,0.5\n2,1\n", ["--labels", "c"], 1, "the label 0.5 is not a whole number"),
    ("a,c\n1,u\n2,v\n3,w\n", ["--labels", "c"], 2, "--labels has 3 classes (u, v, w)"),
    ("a,b\n1e200,2\n3,4\n", [], 1, "line 2, column 'a' is 1e+200, beyond 1e+140"),
]


@pytest.mark.parametrize(("text", "options", "code", "message"), FIT_FILES)
def test_fit_refuses(
    text: str, options: list[str], code: int, message: str, drumlin: Command, tmp_path: Path
) -> None:
    """Assert that fit refuses bad data before any work, on one line, and writes no model."""
    path = tmp_path / "data.csv"
    path.write_text(text)
    done = drumlin("fit", path, "-k", "2", "-o", tmp_path / "m.json", *options)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "m.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["fit", "nowhere.csv", "-k", "2"], 1, "nowhere.csv does not exist"),
        (["fit", "/", "-k", "2"], 1, "/ is a folder"),
        (["fit", FAITHFUL], 2, "how many components? Give -k, or --labels COLUMN"),
        (["fit", FAITHFUL, "-k", "0"], 2, "Invalid value for '-k'"),
        (["fit", FAITHFUL, "-k", "two"], 2, "Invalid value for '-k'"),
        (["fit", FAITHFUL, "-k", "2", "--family", "round"], 2,
         "unknown family 'round': known are EII, spherical (VII), EEI"),
        (["fit", FAITHFUL, "-k", "2", "--max-seconds", "-1"], 2, "max_seconds is -1"),
        (["fit", FAITHFUL, "-k", "2", "--json", "-o", "-"], 2, "choose one"),
        (["fit", "unread.csv", "-k", "2", "-o", "no/where/m.json"], 1,
         "cannot write no/where/m.json: there is no folder no/where"),  # before any work
        (["fit", "unread.csv", "-k", "2", "-o", "/"], 1, "cannot write /: choose another place"),
        (["fit", FAITHFUL, "-k", "2", "--starst", "2"], 2, "No such option"),
        (["fit", IRIS, "-k", "3"], 1, "column 'Species' is text"),
        (["predict", "nowhere.json", FAITHFUL], 1, "nowhere.json does not exist"),
        (["predict", FAITHFUL, FAITHFUL], 1, "faithful.csv is not a model file"),
        (["sample", FAITHFUL, "-n", "-1"], 2, "Invalid value for '-n'"),
        (["info"], 2, "give a model file or --system"),
        (["info", FAITHFUL, "--system"], 2, "give a model file or --system"),
        (["dance"], 2, "No such command 'dance'"),
    ],
)  # fmt: skip
def test_wrong_use(arguments: list[str], code: int, message: str, drumlin: Command) -> None:
    """Assert that each kind of wrong use has its message and exit code, and prints no data."""
    done = drumlin(*arguments)
    assert (done.code, done.out) == (code, "")
    assert message in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a model file: it cannot be read as JSON (line 1"),
        ('{"format": "other"}', "is not a drumlin model"),
        ('{"format": "drumlin-mixture", "version": 2}',
         "was written by a newer drumlin (format 2; this one reads 1): upgrade drumlin"),
        ('{"format": "drumlin-mixture", "version": 1}', "field 'mixture' is missing"),
    ],
)  # fmt: skip
def test_a_wrong_model_file_is_reported(
    content: str, message: str, drumlin: Command, tmp_path: Path
) -> None:
    """Assert that every verb that reads a model says what is wrong with the file."""
    path = tmp_path / "m.json"
    path.write_text(content)
    for verb in (["predict", path, FAITHFUL], ["score", path, FAITHFUL], ["info", path],
                 ["sample", path, "-n", "1"], ["plot", path, "-o", "f.png"]):  # fmt: skip
        done = drumlin(*verb)
        assert (done.code, done.out) == (1, "")
        assert f"drumlin: {path}" in done.err
        assert message in done.err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "drumlin: interrupted\n"),
        (MemoryError(), 1, "drumlin: there is not enough memory: use fewer columns or rows\n"),
        (OSError(28, "No space left on device", "f"), 1, "drumlin: No space left on device: f\n"),
        (OSError("odd"), 1, "drumlin: odd\n"),
    ],
)
def test_what_the_system_refuses_is_reported(
    error: BaseException,
    code: int,
    message: str,
    drumlin: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Assert that Ctrl-C, too little memory and a full disk are one line and an exit code."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(library, "fit", fail)
    done = drumlin("fit", FAITHFUL, "-k", "2")
    assert (done.code, done.out, done.err) == (code, "", message)


def test_a_fault_of_our_own_is_not_hidden(
    drumlin: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that an error that nobody foresaw is raised, with all that helps to find it."""
    monkeypatch.setattr(library, "fit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drumlin("fit", FAITHFUL, "-k", "2")
