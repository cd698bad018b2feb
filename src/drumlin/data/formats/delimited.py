"""Text files with delimiters: CSV, TSV, and the like with semicolons.

Apache Arrow reads them. What it refuses is read again with the csv module, which either names the
line and the column of the fault, or reads it after all (a number written +1.5).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import DataFileError, MissingExtraError

DELIMITERS = (",", "\t", ";")

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None")
"""Cells that hold no value."""


@dataclass(frozen=True, eq=False)
class DelimitedFile:
    """A text file; see `drumlin.data.files.TableFile` for the members.

    skipped : records before the first row of data, the header and blank lines
    numeric : (d,) bool, whether the first row of data holds a number
    """

    name: str
    content: Path | bytes
    delimiter: str
    columns: tuple[str, ...]
    named: bool
    skipped: int
    numeric: tuple[bool, ...]

    @classmethod
    def open(cls, name: str, content: Path | bytes, delimiter: str | None) -> DelimitedFile:
        """Look at the first two rows. Raises DataFileError when there are none.

        The first row is a header when it holds no number, or text above a number.
        """
        delimiter = _sniff(name, content) if delimiter is None else delimiter
        records = enumerate(cells for _, cells in _records(name, content, delimiter))
        rows = list(islice((record for record in records if record[1]), 2))
        if not rows:
            raise DataFileError(f"{name} is empty")
        first = rows[0][1]
        numbers = [_is_number(cell) for cell in first]
        below = [_is_number(cell) for cell in rows[1][1]] if len(rows) > 1 else []
        named = not any(numbers) or any(b and not a for a, b in zip(numbers, below, strict=False))
        if named and len(rows) < 2:
            raise DataFileError(f"{name} has a header but no rows")
        names = [cell.strip() if named else f"x{a + 1}" for a, cell in enumerate(first)]
        numeric = tuple(below if named else numbers)
        return cls(name, content, delimiter, tuple(names), named, rows[0][0] + named, numeric)

    def numbers(self, chosen: Sequence[int]) -> Array:
        """(n, len(chosen)) float64, NaN where missing. Raises DataFileError naming the line."""
        import_arrow()
        import pyarrow as pa

        try:
            table = self._read(chosen, pa.float64())
        except pa.ArrowInvalid:
            return self._numbers_by_line(chosen)
        x = np.empty((table.num_rows, len(chosen)))
        for a, column in enumerate(table.columns):
            x[:, a] = column.to_numpy()
        return x

    def texts(self, column: int) -> Array:
        """(n,) str, None where missing. Raises DataFileError naming the line."""
        import_arrow()
        import pyarrow as pa

        try:
            values: list[Any] = self._read([column], pa.string())[0].to_pylist()
        except pa.ArrowInvalid:
            values = [record[column] for _, record in self._records()]
        stripped = ["" if value is None else value.strip() for value in values]
        return np.array([None if text in MISSING else text for text in stripped], dtype=object)

    def place(self, row: int) -> str:
        """The line, counted from 1."""
        found = next(islice(self._records(), row, None), None)
        return f"row {row + 1}" if found is None else f"line {found[0]}"

    def _read(self, chosen: Sequence[int], kind: Any) -> Any:
        from pyarrow import csv as arrow_csv

        names = [str(a) for a in range(len(self.columns))]  # the file's own may repeat
        wanted = [names[a] for a in chosen]
        source = io.BytesIO(self.content) if isinstance(self.content, bytes) else str(self.content)
        return arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows_after_names=self.skipped
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, kind),
                null_values=MISSING,
                strings_can_be_null=True,
            ),
        )

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of the rows of data. Raises DataFileError where their number is wrong."""
        for index, (line, cells) in enumerate(_records(self.name, self.content, self.delimiter)):
            if index < self.skipped or not cells:
                continue
            if len(cells) != len(self.columns):
                raise DataFileError(
                    f"{self.name}, line {line} has {len(cells)} cells, not "
                    f"{len(self.columns)}: quote cells that hold a {self.delimiter!r}, or mend the "
                    "line"
                )
            yield line, cells

    def _numbers_by_line(self, chosen: Sequence[int]) -> Array:
        """Cell by cell into 8 bytes each, never a list of lists."""
        values = np.fromiter(
            (self._number(cells[a], line, a) for line, cells in self._records() for a in chosen),
            dtype=np.float64,
        )
        return values.reshape(-1, len(chosen))

    def _number(self, cell: str, line: int, column: int) -> float:
        text = cell.strip()
        if _is_number(text):
            return np.nan if text in MISSING else float(text)
        held = f"holds {text!r}" if len(text) < 40 else f"holds {text[:40]!r}…"
        place = f"line {line}, column {self.columns[column]!r}"
        if self.numeric[column]:
            raise DataFileError(f"{self.name}, {place} {held}, which is not a number")
        usable = [name for name, good in zip(self.columns, self.numeric, strict=True) if good]
        remedy = (
            f"choose columns of numbers, --columns {','.join(usable)}"
            if usable
            else "no column holds numbers; cells end with a comma, semicolon or tab, and numbers "
            "have a decimal point"
        )
        raise DataFileError(
            f"{self.name}: column {self.columns[column]!r} is text (line {line} {held}): {remedy}"
        )


def import_arrow() -> None:
    """Raises MissingExtraError with the remedy when pyarrow is absent."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "reading data files needs pyarrow: pip install 'drumlin[arrow]'"
        ) from None


def _stream(content: Path | bytes) -> io.TextIOWrapper:
    raw = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _records(name: str, content: Path | bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of every record, blank ones included.

    Raises DataFileError for what is not text.
    """
    with _stream(content) as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except UnicodeDecodeError:
            raise _not_text(name, line) from None
        except csv.Error as error:
            raise DataFileError(f"{name}, line {line} cannot be read: {error}") from None


def _sniff(name: str, content: Path | bytes) -> str:
    """The delimiter that the first line holds most often outside quotes, a comma if none."""
    with _stream(content) as stream:
        try:
            for text in stream:
                line = re.sub(r'"[^"]*"', "", text)
                if line.strip():
                    return max(DELIMITERS, key=line.count)
        except UnicodeDecodeError:
            raise _not_text(name, 1) from None
    return ","


def _not_text(name: str, line: int) -> DataFileError:
    return DataFileError(f"{name}, line {line} or soon after is not UTF-8 text: save it as UTF-8")


def _is_number(cell: str) -> bool:
    text = cell.strip()
    if text in MISSING:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
