"""One stage of a table: a task for every cell, done here or by the workers of a pool.

The tasks of a stage are independent: it does not matter where they are done, and in which order. A
cell is sent with the rows that its task needs, a few cells together since pickle sends rows that
they share once; its new state comes back. Workers take one thread for a pass: the other processors
have other cells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from drumlin.em import StopRequest
from drumlin.errors import WorkerError
from drumlin.execution import Pool, one_thread
from drumlin.selection.cell import CellProblem, CellState
from drumlin.selection.tasks import Task, done

Answer = TypeVar("Answer")
Key = tuple[int, int]
"""The number of components, and the place of the family in the list."""

Job = tuple[CellProblem, CellState, Task]

TOGETHER = 2
"""Cells that travel together."""

LEAST_WORK = 100_000
"""Rows × cells below which a stage takes no longer here than its cells would travel."""

MOST_BYTES = 64 << 20
"""Of rows that are sent; threads share the work on more of them well."""


def worth_sending(cells: Mapping[Key, CellProblem], *, all_rows: bool) -> bool:
    """Whether a stage is done sooner by workers; all_rows : it needs them, and not the sample."""
    one = next(iter(cells.values()))
    source = one.problem.source if all_rows else one.sample.problem.source
    size = source.n_samples * source.n_features * source.dtype.itemsize
    stopped = one.options.stop.outcome() is not None
    return source.n_samples * len(cells) >= LEAST_WORK and size <= MOST_BYTES and not stopped


def sent(
    jobs: Mapping[Key, Job], pool: Pool, stop: StopRequest, *, all_rows: bool
) -> Generator[tuple[Key, CellState], None, list[Key]]:
    """Yields the new states of the cells that workers have done; returns those they have not."""
    if not jobs:
        return []
    until, keys = stop.until(), list(jobs)
    n_parts = -(-len(keys) // TOGETHER)
    parts = [keys[place::n_parts] for place in range(n_parts)]
    batches = [([_packed(jobs[key], all_rows=all_rows) for key in part], until) for part in parts]
    left: list[Key] = []
    answers = _awaited(stop, lambda: iter(pool.map(run_batch, batches)))
    for part in parts:
        states = None if answers is None else _awaited(stop, answers.__next__)
        for key, state in zip(part, states or [None] * len(part), strict=True):
            if state is None:
                left.append(key)
            else:
                yield key, state
    return left


def run_batch(batch: tuple[Sequence[Job], float | None]) -> list[CellState | None]:
    """By a worker: the new state of every cell; None where it was too late to begin.

    The second of the batch is the time when it is up, as in `StopRequest.until`.
    """
    jobs, until = batch
    seconds = None if until is None else until - time.time()
    with one_thread(), StopRequest(seconds) as stop:
        return [
            None if stop.outcome() is not None else done(cell, state, task, stop)
            for cell, state, task in jobs
        ]


def _awaited(stop: StopRequest, answer: Callable[[], Answer]) -> Answer | None:
    """What the pool answers; None when Ctrl-C comes first. Raises WorkerError when it cannot."""
    from concurrent.futures import BrokenExecutor

    try:
        return stop.awaited(answer)
    except BrokenExecutor as error:
        if stop.outcome() is not None:
            return None
        raise WorkerError(
            "a process of the pool has died: where memory was short, use fewer processes, or "
            "pool=None; a script starts processes only under if __name__ == '__main__'"
        ) from error


def _packed(job: Job, *, all_rows: bool) -> Job:
    """What a worker needs of a job: all rows in the last stage, before that the sample."""
    cell, state, task = job
    inner = cell.sample.problem
    if inner.sums_means(cell.n_components, inner.family.form):
        _ = inner.total  # measured once and here, not by every worker
    options = replace(cell.options, stop=StopRequest())
    return replace(cell, problem=cell.problem if all_rows else inner, options=options), state, task
