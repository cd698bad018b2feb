"""Files that appear complete or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write to a temporary file in the same folder, then rename it to ``path``.

    A symbolic link stays a link to what is written; a device or a pipe, which cannot be replaced,
    is written to directly. Raises OSError or ValueError.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def error_text(error: Exception) -> str:
    """The message of an error of reading or writing, without number and path."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
