"""Tables: aligned text, Markdown, data frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from drumlin.errors import InvalidParameterError

FRAMES = ("pandas", "polars", "pyarrow")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 row", "2 rows"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of left-aligned columns."""
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def table_of(records: Sequence[Mapping[str, Any]], kind: str, number: str = "{:.2f}") -> Any:
    """Records, at least one, as a table of this kind.

    kind : "records" (a list of dicts), "markdown" (text), or a data frame of "pandas", "polars" or
        "pyarrow", where that is installed
    number : how a float is written in text

    Raises InvalidParameterError for any other kind, ImportError where the library is absent.
    """
    if kind == "records":
        return list(records)
    if kind == "markdown":
        return _markdown(records, number)
    if kind in FRAMES:
        import narwhals as nw

        columns = {name: [record[name] for record in records] for name in records[0]}
        return nw.from_dict(columns, backend=cast("Any", kind)).to_native()
    known = ", ".join(map(repr, ("records", "markdown", *FRAMES)))
    raise InvalidParameterError(f"a table cannot be {kind!r}: choose one of {known}")


def _markdown(records: Sequence[Mapping[str, Any]], number: str) -> str:
    """A Markdown table; None is an empty cell."""

    def text(value: object) -> str:
        if value is None:
            return ""
        return number.format(value) if isinstance(value, float) else str(value).replace("|", "\\|")

    head = list(records[0])
    rows = [[text(value) for value in record.values()] for record in records]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
