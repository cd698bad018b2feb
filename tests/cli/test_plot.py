"""`drumlin plot`: a picture of every kind, in every format."""

from __future__ import annotations

from pathlib import Path

import pytest

import drumlin as library
from drumlin import storage
from tests.cli.ingredients import FAITHFUL, GALAXIES, IRIS, Command

BEGINNINGS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_formats(suffix: str, drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that the name of the picture decides its format."""
    path = tmp_path / f"figure.{suffix}"
    done = drumlin("plot", model, FAITHFUL, "-o", path)
    assert (done.code, done.out, done.err) == (0, "", f"drumlin: the picture is in {path}\n")
    assert path.read_bytes().startswith(BEGINNINGS[suffix])


ANY = ["classification", "uncertainty", "density", "regions", "projection"]


@pytest.mark.parametrize("kind", ["auto", "scatter", "pairs", "story", "path", *ANY])
def test_kinds(kind: str, drumlin: Command, model: Path, tmp_path: Path) -> None:
    """Assert that every kind of picture for two columns is drawn."""
    done = drumlin("plot", model, FAITHFUL, "--kind", kind, "-o", tmp_path / "f.png")
    assert done.code == 0, done.err
    assert (tmp_path / "f.png").stat().st_size > 5000


@pytest.mark.parametrize("kind", ["auto", "story", *ANY])
def test_one_column(kind: str, drumlin: Command, tmp_path: Path) -> None:
    """Assert that one column is drawn as a density, with the data and (but for a story) without."""
    drumlin("fit", GALAXIES, "-k", "3", "--seed", "1", "-o", tmp_path / "m.json")
    with_data = drumlin(
        "plot", tmp_path / "m.json", GALAXIES, "--kind", kind, "-o", tmp_path / "a.png"
    )
    assert with_data.code == 0, with_data.err
    without = drumlin("plot", tmp_path / "m.json", "--kind", kind, "-o", tmp_path / "b.png")
    assert without.code == (2 if kind == "story" else 0)


@pytest.mark.parametrize("kind", ["auto", "density", "projection"])
def test_many_columns(kind: str, drumlin: Command, tmp_path: Path) -> None:
    """Assert that four columns are drawn, the column of text left out."""
    drumlin("fit", IRIS, "--labels", "Species", "-o", tmp_path / "m.json")
    done = drumlin("plot", tmp_path / "m.json", IRIS, "--kind", kind, "-o", tmp_path / "f.png")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "figure.gif"], 2, "figure.gif: the name must end in .png, .svg or .pdf"),
        ([], 2, "Missing option '-o'"),
        (["-o", "f.png", "--kind", "story"], 2, "--kind story needs DATA"),
        (["-o", "f.png", "--kind", "pie"], 2, "'pie' is not one of"),
        (["-o", "f.png", "--kind", "path"], 2, "a model that was fitted"),
        (["-o", "no/f.png"], 1, "cannot write no/f.png: there is no folder no"),
    ],
)
def test_wrong_use(
    arguments: list[str],
    code: int,
    message: str,
    drumlin: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Assert that a picture that cannot be drawn is refused in words."""
    monkeypatch.chdir(tmp_path)
    mixture = library.Mixture.from_arrays([1.0], [[0.0, 1.0]], [[1.0, 1.0]], "diag")
    storage.save(mixture, "m.json")
    done = drumlin("plot", "m.json", *arguments)
    assert done.code == code, done.err
    assert message in done.err
