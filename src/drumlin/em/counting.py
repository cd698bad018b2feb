"""An executor that counts rows: what a fit has cost, in rows passed over."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import cast

from drumlin.em.cost import PassCounter
from drumlin.execution.executor import Chunk, Chunks, Executor, Result


@dataclass(eq=False)
class Counting:
    """Another executor's work, with the rows that go through it noted in the ledger."""

    executor: Executor
    counter: PassCounter

    def map_reduce(self, function: Callable[[Chunk, int], Result], source: Chunks[Chunk]) -> Result:
        """What the other returns."""

        def counted(chunk: Chunk, n_threads: int) -> Result:
            self.counter.row_passes += len(cast(Sized, chunk))
            return function(chunk, n_threads)

        return self.executor.map_reduce(counted, source)
