"""Documents as bytes: arrays are nested lists in JSON, and members of the archive in npz.

Python writes the shortest decimal number that reads back as the same float, so JSON is exact.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from drumlin.errors import ModelFileError

TREE = "document"
"""The member of an npz file that holds everything but the arrays, as JSON."""

UNREADABLE = (
    ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError,
    SyntaxError, MemoryError, OverflowError, TypeError, IndexError, AttributeError,
)  # fmt: skip
"""What zipfile and NumPy raise on a damaged archive."""


def to_json_text(document: Mapping[str, Any]) -> str:
    """Readable JSON: one line for each field, and for each innermost row of an array."""
    return _layout(document) + "\n"


def _layout(value: Any, indent: str = "") -> str:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    deeper = indent + "  "
    if isinstance(value, Mapping):
        lines = [f"{deeper}{json.dumps(k)}: {_layout(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(deeper + _layout(v, deeper) for v in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def from_json_bytes(content: bytes, place: str) -> Any:
    """The document in a JSON file. Raises ModelFileError naming line and column."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        where = str(error)
    raise ModelFileError(f"{place} is not a model file: it cannot be read as JSON ({where})")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def to_npz_bytes(document: Mapping[str, Any]) -> bytes:
    """An archive of the arrays, named by their path, and the rest as JSON."""
    arrays: dict[str, np.ndarray] = {}
    tree = _without_arrays(document, "", arrays)
    members: dict[str, Any] = {TREE: np.array(json.dumps(tree, allow_nan=False)), **arrays}
    buffer = io.BytesIO()
    np.savez(buffer, **members)
    return buffer.getvalue()


def _without_arrays(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return None
    if isinstance(value, Mapping):
        prefix = f"{path}." if path else ""
        return {k: _without_arrays(v, prefix + k, arrays) for k, v in value.items()}
    return value


def from_npz_bytes(content: bytes, place: str) -> Any:
    """The document in an npz file, read without pickle. Raises ModelFileError."""
    try:
        with warnings.catch_warnings(), np.load(io.BytesIO(content), allow_pickle=False) as archive:
            warnings.simplefilter("ignore")  # a damaged header warns before it fails
            if TREE not in archive.files:
                raise ModelFileError(
                    f"{place} is an npz file, but not a drumlin model (no member {TREE!r})"
                )
            document = json.loads(str(archive[TREE]), parse_constant=_refuse_constant)
            for path in archive.files:
                if path != TREE:
                    _insert(document, path.split("."), archive[path])
    except ModelFileError:
        raise
    except (*UNREADABLE, RecursionError) as error:
        raise ModelFileError(f"{place} cannot be read as an npz model file ({error})") from None
    return document


def _insert(document: Any, path: list[str], array: np.ndarray) -> None:
    for name in path[:-1]:
        document = document[name]
    document[path[-1]] = array
