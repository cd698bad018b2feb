"""Models and data files as the verbs read them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from drumlin import storage
from drumlin._types import Array
from drumlin.cli.arguments import column_names
from drumlin.cli.classes import complete_labels, read_classes
from drumlin.data import Table
from drumlin.data.class_labels import codes_of
from drumlin.data.files import FileTable, read_like, read_table
from drumlin.errors import DataFileError
from drumlin.mixture import Mixture
from drumlin.storage import ClassifierRecord, Record

if TYPE_CHECKING:
    from drumlin.classifier import Classifier

STANDARD_INPUT = "standard input"


def read_model(path: str) -> Record:
    """The model file at ``path``, or on standard input. Raises ModelFileError."""
    if path == "-":
        return storage.from_bytes(sys.stdin.buffer.read(), STANDARD_INPUT)
    return storage.read(path)


def read_classifier(path: str) -> ClassifierRecord:
    """The same for the file of a classifier. Raises ModelFileError."""
    if path == "-":
        return storage.classifier_from_bytes(sys.stdin.buffer.read(), STANDARD_INPUT)
    return storage.read_classifier(path)


def component_names(record: Record) -> list[str] | list[int]:
    """The known classes that the components were fitted to, else the numbers 1, 2, …"""
    if record.component_names is None:
        return list(range(1, record.mixture.n_components + 1))
    return list(record.component_names)


def read_samples(
    path: str, columns: str | None, sample_weight: str | None, labels: str | None = None
) -> tuple[Table, Array | None, Array | None]:
    """The samples of a data file, named if it has names; weights (n,) and labels (n,) or None."""
    table = read_table(
        path, columns=column_names(columns), sample_weight=sample_weight, labels=labels
    )
    names = table.feature_names if table.named else None
    return Table(table.x, names), table.sample_weight, table.labels


def read_rows(mixture: Mixture, path: str, columns: str | None) -> Array:
    """x (n, d) in the columns of the mixture: those named on the command line, else by name.

    Where the file or the mixture has no names, all columns are taken in their order. Raises
    DataFileError when their number is not d.
    """
    return _read(mixture, path, columns).x


def read_fit_data(
    record: Record,
    path: str,
    columns: str | None,
    sample_weight: str | None,
    labels: str | None,
) -> tuple[Array, Array | None, Array | None]:
    """x (n, d) as of `read_rows`, the weights (n,) and known classes (n,) in these columns.

    Classes are numbered as the components of the model. Raises DataFileError, also when the
    classes are not those of the model.
    """
    mixture = record.mixture
    table = _read(mixture, path, columns, sample_weight=sample_weight, labels=labels)
    classes = read_classes(table.labels, mixture.n_components, path)
    known = record.component_names
    if classes is not None and known is not None and classes.names != known:
        raise DataFileError(
            f"{path}: the classes are {', '.join(classes.names)}, those of the model "
            f"{', '.join(known)}: give the column that it was fitted with"
        )
    return table.x, table.sample_weight, None if classes is None else classes.labels


def read_labelled_rows(
    classifier: Classifier, path: str, columns: str | None, labels: str
) -> tuple[Array, Array]:
    """x (n, d) in the columns of the classifier, and the number (n,) of the class of each row.

    Raises DataFileError, also for a class that is missing; InvalidParameterError.
    """
    names = column_names(columns) or classifier.feature_names
    table = read_table(path, columns=names, labels=labels)
    known = complete_labels(table.labels, path)
    return table.x, codes_of(known, classifier.classes, None, len(table.x))


def _read(mixture: Mixture, path: str, columns: str | None, **others: str | None) -> FileTable:
    table = read_like(path, mixture.feature_names, columns=column_names(columns), **others)
    if table.x.shape[1] != mixture.n_features:
        names = f" ({', '.join(mixture.feature_names)})" if mixture.feature_names else ""
        raise DataFileError(
            f"{path} has {table.x.shape[1]} columns ({', '.join(table.feature_names)}), the model "
            f"{mixture.n_features}{names}: choose as many with --columns"
        )
    return table
