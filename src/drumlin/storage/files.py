"""Save, load and read: files, and nothing of what is in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from drumlin.classifier import Classifier
from drumlin.documents.encoding import from_json_bytes, from_npz_bytes, to_json_text, to_npz_bytes
from drumlin.errors import ModelFileError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.storage.classifiers import (
    ClassifierRecord,
    classifier_document,
    classifier_record_of,
)
from drumlin.storage.record import Record, document_of, record_of

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit

    Model: TypeAlias = Fit | Mixture | DiscriminantFit | Classifier

PathLike = str | os.PathLike[str]

ZIP = b"PK"
"""How an npz file begins; a JSON file does not."""


def save(value: Model, path: PathLike, *, component_names: Sequence[str] | None = None) -> None:
    """Write a mixture or a classifier, or a fit of either, to ``path``: npz by its end, else JSON.

    ``component_names`` : k names of a mixture to remember, such as those of known classes.

    The file appears whole or not at all: it is written under another name beside it, then renamed.
    Raises ModelFileError when it cannot be written, or ``component_names`` are not k names.

    >>> import drumlin, tempfile, pathlib
    >>> mixture = drumlin.Mixture.from_arrays([0.4, 0.6], [0.0, 5.0], [1.0, 4.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     drumlin.save(mixture, pathlib.Path(folder) / "two.json")
    ...     drumlin.load(pathlib.Path(folder) / "two.json") == mixture
    True
    """
    encode = to_npz if Path(path).suffix.lower() == ".npz" else _to_json_bytes
    content = encode(value, component_names=component_names)
    try:
        target = Path(path).resolve()  # a link stays a link
        if target.exists() and not target.is_file():  # a device or a pipe cannot be replaced
            target.write_bytes(content)
        else:
            _replace(target, content)
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot write {path}: {_words(error)}") from None


def load(path: PathLike) -> Mixture:
    """The mixture of a model file, equal to the one that was saved. Raises ModelFileError."""
    return read(path).mixture


def read(path: PathLike) -> Record:
    """Everything that a model file tells. Raises ModelFileError naming the file and the fault."""
    return from_bytes(_content(path), str(path))


def load_classifier(path: PathLike) -> Classifier:
    """The classifier of a model file, equal to the one that was saved. Raises ModelFileError."""
    return read_classifier(path).classifier


def read_classifier(path: PathLike) -> ClassifierRecord:
    """Everything that the file of a classifier tells. Raises ModelFileError."""
    return classifier_from_bytes(_content(path), str(path))


def _content(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path} does not exist: give the path of a model file") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot read {path}: {_words(error)}") from None


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
        raise ModelFileError("component_names are of a mixture: leave them out")
    if isinstance(value, Classifier):
        return classifier_document(value, None)
    from drumlin.discriminant import DiscriminantFit  # loads all that fits: only where needed

    if isinstance(value, DiscriminantFit):
        return classifier_document(value.classifier, value)
    return document_of(value, None)  # refuses it by name


def _to_json_bytes(value: Model, *, component_names: Sequence[str] | None) -> bytes:
    return to_json(value, component_names=component_names).encode()


def _replace(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
