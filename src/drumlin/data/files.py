"""Data files as tables: CSV and TSV, Parquet, NPY, and standard input.

Columns are found by name. A file without names (NPY, or text whose first row is numbers) has the
columns x1, x2, …
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drumlin._types import Array
from drumlin.data.checks import FINITE, LARGEST, first_beyond
from drumlin.data.formats.delimited import DelimitedFile
from drumlin.data.formats.npy import ArrayFile
from drumlin.data.formats.parquet import ParquetFile
from drumlin.errors import DataFileError

TableFile = DelimitedFile | ParquetFile | ArrayFile
"""A file by its columns, counted from 0: their names, and whether they are the file's own (named);
their numbers, and their cells as text, None where missing; the place of a row for messages."""


@dataclass(frozen=True, eq=False)
class FileTable:
    """What was read.

    x : (n, d) floats, finite
    feature_names : d names;  ``named`` says whether they are the file's own
    sample_weight : (n,) or None
    labels : (n,) texts, None where unknown; or None
    """

    x: Array
    feature_names: tuple[str, ...]
    named: bool
    sample_weight: Array | None = None
    labels: Array | None = None


def read_table(
    path: str,
    *,
    columns: Sequence[str] | None = None,
    sample_weight: str | None = None,
    labels: str | None = None,
) -> FileTable:
    """The numbers in a data file; ``-`` is standard input.

    columns : names of the columns of x, in this order; all but the two below unless given
    sample_weight, labels : names of the columns that hold them

    Raises DataFileError naming the file and the line, row or column.
    """
    return _read(open_table(path), columns, sample_weight, labels, LARGEST)


def read_like(
    path: str,
    feature_names: Sequence[str] | None,
    *,
    columns: Sequence[str] | None = None,
    sample_weight: str | None = None,
    labels: str | None = None,
) -> FileTable:
    """The columns ``columns``; else those called ``feature_names``, where the file has names.

    Else all columns in their order, but those of weights and labels. Raises DataFileError.
    """
    file = open_table(path)
    wanted = feature_names if columns is None and file.named else columns
    return _read(file, wanted, sample_weight, labels, FINITE)


def _read(
    file: TableFile,
    columns: Sequence[str] | None,
    sample_weight: str | None,
    labels: str | None,
    largest: Mapping[np.dtype, float],
) -> FileTable:
    others = [name for name in (sample_weight, labels) if name is not None]
    chosen = _choose(file, columns, others)
    x = file.numbers(chosen)
    _check_values(file, x, chosen, largest[x.dtype])
    weight = None
    if sample_weight is not None:
        column = [_find(file, sample_weight)]
        values = file.numbers(column)
        _check_values(file, values, column, FINITE[values.dtype])
        weight = np.asarray(values[:, 0], dtype=np.float64)
        _check_weight(file, weight, column[0])
    texts = None if labels is None else file.texts(_find(file, labels))
    return FileTable(x, tuple(file.columns[a] for a in chosen), file.named, weight, texts)


def open_table(path: str) -> TableFile:
    """The file at ``path``, its kind known by its name or its first bytes. Raises DataFileError."""
    if path == "-":
        content = sys.stdin.buffer.read()
        return _of_kind("standard input", content, content[:6], "")
    place = Path(path)
    if place.is_dir():
        raise DataFileError(f"{path} is a folder: give the path of a data file")
    try:
        if not place.is_file() and place.exists():  # a pipe can be read only once
            content = place.read_bytes()
            return _of_kind(path, content, content[:6], place.suffix)
        with place.open("rb") as file:
            head = file.read(6)
    except FileNotFoundError:
        raise DataFileError(f"{path} does not exist: give the path of a data file") from None
    except (OSError, ValueError) as error:
        raise DataFileError(f"cannot read {path}: {error}") from None
    return _of_kind(path, place, head, place.suffix)


def _of_kind(name: str, content: Path | bytes, head: bytes, suffix: str) -> TableFile:
    if not head:
        raise DataFileError(f"{name} is empty")
    suffix = suffix.lower()
    if head.startswith(ParquetFile.MAGIC) or suffix in (".parquet", ".pq"):
        return ParquetFile.open(name, content)
    if head.startswith(ArrayFile.MAGIC) or suffix == ".npy":
        return ArrayFile.open(name, content)
    return DelimitedFile.open(name, content, "\t" if suffix in (".tsv", ".tab") else None)


def _choose(file: TableFile, columns: Sequence[str] | None, others: Sequence[str]) -> list[int]:
    if columns is not None:
        chosen = [_find(file, name) for name in columns]
        twice = [name for name in columns if list(columns).count(name) > 1]
        if twice:
            raise DataFileError(f"column {twice[0]!r} is asked for twice")
        return chosen
    left_out = {_find(file, name) for name in others}
    chosen = [a for a in range(len(file.columns)) if a not in left_out]
    for a in chosen:
        if not file.columns[a]:
            raise DataFileError(
                f"{file.name}: column {a + 1} has no name (row numbers?): name those to use, "
                f"--columns {','.join(filter(None, file.columns))}"
            )
        _find(file, file.columns[a])
    if not chosen:
        raise DataFileError(f"{file.name} has no columns besides {', '.join(others)}")
    return chosen


def _find(file: TableFile, name: str) -> int:
    found = [a for a, column in enumerate(file.columns) if column == name]
    if not found:
        known = ", ".join(file.columns[:20]) + (", …" if len(file.columns) > 20 else "")
        unnamed = "" if file.named else " (it names none: they are counted)"
        raise DataFileError(f"{file.name} has no column {name!r}: its columns are {known}{unnamed}")
    if len(found) > 1:
        raise DataFileError(f"{file.name} has {len(found)} columns called {name!r}: rename them")
    return found[0]


def _check_values(file: TableFile, x: Array, chosen: Sequence[int], limit: float) -> None:
    """Refuse the first missing or infinite value, or one beyond ``limit``, by line and column."""
    if not len(x):
        raise DataFileError(f"{file.name} has no rows")
    if (found := first_beyond(x, limit)) is None:
        return
    row, a = found
    value, place = x[row, a], f"{file.name}, {file.place(row)}, column {file.columns[chosen[a]]!r}"
    if np.isnan(value):
        raise DataFileError(
            f"{place} is missing: missing values are not supported yet; drop the row or fill "
            "the value in"
        )
    if np.isinf(value):
        raise DataFileError(f"{place} is infinite: drop the row or replace the value")
    raise DataFileError(
        f"{place} is {value:g}, beyond {limit:g} where squares overflow: divide the column by a "
        "constant"
    )


def _check_weight(file: TableFile, weight: Array, column: int) -> None:
    """Refuse the first negative weight, by its line."""
    bad = np.flatnonzero(weight < 0.0)
    if bad.size:
        raise DataFileError(
            f"{file.name}, {file.place(int(bad[0]))}, column {file.columns[column]!r} is "
            f"{weight[bad[0]]:g}: weights are not negative; drop the row or mend the weight"
        )
