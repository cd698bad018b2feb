"""Known classes, as cells of a data file and options of the command line name them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import typer

from drumlin._types import Array
from drumlin.errors import DataFileError, InvalidParameterError

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class NamedLabels:
    """labels : (n,) int64, −1 where unknown;  names : k names, in the order of the components."""

    labels: Array
    names: tuple[str, ...]


def read_classes(cells: Array | None, n_components: int | None, place: str) -> NamedLabels | None:
    """Labels 0 … k − 1 from cells (n,) of text, None where unknown; None without cells.

    Classes are sorted, as numbers if all are numbers; among numbers −1 is unknown, too. Raises
    DataFileError when no class is known or a number is not whole, InvalidParameterError when
    ``n_components`` is given and not the number of classes.
    """
    if cells is None:
        return None
    different = {cell for cell in cells.tolist() if cell is not None}
    numbers = {cell: _number_in(cell) for cell in different}
    numeric = all(value is not None for value in numbers.values())
    names = _whole_names(numbers, place) if numeric else {cell: cell for cell in different}
    known = sorted({n for n in names.values() if n is not None}, key=int if numeric else str)
    if not known:
        raise DataFileError(f"{place}: the column of labels is empty: every class is unknown")
    if n_components not in (None, len(known)):
        shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        raise InvalidParameterError(
            f"-k is {n_components}, but --labels has {len(known)} classes ({shown}): leave -k out"
        )
    index = {name: j for j, name in enumerate(known)}
    labels = [index.get(names.get(cell) or "", UNKNOWN) for cell in cells.tolist()]
    return NamedLabels(np.array(labels, dtype=np.int64), tuple(known))


def _number_in(cell: str) -> int | float | None:
    """A whole number exactly: identifiers may have more digits than a float holds."""
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return None


def _whole_names(numbers: Mapping[str, int | float | None], place: str) -> Mapping[str, str | None]:
    """ "1.0" and "1" are one class, named "1"; −1 is unknown."""
    names: dict[str, str | None] = {}
    for cell, value in numbers.items():
        if value is None or (isinstance(value, float) and not value.is_integer()):
            raise DataFileError(
                f"{place}: the label {cell} is not a whole number: labels are whole numbers or text"
            )
        names[cell] = None if value == UNKNOWN else str(int(value))
    return names


def complete_labels(cells: Array | None, place: str) -> Array:
    """(n,) classes from cells of text: whole numbers if every cell is written as one, else text.

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


def parse_priors(text: str | None, labels: Array) -> dict[Any, float] | None:
    """A=P,B=P as a mapping from class to prior. Raises BadParameter."""
    if text is None:
        return None
    priors = {}
    for part in next(csv.reader([text], skipinitialspace=True)):
        name, equals, value = part.rpartition("=")
        if not equals:
            raise typer.BadParameter(f"--priors {text}: write CLASS=P,CLASS=P")
        priors[_class_named(name.strip(), labels)] = _parse_float(value, "--priors")
    return priors


def parse_costs(texts: list[str] | None, labels: Array) -> dict[tuple[Any, Any], float] | None:
    """TRUE,DECIDED=C of each text as a mapping from pairs to costs. Raises BadParameter."""
    if not texts:
        return None
    costs = {}
    for text in texts:
        pair, equals, value = text.rpartition("=")
        names = [name.strip() for name in next(csv.reader([pair], skipinitialspace=True), [])]
        if not equals or len(names) != 2:
            raise typer.BadParameter(f"--cost {text}: write TRUE,DECIDED=C")
        true, decided = (_class_named(name, labels) for name in names)
        costs[true, decided] = _parse_float(value, "--cost")
    return costs


def _class_named(name: str, labels: Array) -> Any:
    """The class of this name: a whole number where the labels are."""
    try:
        return int(name) if labels.dtype.kind == "i" else name
    except ValueError:
        return name


def _parse_float(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: {text!r} is not a number") from None
