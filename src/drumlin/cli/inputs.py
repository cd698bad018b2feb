"""Models and data as the verbs that use a model read them."""

from __future__ import annotations

import sys

import numpy as np

from drumlin.cli.arguments import column_names
from drumlin.data import read_like
from drumlin.errors import DataFileError
from drumlin.mixture import Mixture
from drumlin.storage import Record, from_bytes, read


def read_model(path: str) -> Record:
    """The model file at ``path``, or on standard input. Raises ModelFileError."""
    return from_bytes(sys.stdin.buffer.read(), "standard input") if path == "-" else read(path)


def read_rows(mixture: Mixture, path: str, columns: str | None) -> np.ndarray:
    """x (n, d) in the columns of the mixture: those named on the command line, else by name.

    Where the file or the mixture has no names, all columns are taken in their order. Raises
    DataFileError when their number is not d.
    """
    table = read_like(path, mixture.feature_names, columns=column_names(columns))
    if table.x.shape[1] != mixture.n_features:
        names = f" ({', '.join(mixture.feature_names)})" if mixture.feature_names else ""
        raise DataFileError(
            f"{path} has {table.x.shape[1]} columns ({', '.join(table.feature_names)}), the model "
            f"{mixture.n_features}{names}: choose as many with --columns"
        )
    return table.x


def component_names(record: Record) -> list[str] | list[int]:
    """What components are called: the classes they were fitted to, else the numbers 1, 2, …"""
    if record.component_names is None:
        return list(range(1, record.mixture.n_components + 1))
    return list(record.component_names)
