"""Rows of numbers as lines of CSV, block by block."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np

from drumlin._types import Array

BLOCK_ROWS = 16384


def blocks(x: Array) -> Iterator[Array]:
    """x (n, d) in pieces, so that what is printed is never held as a whole."""
    for first in range(0, len(x), BLOCK_ROWS):
        yield x[first : first + BLOCK_ROWS]


def cells(x: Array) -> list[list[str]]:
    """(m, c) numbers as texts that read back as the same float32 or float64."""
    if x.dtype == np.float64:
        return [[repr(value) for value in row] for row in x.tolist()]
    return [[str(value) for value in row] for row in x]


def quoted(text: str) -> str:
    """A cell of text, in quotes where CSV needs them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text])
    return line.getvalue()
