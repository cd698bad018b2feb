"""Where the samples live: a sequence of chunks of rows with fixed boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from drumlin._types import Array

BLOCK_ROWS = 16384
"""Rows looked at together, so that looking needs no copy of all."""


@dataclass(frozen=True, eq=False)
class RowOrder:
    """Rows in groups that lie near each other: rows[edges[j]:edges[j + 1]] is group j.

    rows : (m,) int32        every row once
    edges : (k + 1,) int64   rising from 0 to m
    """

    rows: Array
    edges: Array


@dataclass(frozen=True, eq=False)
class Rows:
    """A chunk: x (m, d), with the sample weights (m,) and known labels (m,) of its rows if any.

    order : in which to visit them; it changes sums by rounding only
    first : the number of its first row in the source
    """

    x: Array
    sample_weight: Array | None = None
    labels: Array | None = None
    order: RowOrder | None = None
    first: int = 0

    def __len__(self) -> int:
        return len(self.x)

    def part(self, rows: slice) -> Rows:
        """These consecutive rows, not copied."""
        return Rows(
            self.x[rows],
            None if self.sample_weight is None else self.sample_weight[rows],
            None if self.labels is None else self.labels[rows],
            first=self.first + (rows.start or 0),
        )

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Rows]:
        """The rows, ``size`` at a time, not copied."""
        for first in range(0, len(self.x), size):
            yield self.part(slice(first, first + size))

    def in_double(self) -> Iterator[Rows]:
        """The rows in float64: themselves, or one block after another."""
        if self.x.dtype == np.float64:
            yield self
            return
        for block in self.blocks():
            yield Rows(block.x.astype(np.float64), block.sample_weight, block.labels)

    def take(self, index: Array) -> Rows:
        """These rows, in this order."""
        return Rows(
            np.ascontiguousarray(self.x[index]),
            None if self.sample_weight is None else self.sample_weight[index],
            None if self.labels is None else self.labels[index],
        )

    @property
    def weights(self) -> Array:
        """(m,) the sample weights, ones where there are none."""
        return np.ones(len(self.x)) if self.sample_weight is None else self.sample_weight


@runtime_checkable
class Source(Protocol):
    """A picklable sequence of chunks; many passes and random access, boundaries that stay."""

    @property
    def n_samples(self) -> int:
        """Rows in all chunks."""

    @property
    def n_features(self) -> int:
        """Columns."""

    @property
    def dtype(self) -> np.dtype:
        """float64 or float32."""

    @property
    def in_memory(self) -> bool:
        """Whether there is one chunk, whose rows may be visited in any order."""

    def __len__(self) -> int:
        """The number of chunks."""

    def __getitem__(self, index: int) -> Rows:
        """One chunk; its ``first`` is the number of its first row."""


@dataclass(frozen=True, eq=False)
class ArraySource:
    """An array in memory (or memory-mapped): chunks of ``chunk_rows`` rows, or one chunk."""

    rows: Rows
    chunk_rows: int | None = None

    @property
    def n_samples(self) -> int:
        """Rows in all chunks."""
        return len(self.rows)

    @property
    def n_features(self) -> int:
        """Columns."""
        return int(self.rows.x.shape[1])

    @property
    def dtype(self) -> np.dtype:
        """float64 or float32."""
        return self.rows.x.dtype

    @property
    def in_memory(self) -> bool:
        """Whether there is one chunk, and it is not mapped from a file."""
        base: object = self.rows.x
        while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
            base = base.base
        return len(self) == 1 and not isinstance(base, np.memmap)

    def __len__(self) -> int:
        return -(-len(self.rows) // self.chunk_rows) if self.chunk_rows else 1

    def __getitem__(self, index: int) -> Rows:
        if not 0 <= index < len(self):
            raise IndexError(index)
        if self.chunk_rows is None:
            return self.rows
        return self.rows.part(slice(index * self.chunk_rows, (index + 1) * self.chunk_rows))
