"""Known classes in a column of a data file become labels 0 … k − 1 with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.errors import DataFileError, InvalidParameterError

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Classes:
    """labels : (n,) int64, −1 where unknown;  names : k names, in the order of the components."""

    labels: Array
    names: tuple[str, ...]


def read_classes(cells: Array | None, n_components: int | None, place: str) -> Classes | None:
    """Classes from cells (n,) of text, None where unknown; sorted, as numbers if all are numbers.

    Among numbers −1 is unknown too. Raises DataFileError when no class is known or a number is not
    whole, InvalidParameterError when ``n_components`` is given and not the number of classes.
    """
    if cells is None:
        return None
    found = {cell for cell in cells.tolist() if cell is not None}
    numbers = {cell: _number(cell) for cell in found}
    numeric = all(value is not None for value in numbers.values())
    names = _whole_names(numbers, place) if numeric else {cell: cell for cell in found}
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
    return Classes(np.array(labels, dtype=np.int64), tuple(known))


def _number(cell: str) -> int | float | None:
    """Whole numbers to their last digit: identifiers may have more than a float holds."""
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return None


def _whole_names(numbers: Mapping[str, int | float | None], place: str) -> Mapping[str, str | None]:
    """ "1.0" and "1" are one class, called "1"; −1 is none."""
    names: dict[str, str | None] = {}
    for cell, value in numbers.items():
        if value is None or (isinstance(value, float) and not value.is_integer()):
            raise DataFileError(
                f"{place}: the label {cell} is not a whole number: labels are whole numbers or text"
            )
        names[cell] = None if value == UNKNOWN else str(int(value))
    return names
