"""Results for each row as CSV, written block by block so that memory stays small."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.cli import console

BLOCK_ROWS = 16384

CsvColumns = list[Sequence[Any]]


def write_csv(
    path: str | None, header: Iterable[str], n_rows: int, columns_of: Callable[[slice], CsvColumns]
) -> None:
    """Write a header and ``n_rows`` rows to standard output, or to the file at ``path``.

    columns_of : the columns of a block of rows, texts or numbers
    """
    with console.open_output(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for first in range(0, n_rows, BLOCK_ROWS):
            block = slice(first, min(first + BLOCK_ROWS, n_rows))
            writer.writerows(zip(*columns_of(block), strict=True))


def number_columns(x: Array) -> CsvColumns:
    """The c columns of x (m, c), as cells that read back as the same float32 or float64."""
    # Python writes the shortest float64, NumPy the shortest float32.
    return x.T.tolist() if x.dtype == np.float64 else [list(column) for column in x.T]


def write_labels(
    path: str | None,
    x: Array,
    labels: Callable[[Array], list[Any]],
    soft: Callable[[Array], Array],
    header: Sequence[str],
) -> None:
    """Write the label of every row x (n, d), and the columns of ``soft`` that ``header`` names."""

    def columns_of(block: slice) -> CsvColumns:
        return [labels(x[block]), *(number_columns(soft(x[block])) if header else [])]

    write_csv(path, ["label", *header], len(x), columns_of)
