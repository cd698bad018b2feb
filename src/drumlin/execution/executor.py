"""What every executor can do, and the order in which all of them add."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

Chunk = TypeVar("Chunk")
Chunk_co = TypeVar("Chunk_co", covariant=True)


class Chunks(Protocol[Chunk_co]):
    """A sequence that is looked up by index: a `drumlin.data.Source`, or a list."""

    def __len__(self) -> int:
        """The number of chunks."""

    def __getitem__(self, index: int, /) -> Chunk_co:
        """One of them."""


class Summand(Protocol):
    """What adds: `drumlin.moments.Moments`, or a number."""

    def __add__(self, other: Any, /) -> Any:
        """The sum, of the same type."""


Result = TypeVar("Result", bound=Summand)


class Executor(Protocol):
    """Anything with this ``map_reduce`` can run a fit.

    The function is picklable, returns its result, and changes nothing: it may be called on another
    machine. Results are added by `tree_sum`, so that every executor gives the same bits.
    """

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: Chunks[Chunk]) -> Result:
        """The sum of function(chunk, n_threads) over the chunks of ``source``."""


def tree_sum(summands: Iterable[Result]) -> Result:
    """The sum over a fixed binary tree of the index, however the summands were made.

    Neighbours are added in pairs, then pairs of pairs: ((0 + 1) + (2 + 3)) + ((4 + 5) + 6).
    At most log₂ n partial sums are kept. Raises ValueError when there is nothing to add.
    """
    partial: list[tuple[int, Result]] = []  # (height, sum) of whole subtrees, heights descending
    for summand in summands:
        height, total = 0, summand
        while partial and partial[-1][0] == height:
            total = partial.pop()[1] + total
            height += 1
        partial.append((height, total))
    if not partial:
        raise ValueError("there is nothing to add: the source has no chunks")
    _, total = partial.pop()
    while partial:
        total = partial.pop()[1] + total
    return total
