"""Where the E-step runs: the threads of this process; an executor adds moments in a fixed order."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from drumlin.execution.threads import Threads, available_threads, check_n_threads

Result = TypeVar("Result")
Chunk = TypeVar("Chunk")


class Executor(Protocol):
    """Anything with this ``map_reduce`` can run a fit."""

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: object) -> Result:
        """Sum of function(chunk, n_threads) over the chunks of source, in a fixed order."""


__all__ = ["Executor", "Threads", "available_threads", "check_n_threads"]
