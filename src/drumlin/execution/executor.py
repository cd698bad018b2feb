"""What every executor can do, and what it works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Chunk = TypeVar("Chunk")
Chunk_co = TypeVar("Chunk_co", covariant=True)


class Chunks(Protocol[Chunk_co]):
    """A sequence that is looked up by index: a `drumlin.data.Source`, or a list."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, index: int, /) -> Chunk_co:
        """One of them."""


class Summand(Protocol):
    """What adds: `drumlin.moments.Moments`, or a number."""

    def __add__(self, other: Any, /) -> Any:
        """The sum, of the same type."""


Result = TypeVar("Result", bound=Summand)


class Executor(Protocol):
    """Anything with this ``map_reduce`` can run a fit."""

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: Chunks[Chunk]) -> Result:
        """Sum of function(chunk, n_threads) over the chunks of source, in a fixed order."""
