"""Data files as tables: CSV and TSV, Parquet, NPY, and standard input.

Columns are found by name. A file without names (NPY, or text whose first row is numbers) has the
columns x1, x2, …
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from drumlin._types import Array
from drumlin.data.checks import LARGEST
from drumlin.data.formats.delimited import DelimitedFile
from drumlin.data.formats.npy import ArrayFile
from drumlin.data.formats.parquet import ParquetFile
from drumlin.errors import DataFileError

BLOCK_ROWS = 16384


class TableFile(Protocol):
    """What every kind of file can do; columns are counted from 0."""

    @property
    def name(self) -> str:
        """The file in messages."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def named(self) -> bool:
        """Whether the names are the file's own."""

    def numbers(self, chosen: Sequence[int]) -> Array:
        """(n, len(chosen)) floats, NaN where missing. Raises DataFileError for text, by place."""

    def texts(self, column: int) -> Array:
        """(n,) objects: the cells of a column as text, None where missing."""

    def place(self, row: int) -> str:
        """Where a row stands, for people: a line or row counted from 1."""


@dataclass(frozen=True, eq=False)
class FileTable:
    """What was read.

    x : (n, d) floats, finite
    feature_names : d names;  ``named`` tells whether they are the file's own
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
    file = open_table(path)
    table = _read(file, columns, sample_weight, labels)
    _check_size(file, table)
    return table


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
    return _read(file, wanted, sample_weight, labels)


def _read(
    file: TableFile, columns: Sequence[str] | None, sample_weight: str | None, labels: str | None
) -> FileTable:
    others = [name for name in (sample_weight, labels) if name is not None]
    chosen = _choose(file, columns, others)
    x = file.numbers(chosen)
    _check_present(file, x, chosen)
    weight = None
    if sample_weight is not None:
        column = [_find(file, sample_weight)]
        values = file.numbers(column)
        _check_present(file, values, column)
        weight = np.asarray(values[:, 0], dtype=np.float64)
        _check_weight(file, weight, column[0])
    texts = None if labels is None else file.texts(_find(file, labels))
    return FileTable(x, tuple(file.columns[a] for a in chosen), file.named, weight, texts)


def open_table(path: str) -> TableFile:
    """The file at ``path``, its kind told by its name or its first bytes. Raises DataFileError."""
    if path == "-":
        return _of_kind("standard input", sys.stdin.buffer.read(), "")
    place = Path(path)
    if place.is_dir():
        raise DataFileError(f"{path} is a folder: give the path of a data file")
    try:
        if not place.is_file() and place.exists():  # a pipe can be read only once
            return _of_kind(path, place.read_bytes(), place.suffix)
        with place.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        raise DataFileError(f"{path} does not exist: give the path of a data file") from None
    except (OSError, ValueError) as error:
        raise DataFileError(f"cannot read {path}: {error}") from None
    return _of_kind(path, place, place.suffix)


def _of_kind(name: str, content: Path | bytes, suffix: str) -> TableFile:
    head = content[:6] if isinstance(content, bytes) else _head(content)
    if not head:
        raise DataFileError(f"{name} is empty")
    suffix = suffix.lower()
    if head.startswith(ParquetFile.MAGIC) or suffix in (".parquet", ".pq"):
        return ParquetFile.open(name, content)
    if head.startswith(ArrayFile.MAGIC) or suffix == ".npy":
        return ArrayFile.open(name, content)
    return DelimitedFile.open(name, content, "\t" if suffix in (".tsv", ".tab") else None)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(6)


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


def _check_present(file: TableFile, x: Array, chosen: Sequence[int]) -> None:
    """Refuse the first missing or infinite value, by its line and column."""
    if not len(x):
        raise DataFileError(f"{file.name} has no rows")
    for first in range(0, len(x), BLOCK_ROWS):
        bad = np.argwhere(~np.isfinite(x[first : first + BLOCK_ROWS]))
        if not bad.size:
            continue
        row, a = first + int(bad[0, 0]), int(bad[0, 1])
        place = f"{file.name}, {file.place(row)}, column {file.columns[chosen[a]]!r}"
        if np.isnan(x[row, a]):
            raise DataFileError(
                f"{place} is missing: missing values are not supported yet; drop the row or fill "
                "the value in"
            )
        raise DataFileError(f"{place} is infinite: drop the row or replace the value")


def _check_size(file: TableFile, table: FileTable) -> None:
    """Refuse the first value that a fit cannot square, by its line and column."""
    limit = LARGEST[table.x.dtype]
    for first in range(0, len(table.x), BLOCK_ROWS):
        block = table.x[first : first + BLOCK_ROWS]
        bad = np.argwhere(np.abs(block) > limit)
        if bad.size:
            i, a = bad[0]
            raise DataFileError(
                f"{file.name}, {file.place(first + int(i))}, column {table.feature_names[a]!r} is "
                f"{block[i, a]:g}, beyond {limit:g} where squares overflow: divide the column by a "
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
