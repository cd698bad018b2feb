"""The members of a covariance structure that a mixture and EM need, however Σ was estimated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from drumlin._types import Array
from drumlin.covariance import cholesky
from drumlin.errors import InvalidMixtureError

Value = TypeVar("Value")

ROOT_HALF = float(np.sqrt(0.5))
"""The unit of `Structure.relative_to`.

A change of log σ² by √2 h, or of a whitened Σ by √2 h, is a divergence of h² / 2 nats per row.
"""


def readonly_copy(values: Array) -> Array:
    """A contiguous float64 copy that cannot be written to."""
    copy = np.array(values, dtype=np.float64, order="C")
    copy.flags.writeable = False
    return copy


def unchecked(kind: type[Value], **fields: Any) -> Value:
    """A frozen value of this class from fields that an M-step has just computed.

    The fields become read-only, and are neither checked nor copied: they are valid by construction,
    and a check would cost as much as the arithmetic of the M-step.
    """
    for field in fields.values():
        if isinstance(field, np.ndarray):
            field.setflags(write=False)
    made = object.__new__(kind)
    vars(made).update(fields)
    return made


def in_shape(expected: tuple[int, ...], covariances: Array, what: str) -> Array:
    """Covariances of this shape, in one dimension from (k,); raises InvalidMixtureError."""
    if covariances.shape == expected[:1] and set(expected[1:]) <= {1}:
        return covariances.reshape(expected)
    if covariances.shape != expected:
        raise InvalidMixtureError(f"{what} = {expected}, not {covariances.shape}")
    return covariances


@dataclass(frozen=True, eq=False)
class Structure(ABC):
    """The covariances Σ_1 … Σ_k of a mixture, stored as their structure allows.

    A structure is a frozen value. ``arrays()`` are the constructor's arguments by name, so
    ``type(s)(**s.arrays())`` is an equal value; a model file stores them.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def n_components(self) -> int:
        """k."""

    @property
    @abstractmethod
    def n_features(self) -> int:
        """d."""

    @property
    @abstractmethod
    def log_determinants(self) -> Array:
        """(k,) log |Σ_j|, from factors and never from the dense matrices."""

    @property
    @abstractmethod
    def colouring(self) -> Array:
        """What turns a standard normal variable into x − μ_j, the inverse of whitening.

        (k, d, d) or (1, d, d): lower Cholesky factors, Σ_j = L_j L_jᵀ; or (k, d) or (1, d):
        standard deviations. A first axis of 1 is shared by all.
        """

    @cached_property
    def whitening(self) -> Array:
        """What turns x − μ_j into a standard normal variable.

        (k, d, d) or (1, d, d): rows of the inverse lower Cholesky factors, Σ_j⁻¹ = P_jᵀ P_j; or
        (k, d) or (1, d): inverse standard deviations. A first axis of 1 is shared by all.
        """
        colouring = self.colouring
        return 1.0 / colouring if colouring.ndim == 2 else cholesky.inverse_lower(colouring)

    @property
    def conditioning(self) -> float:
        """By how much whitening may magnify rounding: max over j and i of Σ_a |P_jia| sd_ja.

        1 for independent columns; large when columns nearly determine each other.
        """
        factors = self.colouring
        if factors.ndim == 2:
            return 1.0
        sd = np.sqrt((factors * factors).sum(axis=2))
        return float((np.abs(self.whitening) * sd[:, None, :]).sum(axis=2).max())

    @abstractmethod
    def matrices(self) -> Array:
        """(k, d, d) dense Σ_j."""

    @property
    def standard_deviations(self) -> Array:
        """(k, d) square roots of the diagonals of Σ_j."""
        return np.sqrt(np.einsum("jaa->ja", self.matrices()))

    @abstractmethod
    def take(self, components: Array) -> Self:
        """The covariances of these components (an integer array), in this order."""

    @abstractmethod
    def relative_to(self, reference: Self) -> Array:
        """(k, p) unconstrained coordinates of these covariances, relative to ``reference``.

        Near the reference, half the squared length of a difference of rows is the Kullback-Leibler
        divergence between the covariances. Shared covariances: (1, p).
        """

    @abstractmethod
    def moved_to(self, coordinates: Array) -> Self | None:
        """The structure whose ``relative_to(self)`` is ``coordinates``; None where none exists."""

    def arrays(self) -> Mapping[str, Array | int]:
        """The constructor's arguments by name."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.init}

    @classmethod
    @abstractmethod
    def from_covariances(cls, covariances: Array, n_components: int, n_features: int) -> Self:
        """From an array as users write it: (k, d, d), (d, d), (k, d) or (k,)."""

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same structure with equal arrays."""
        if type(self) is not type(other) or not isinstance(other, Structure):
            return NotImplemented
        mine, theirs = self.arrays(), other.arrays()
        return all(np.array_equal(mine[name], theirs[name]) for name in mine)

    __hash__ = None  # type: ignore[assignment]
