"""Parquet files: columns with names and types."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from drumlin._types import Array
from drumlin.data.formats.delimited import import_arrow
from drumlin.errors import DataFileError

PANDAS_INDEX = re.compile(r"__index_level_\d+__")
"""The name under which pandas stores the names of rows: not data."""


@dataclass(frozen=True, eq=False)
class ParquetFile:
    """A Parquet file; see `drumlin.data.files.TableFile` for the members."""

    MAGIC: ClassVar[bytes] = b"PAR1"

    name: str
    file: Any
    columns: tuple[str, ...]
    named: bool = True

    @classmethod
    def open(cls, name: str, content: Path | bytes) -> ParquetFile:
        """Read the schema. Raises DataFileError when it is not Parquet or has no rows."""
        import_arrow()
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(io.BytesIO(content) if isinstance(content, bytes) else content)
        except (pa.ArrowException, OSError) as error:
            raise DataFileError(f"{name} cannot be read as Parquet ({_brief(error)})") from None
        if not file.metadata.num_rows:
            raise DataFileError(f"{name} has no rows")
        names = [n for n in file.schema_arrow.names if not PANDAS_INDEX.fullmatch(n)]
        return cls(name, file, tuple(names))

    def numbers(self, chosen: Sequence[int]) -> Array:
        """(n, len(chosen)), float32 when all columns are, else float64; NaN where null."""
        import pyarrow as pa

        schema = self.file.schema_arrow
        kinds = {name: schema.field(name).type for name in (self.columns[a] for a in chosen)}
        for name, kind in kinds.items():
            if not _is_numeric(kind):
                usable = ",".join(n for n in self.columns if _is_numeric(schema.field(n).type))
                raise DataFileError(
                    f"{self.name}: column {name!r} is not numeric (its type is {kind}): "
                    + (f"choose columns of numbers, --columns {usable}" if usable else "none is")
                )
        single = all(kind == pa.float32() for kind in kinds.values())
        kind, dtype = (pa.float32(), np.float32) if single else (pa.float64(), np.float64)
        x = np.empty((self.file.metadata.num_rows, len(chosen)), dtype)
        for a, column in enumerate(chosen):
            x[:, a] = self._column(column).cast(kind, safe=False).to_numpy()
        return x

    def texts(self, column: int) -> Array:
        """(n,) the values as text, None where null."""
        values = self._column(column).to_pylist()
        return np.array([None if value is None else str(value) for value in values], dtype=object)

    def place(self, row: int) -> str:
        """The row, counted from 1."""
        return f"row {row + 1}"

    def _column(self, column: int) -> Any:
        import pyarrow as pa

        try:
            return self.file.read(columns=[self.columns[column]]).column(0)
        except (pa.ArrowException, OSError) as error:
            raise DataFileError(f"{self.name} cannot be read ({_brief(error)})") from None


def _is_numeric(kind: Any) -> bool:
    from pyarrow import types

    numeric = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(is_kind(kind) for is_kind in numeric)


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
