"""The command inside this process or as a program of its own, and a model that it fitted."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.ingredients import FAITHFUL, Command, Done, leave, program

EXTRA = ("typer", "rich", "pyarrow", "matplotlib")
collect_ignore_glob = [] if all(map(importlib.util.find_spec, EXTRA)) else ["test_*.py"]


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
