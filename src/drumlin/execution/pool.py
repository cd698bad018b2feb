"""Workers that the caller has started: anything with ``map``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from drumlin.errors import InvalidParameterError

Pooled = TypeVar("Pooled", bound="Pool | None")


class Pool(Protocol):
    """Anything that maps, several items at a time, in order."""

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
