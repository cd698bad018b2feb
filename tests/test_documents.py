"""Every example is true: those in README and docs, and those in docstrings, are run here.

In a page a block ```python is run (all blocks of a page share their names), a block ```console has
lines beginning with ``$ `` that are run (a plain `drumlin` command in this process, all others by
bash), and the block ```output after either is what was
printed, where ``...`` stands for anything and runs of blanks are equal.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import drumlin
from tests.cli.ingredients import leave

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = [
    module.name
    for module in pkgutil.walk_packages(drumlin.__path__, "drumlin.")
    if not module.name.endswith(("__main__", "_native"))
]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that looks like the root of the tree, so that examples may write."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    yield tmp_path
    if "matplotlib.pyplot" in sys.modules:
        importlib.import_module("matplotlib.pyplot").close("all")


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """Line number, kind and text of the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found["kind"], found["text"])
        for found in BLOCK.finditer(text)
    ]


def printed_by(code: str, name: str, names: dict[str, Any]) -> str:
    """What Python code prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), names)
    return out.getvalue()


def said_by(commands: str, folder: Path) -> str:
    """What commands print on stdout; raises when one fails."""
    lines = [line.removeprefix("$ ") for line in commands.splitlines()]
    return "".join(said_by_line(line, folder) for line in lines)


def said_by_line(line: str, folder: Path) -> str:
    """What one command prints; one with pipes is run by bash, as the program of this environment.

    A program of its own takes half a second to start, or a whole one where it draws.
    """
    if line.startswith("drumlin ") and not set("|<>&;$*") & set(line):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = leave(*shlex.split(line)[1:])
        assert code == 0, line
        return out.getvalue()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{line}\n{run.stdout}\n{run.stderr}"
    return run.stdout


def agrees(expected: str, got: str) -> bool:
    """Whether the output is the expected one, up to blanks and ``...``."""
    return doctest.OutputChecker().check_output(expected, got, FLAGS)


@pytest.mark.parametrize(
    "page",
    [PAGES[0], *(pytest.param(page, marks=pytest.mark.slow) for page in PAGES[1:])],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_examples_of_pages_run_and_print_what_they_say(page: Path, workplace: Path) -> None:
    """Assert that every Python and console block runs, and prints the output block after it."""
    names: dict[str, Any] = {"__name__": "__main__"}
    got, place = "", ""
    for line, kind, text in blocks(page):
        if kind == "python":
            place = f"{page.name}, line {line}"
            got = printed_by(text, place, names)
        elif kind == "console":
            place = f"{page.name}, line {line}"
            got = said_by(text, workplace)
        elif kind == "output":
            assert agrees(text, got), f"{place} printed\n{got}\nthe page says\n{text}"


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_are_true(name: str, workplace: Path) -> None:
    """Assert that every example in a docstring prints what it says."""
    del workplace
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=FLAGS)
    assert result.failed == 0


def test_there_are_examples() -> None:
    """Assert that pages and docstrings have examples at all, so that the tests above can fail."""
    kinds = [kind for page in PAGES for _, kind, _ in blocks(page)]
    assert kinds.count("python") >= 15
    assert kinds.count("console") >= 5
    assert kinds.count("output") >= 15
    finder = doctest.DocTestFinder()
    docstrings = [
        example
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
        for example in test.examples
    ]
    assert len(docstrings) >= 5


def test_a_wrong_example_is_seen() -> None:
    """Assert that other numbers disagree, while dots and blanks do not."""
    assert agrees("a  1.5\n[0... 2]\n", "a 1.5\n[0.1 2]\n")
    assert not agrees("a 1.5\n", "a 1.6\n")
    assert not agrees("", "something\n")


@pytest.mark.slow
def test_the_pages_build_without_warnings(tmp_path: Path) -> None:
    """Assert that Sphinx builds the pages, warnings being errors."""
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_parser")
    pytest.importorskip("furo")
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", str(ROOT / "docs"), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "api.html").exists()


@pytest.mark.slow
def test_the_pictures_of_the_pages_can_be_drawn_again(tmp_path: Path) -> None:
    """Assert that docs/draw.py draws every picture that the pages show."""
    runpy.run_path(str(ROOT / "docs" / "draw.py"))["draw"](tmp_path)
    importlib.import_module("matplotlib.pyplot").close("all")
    shown = {
        Path(name).name
        for page in PAGES
        for name in re.findall(r"\]\(([^)]*\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert {file.name for file in tmp_path.iterdir()} == shown
