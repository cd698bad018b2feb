"""The result of a fit: the model file, and the table or JSON object that is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from drumlin.cli import console

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit
    from drumlin.fitting.result import Fit


def check_model_output(path: str | None, *, as_json: bool) -> None:
    """Refuse an output that cannot be written. Raises BadParameter, OSError."""
    if as_json and path == "-":
        raise typer.BadParameter("--json and -o - both want standard output: choose one")
    if path not in (None, "-"):
        console.check_writable(path)


def write_result(
    fit: Fit | DiscriminantFit,
    path: str | None,
    text: str,
    json_object: Callable[[], dict[str, Any]] | None,
    component_names: Sequence[str] | None = None,
) -> None:
    """Write the model to ``path``, and print the JSON object, or without one the text.

    The path - is standard output; the text then goes to standard error.
    """
    from drumlin.storage import save, to_json

    if path not in (None, "-"):
        save(fit, path, component_names=component_names)
    if json_object is not None:
        console.print_json(json_object())
        return
    print(text, file=sys.stderr if path == "-" else sys.stdout)
    if path == "-":
        print(to_json(fit, component_names=component_names), end="")
    elif path is not None:
        console.say(f"the model is in {path}")
