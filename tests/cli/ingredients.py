"""Running the command: inside this process, or as a program of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ingredients import DATA

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FAITHFUL = str(EXAMPLES / "faithful.csv")
GALAXIES = str(EXAMPLES / "galaxies.csv")
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


def program(*arguments: str | Path | int) -> list[str]:
    """The words that start the command as a program of its own."""
    return [sys.executable, "-m", "drumlin.cli", *(str(part) for part in arguments)]
