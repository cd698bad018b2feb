"""Running the command: inside this process, or as a program of its own."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

EXTRA = ("typer", "rich", "pyarrow", "matplotlib")
collect_ignore_glob = [] if all(map(importlib.util.find_spec, EXTRA)) else ["test_*.py"]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FAITHFUL = str(EXAMPLES / "faithful.csv")
GALAXIES = str(EXAMPLES / "galaxies.csv")
DATA = Path(__file__).resolve().parents[1] / "reference" / "data"
IRIS = str(DATA / "iris.csv")


@dataclass(frozen=True)
class Done:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


def leave(*arguments: str | Path | int) -> int:
    """Run the command in this process and return its exit code."""
    from drumlin.cli.application import app

    with pytest.raises(SystemExit) as left:
        app([str(part) for part in arguments], prog_name="drumlin")
    assert isinstance(left.value.code, int | None)
    return left.value.code or 0


@pytest.fixture
def drumlin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in this process; ``stdin`` is text."""

    def run(*arguments: str | Path | int, stdin: str | bytes = "") -> Done:
        content = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        capsys.readouterr()
        code = leave(*arguments)
        return Done(code, *capsys.readouterr())

    return run


def program(*arguments: str | Path | int) -> list[str]:
    """The words that start the command as a program of its own."""
    return [sys.executable, "-m", "drumlin.cli", *(str(part) for part in arguments)]


@pytest.fixture
def process() -> Command:
    """Run the command as a program of its own, without a terminal."""

    def run(*arguments: str | Path | int, stdin: str = "", code: str = "") -> Done:
        words: Sequence[str] = (
            [sys.executable, "-c", code, *map(str, arguments)] if code else program(*arguments)
        )
        done = subprocess.run(
            words, input=stdin.encode(), capture_output=True, check=False, env=dict(os.environ)
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file of Old Faithful with two components, fitted by the command."""
    path = tmp_path_factory.mktemp("model") / "faithful.json"
    assert leave("fit", FAITHFUL, "-k", "2", "--seed", "1", "-o", path) == 0
    return path
