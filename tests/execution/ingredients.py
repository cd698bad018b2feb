"""Executors of the tests, and whether two values are the same to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any

import numpy as np

from drumlin.execution import Result, tree_sum
from drumlin.execution.executor import Chunk, Chunks


@dataclass(frozen=True)
class Processes:
    """An executor: every chunk in one of these processes, by one thread."""

    pool: ProcessPoolExecutor

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: Chunks[Chunk]) -> Result:
        """The sum of function(chunk, 1), in the order of `tree_sum`; all that is mapped travels."""
        return tree_sum(self.pool.map(partial(_of_chunk, function, source), range(len(source))))


def _of_chunk(
    function: Callable[[Chunk, int], Result], source: Chunks[Chunk], index: int
) -> Result:
    return function(source[index], 1)


def bits(value: Any) -> Any:
    """Arrays as bytes, records as their fields: equal only where every bit is."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
        return type(value).__name__, *((name, bits(getattr(value, name))) for name in names)
    if isinstance(value, tuple | list):
        return tuple(bits(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, bits(each)) for key, each in value.items())
    return value
