"""Workers that somebody else has started: whatever can map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from drumlin.errors import InvalidParameterError

Pooled = TypeVar("Pooled", bound="Pool | None")


class Pool(Protocol):
    """Whoever can map, several at a time and in order."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """function(item) for every item, in their order."""


def check_pool(pool: Pooled) -> Pooled:
    """None, or something with ``map``. Raises InvalidParameterError."""
    if pool is not None and not callable(getattr(pool, "map", None)):
        raise InvalidParameterError(
            f"pool is {pool!r}, which has no map: give a concurrent.futures.ProcessPoolExecutor, "
            "or None for no pool"
        )
    return pool
