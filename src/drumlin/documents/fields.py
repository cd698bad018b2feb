"""The fields of a document: each is there, of its type and finite, or the file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin.errors import ModelFileError


@dataclass(frozen=True)
class Fields:
    """The fields of one object in a document, and where it stands."""

    values: Mapping[str, Any]
    place: str
    prefix: str

    def wrong(self, name: str, value: Any) -> ModelFileError:
        """The error for a value that means nothing in this field."""
        shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:60]}..."
        return ModelFileError(
            f"{self.place}: field {self.prefix + name!r} holds {shown}, which means nothing there: "
            "the file is damaged; fit again, or restore it"
        )

    def take(self, name: str, kind: type) -> Any:
        """A field of this type; a float may be written as a whole number, a bool is no number."""
        if name not in self.values:
            raise ModelFileError(
                f"{self.place}: field {self.prefix + name!r} is missing: the file is damaged; fit "
                "again, or restore it"
            )
        value = self.values[name]
        number = isinstance(value, int) and not isinstance(value, bool)
        if kind is float and number:
            return float(value) if abs(value) < 2**1023 else self._refuse(name, value)
        if not isinstance(value, kind) or (kind is int and not number):
            self._refuse(name, value)
        if kind is float and not np.isfinite(value):
            self._refuse(name, value)
        return value

    def version(self, newest: int) -> int:
        """The number of the format, from 1 to the newest that this drumlin knows."""
        number: int = self.take("version", int)
        if number > newest:
            raise ModelFileError(
                f"{self.place} was written by a newer drumlin (format {number}; this one reads "
                f"{newest}): upgrade drumlin"
            )
        if number < 1:
            raise self.wrong("version", number)
        return number

    def _refuse(self, name: str, value: Any) -> Any:
        raise self.wrong(name, value)

    def optional(self, name: str, kind: type) -> Any:
        """The same, or None where the field is null or absent."""
        return None if self.values.get(name) is None else self.take(name, kind)

    def names(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None."""
        values = self.optional(name, list)
        if values is not None and not all(isinstance(value, str) for value in values):
            self._refuse(name, values)
        return None if values is None else tuple(values)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of finite numbers, one at least."""
        values = self.array(name)
        if values.ndim != 1 or not values.size or not np.isfinite(values).all():
            self._refuse(name, self.values[name])
        return tuple(values.tolist())

    def array(self, name: str) -> np.ndarray:
        """A rectangular array of numbers."""
        value = self.values.get(name)
        if not isinstance(value, np.ndarray):
            value = self.take(name, list)
        try:
            array = np.array(value)
        except ValueError:  # ragged
            raise self.wrong(name, value) from None
        if array.dtype.kind not in "fi":
            self._refuse(name, value)
        return array.astype(np.float64)
