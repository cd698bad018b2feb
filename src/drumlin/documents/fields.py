"""The fields of a document, checked: each must be present, of its type, and finite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np

from drumlin.errors import ModelFileError

LARGEST = float(np.finfo(np.float64).max)

KINDS = {"int": int, "float": float, "bool": bool, "str": str}


@dataclass(frozen=True)
class Fields:
    """The fields of one object in a document.

    place : the file, as messages name it
    prefix : the path of the object in the document, such as "mixture.covariance."
    """

    values: Mapping[str, Any]
    place: str
    prefix: str = ""

    def wrong(self, name: str, value: Any) -> ModelFileError:
        """The error for an invalid value of this field."""
        shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:60]}..."
        return ModelFileError(
            f"{self.place}: field {self.prefix + name!r} holds {shown}, which is not valid there: "
            "the file is damaged; fit again, or restore it"
        )

    def take(self, name: str, kind: type) -> Any:
        """A field of this type; a whole number is a float too, a bool is not a number."""
        if name not in self.values:
            raise ModelFileError(
                f"{self.place}: field {self.prefix + name!r} is missing: the file is damaged; fit "
                "again, or restore it"
            )
        value = self.values[name]
        kinds = (int, float) if kind is float else kind
        if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(name, value)
        if kind is float and not abs(self.values[name]) <= LARGEST:  # or NaN
            raise self.wrong(name, value)
        return kind(value)

    def declared(self, record: Any, **stored_names: str) -> dict[str, Any]:
        """The single values that a dataclass declares without default, under their stored names."""
        return {
            field.name: self.take(stored_names.get(field.name, field.name), KINDS[str(field.type)])
            for field in fields(record)
            if field.type in KINDS and field.default is MISSING
        }

    def version(self, newest: int) -> int:
        """The version of the format, from 1 to ``newest``."""
        number = self.take("version", int)
        if number > newest:
            raise ModelFileError(
                f"{self.place} was written by a newer drumlin (format {number}; this one reads "
                f"{newest}): upgrade drumlin"
            )
        if number < 1:
            raise self.wrong("version", number)
        return number

    def part(self, name: str) -> Fields:
        """The fields of an object inside this one."""
        return Fields(self.take(name, dict), self.place, f"{self.prefix}{name}.")

    def optional_part(self, name: str) -> Fields | None:
        """The same, or None where the field is null or absent."""
        return None if self.values.get(name) is None else self.part(name)

    def optional(self, name: str, kind: type) -> Any:
        """The same, or None where the field is null or absent."""
        return None if self.values.get(name) is None else self.take(name, kind)

    def names(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None."""
        values = self.optional(name, list)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise self.wrong(name, values)
        return None if values is None else tuple(values)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of finite numbers, one at least."""
        values = self.array(name)
        if values.ndim != 1 or not values.size or not np.isfinite(values).all():
            raise self.wrong(name, self.values[name])
        return tuple(values.tolist())

    def array(self, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """A rectangular array of numbers; with ``shape`` of that and finite."""
        value = self.values.get(name)
        if not isinstance(value, np.ndarray):
            value = self.take(name, list)
        try:
            array = np.array(value)
        except ValueError:  # ragged
            raise self.wrong(name, value) from None
        if array.dtype.kind not in "fi":
            raise self.wrong(name, value)
        if shape is not None and not (array.shape == shape and np.isfinite(array).all()):
            raise self.wrong(name, value)
        return array.astype(np.float64)
