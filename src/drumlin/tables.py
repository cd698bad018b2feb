"""Text for people: columns that line up, numbers with their nouns."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 row", "2 rows"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of text columns that line up: the first to the left, the others too."""
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
