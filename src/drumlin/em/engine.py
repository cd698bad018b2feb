"""The engine of a fit: backend, executor, and the one place where passes are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from drumlin.backends import Backend
from drumlin.data import Rows, Source
from drumlin.em.cost import PassCounter
from drumlin.execution import Executor, Result


@dataclass(frozen=True, eq=False)
class Engine:
    """A backend for the arithmetic, an executor for the chunks, a counter of the rows."""

    backend: Backend
    executor: Executor
    counter: PassCounter

    def map_reduce(self, function: Callable[[Rows, int], Result], source: Source) -> Result:
        """One pass: the sum of function(chunk, n_threads) over the chunks of ``source``."""
        self.counter.row_passes += source.n_samples
        return self.executor.map_reduce(function, source)

    def counting_anew(self, n_samples: int) -> Engine:
        """The same, with a counter of its own for data of ``n_samples`` rows."""
        return replace(self, counter=PassCounter(n_samples))
