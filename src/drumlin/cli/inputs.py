"""Models and data as the verbs that use a model read them."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from drumlin.cli.arguments import column_names
from drumlin.cli.classes import read_classes
from drumlin.data import FileTable, read_like
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
    return _read(mixture, path, columns).x


@dataclass(frozen=True, eq=False)
class Used:
    """The data that a model was fitted to: x (n, d), weights (n,) and labels (n,) if any."""

    x: np.ndarray
    sample_weight: np.ndarray | None
    labels: np.ndarray | None


def read_used(
    record: Record,
    path: str,
    columns: str | None,
    sample_weight: str | None,
    labels: str | None,
) -> Used:
    """The same with columns of weights and of classes, numbered as the components of the model.

    Raises DataFileError, also when the classes are not those of the model.
    """
    mixture = record.mixture
    table = _read(mixture, path, columns, sample_weight, labels)
    classes = read_classes(table.labels, mixture.n_components, path)
    known = record.component_names
    if classes is not None and known is not None and classes.names != known:
        raise DataFileError(
            f"{path}: the classes are {', '.join(classes.names)}, those of the model "
            f"{', '.join(known)}: give the column that it was fitted with"
        )
    found = None if classes is None else classes.labels
    return Used(table.x, table.sample_weight, found)


def _read(
    mixture: Mixture,
    path: str,
    columns: str | None,
    sample_weight: str | None = None,
    labels: str | None = None,
) -> FileTable:
    table = read_like(
        path,
        mixture.feature_names,
        columns=column_names(columns),
        sample_weight=sample_weight,
        labels=labels,
    )
    if table.x.shape[1] != mixture.n_features:
        names = f" ({', '.join(mixture.feature_names)})" if mixture.feature_names else ""
        raise DataFileError(
            f"{path} has {table.x.shape[1]} columns ({', '.join(table.feature_names)}), the model "
            f"{mixture.n_features}{names}: choose as many with --columns"
        )
    return table


def component_names(record: Record) -> list[str] | list[int]:
    """What components are called: the classes they were fitted to, else the numbers 1, 2, …"""
    if record.component_names is None:
        return list(range(1, record.mixture.n_components + 1))
    return list(record.component_names)
