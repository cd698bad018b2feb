"""Classes as the command line and the cells of a file name them."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import typer

from drumlin.errors import DataFileError


def labels_of(cells: np.ndarray | None, place: str) -> np.ndarray:
    """(n,) classes from cells of text: whole numbers where all are written so, else text.

    01 and 1 are two classes. Raises DataFileError for a missing one.
    """
    texts = [] if cells is None else cells.tolist()
    if None in texts:
        raise DataFileError(
            f"{place}: the class of row {texts.index(None) + 1} is missing: fill it in, or drop "
            "the row; drumlin fit --labels learns from rows of unknown class too"
        )
    try:
        numbers = np.array([int(text) for text in texts], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(texts)
    return numbers if [str(number) for number in numbers.tolist()] == texts else np.array(texts)


def priors_in(text: str | None, known: np.ndarray) -> dict[Any, float] | None:
    """A=P,B=P as a mapping from class to prior. Raises BadParameter."""
    if text is None:
        return None
    priors = {}
    for part in next(csv.reader([text], skipinitialspace=True)):
        name, equals, value = part.rpartition("=")
        if not equals:
            raise typer.BadParameter(f"--priors {text}: write CLASS=P,CLASS=P")
        priors[_class(name.strip(), known)] = _float(value, "--priors")
    return priors


def costs_in(texts: list[str] | None, known: np.ndarray) -> dict[tuple[Any, Any], float] | None:
    """TRUE,DECIDED=C of each as a mapping from pairs to costs. Raises BadParameter."""
    if not texts:
        return None
    costs = {}
    for text in texts:
        pair, equals, value = text.rpartition("=")
        names = [name.strip() for name in next(csv.reader([pair], skipinitialspace=True), [])]
        if not equals or len(names) != 2:
            raise typer.BadParameter(f"--cost {text}: write TRUE,DECIDED=C")
        first, second = (_class(name, known) for name in names)
        costs[first, second] = _float(value, "--cost")
    return costs


def _class(name: str, known: np.ndarray) -> Any:
    """The class of this name, a whole number where the classes are."""
    try:
        return int(name) if known.dtype.kind == "i" else name
    except ValueError:
        return name


def _float(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: {text!r} is no number") from None
