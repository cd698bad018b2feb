"""NPY files: one array, mapped into memory and not copied."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from drumlin._types import Array
from drumlin.data.table import as_table
from drumlin.errors import DataFileError, InvalidDataError


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """An NPY file; see `drumlin.data.files.TableFile` for the members."""

    MAGIC: ClassVar[bytes] = b"\x93NUMPY"

    name: str
    x: Array
    columns: tuple[str, ...]
    named: bool = False

    @classmethod
    def open(cls, name: str, content: Path | bytes) -> ArrayFile:
        """Map the array; without pickle. Raises DataFileError when it is no table of numbers."""
        try:
            array = (
                np.load(io.BytesIO(content), allow_pickle=False)
                if isinstance(content, bytes)
                else np.load(content, mmap_mode="r", allow_pickle=False)
            )
            x = as_table(array).x
        except InvalidDataError as error:
            raise DataFileError(f"{name}: {error}") from None
        except (ValueError, OSError, EOFError, SyntaxError) as error:
            raise DataFileError(f"{name} cannot be read as an NPY file ({error})") from None
        return cls(name, x, tuple(f"x{a + 1}" for a in range(x.shape[1])))

    def numbers(self, chosen: Sequence[int]) -> Array:
        """(n, len(chosen)); the array itself when all columns are chosen in order."""
        if list(chosen) == list(range(self.x.shape[1])):
            return self.x
        return self.x[:, list(chosen)]

    def texts(self, column: int) -> Array:
        """(n,) the values as text, None where NaN."""
        values = self.x[:, column].tolist()
        return np.array([None if v != v else repr(v) for v in values], dtype=object)

    def place(self, row: int) -> str:
        """The row, counted from 1."""
        return f"row {row + 1}"
