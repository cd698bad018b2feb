"""`save`, `load` and `read`: from models to files and back, whatever the kind of model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from drumlin.classifier import Classifier
from drumlin.documents.atomic import error_text, write_atomically
from drumlin.documents.encoding import from_json_bytes, from_npz_bytes, to_json_text, to_npz_bytes
from drumlin.errors import ModelFileError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.storage.classifiers import (
    ClassifierRecord,
    classifier_document,
    classifier_record_of,
)
from drumlin.storage.mixtures import Record, document_of, record_of

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit

    Model: TypeAlias = Fit | Mixture | DiscriminantFit | Classifier

PathLike = str | os.PathLike[str]

ZIP = b"PK"
"""The first bytes of an npz file."""


def save(value: Model, path: PathLike, *, component_names: Sequence[str] | None = None) -> None:
    """Write a mixture, a classifier, or a fit of either: npz if ``path`` ends in .npz, else JSON.

    component_names : k names of the components of a mixture, such as those of known classes

    The file appears complete or not at all.
    Raises ModelFileError when it cannot be written, or ``component_names`` are not k names.

    >>> import drumlin, tempfile, pathlib
    >>> mixture = drumlin.Mixture.from_arrays([0.4, 0.6], [0.0, 5.0], [1.0, 4.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     drumlin.save(mixture, pathlib.Path(folder) / "two.json")
    ...     drumlin.load(pathlib.Path(folder) / "two.json") == mixture
    True
    """
    document = _document(value, component_names)
    npz = Path(path).suffix.lower() == ".npz"
    content = to_npz_bytes(document) if npz else to_json_text(document).encode()
    try:
        write_atomically(path, content)
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot write {path}: {error_text(error)}") from None


def load(path: PathLike) -> Mixture:
    """The mixture in a model file, equal to the one saved. Raises ModelFileError."""
    return read(path).mixture


def read(path: PathLike) -> Record:
    """Everything in a model file. Raises ModelFileError naming the file and the fault."""
    return from_bytes(_content(path), str(path))


def load_classifier(path: PathLike) -> Classifier:
    """The classifier in a model file, equal to the one saved. Raises ModelFileError."""
    return read_classifier(path).classifier


def read_classifier(path: PathLike) -> ClassifierRecord:
    """Everything in the file of a classifier. Raises ModelFileError."""
    return classifier_from_bytes(_content(path), str(path))


def _content(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path} does not exist: give the path of a model file") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot read {path}: {error_text(error)}") from None


def to_json(value: Model, *, component_names: Sequence[str] | None = None) -> str:
    """The text of a JSON model file. Raises ModelFileError when the names are not k names."""
    return to_json_text(_document(value, component_names))


def to_npz(value: Model, *, component_names: Sequence[str] | None = None) -> bytes:
    """The bytes of an npz model file. Raises ModelFileError when the names are not k names."""
    return to_npz_bytes(_document(value, component_names))


def from_bytes(content: bytes, place: str) -> Record:
    """The record in the bytes of a model file; ``place`` names it in messages.

    Raises ModelFileError.
    """
    return record_of(_decoded(content, place), place)


def classifier_from_bytes(content: bytes, place: str) -> ClassifierRecord:
    """The same for the file of a classifier. Raises ModelFileError."""
    return classifier_record_of(_decoded(content, place), place)


def _decoded(content: bytes, place: str) -> Any:
    decode = from_npz_bytes if content.startswith(ZIP) else from_json_bytes
    return decode(content, place)


def _document(value: Model, component_names: Sequence[str] | None) -> dict[str, Any]:
    if isinstance(value, Fit | Mixture):
        return document_of(value, component_names)
    if component_names is not None:
        raise ModelFileError("component_names belong to mixtures: leave them out for a classifier")
    if isinstance(value, Classifier):
        return classifier_document(value, None)
    from drumlin.discriminant import DiscriminantFit  # loads everything that fits: only when needed

    if isinstance(value, DiscriminantFit):
        return classifier_document(value.classifier, value)
    return document_of(value, None)  # raises, naming the type
