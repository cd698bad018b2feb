"""Pictures that verbs draw besides their tables: where they go, and in which format."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from drumlin.cli import console

DOTS_PER_INCH = 160
FORMATS = ("png", "svg", "pdf")


def suffix_of(path: str) -> str:
    """The format that the name asks for. Raises BadParameter, OSError when it cannot be written."""
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise typer.BadParameter(f"{path}: the name must end in .png, .svg or .pdf")
    console.check_writable(path)
    return suffix


def save_picture(draw: Callable[[], Any], path: str) -> None:
    """Draw Axes, without a screen, and write their figure to the file."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with console.warnings_as_messages():
        figure = draw().figure
    figure.savefig(path, format=suffix_of(path), dpi=DOTS_PER_INCH)
    console.say(f"the picture is in {path}")
