"""Pictures as files: the format follows from the name, - is standard output as PNG."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from drumlin.cli import console

DOTS_PER_INCH = 160
FORMATS = ("png", "svg", "pdf")


def check_picture(path: str | None) -> None:
    """Refuse a file of another format, or that cannot be written. Raises BadParameter, OSError."""
    if path is None:
        return
    if _format_of(path) not in FORMATS:
        raise typer.BadParameter(f"{path}: the name must end in .png, .svg or .pdf")
    console.check_writable(path)


def save_picture(draw: Callable[[], Any], path: str) -> None:
    """Draw, without a screen, and write the figure to ``path``.

    draw : returns Axes of matplotlib
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    with console.warnings_as_messages():
        figure = draw().figure
        if path == "-":
            figure.savefig(sys.stdout.buffer, format="png", dpi=DOTS_PER_INCH)
            return
        figure.savefig(path, format=_format_of(path), dpi=DOTS_PER_INCH)
    console.say(f"the picture is in {path}")


def _format_of(path: str) -> str:
    return Path(path).suffix.lower().lstrip(".")
