"""One stage of a table: a task for every cell, done here or by the workers of a pool.

The tasks of a stage know nothing of each other, so who does them, and in which order, changes
nothing. A cell travels with the rows that its task needs, a few cells together since pickle sends
rows that they share once; what comes back is what the task has changed. Workers take one thread
for a pass: the other processors have other cells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from drumlin.em import PassCounter, StopRequest
from drumlin.errors import WorkerError
from drumlin.execution import Pool, one_thread
from drumlin.fitting.restart import Restart
from drumlin.selection.cell import Entry

Answer = TypeVar("Answer")
Task = Callable[[Entry], None]
Job = tuple[Entry, Task]

TOGETHER = 2
"""Cells that travel together."""

LEAST_WORK = 100_000
"""Rows × cells below which a stage takes no longer here than its cells would travel."""

MOST_BYTES = 64 << 20
"""Of rows that are sent; threads share the work on more of them well."""


@dataclass(frozen=True, eq=False)
class News:
    """What a task has changed of a cell.

    candidates : dict     by number, those that are new or have been replaced
    best : int or None    the number of the best
    """

    candidates: dict[int, Restart]
    best: int | None
    failure: str
    counter: PassCounter


@dataclass(frozen=True, eq=False)
class Errand:
    """Cells for a worker, with their tasks; ``until`` as in `StopRequest.until`."""

    jobs: Sequence[Job]
    until: float | None

    def run(self) -> list[News | None]:
        """For every cell what has changed; None where it was too late to begin."""
        seconds = None if self.until is None else self.until - time.time()
        with one_thread(), StopRequest(seconds) as halt:
            return [_done(entry, task, halt) for entry, task in self.jobs]


def work(
    entries: Collection[Entry], tasks: Iterable[Task | None], pool: Pool | None, *, last: bool
) -> Iterator[Entry]:
    """Every task, None is nothing; each cell is yielded when it is done, or passed over.

    Once somebody has asked to stop only the last stage is worked on, and cells while there is
    nothing at all.
    """
    jobs = zip(entries, tasks, strict=True)
    left: Iterable[tuple[Entry, Task | None]] = jobs
    if pool is not None and _worth_sending(entries, last=last):
        asked = list(jobs)
        yield from (entry for entry, task in asked if task is None)
        to_send = [(entry, task) for entry, task in asked if task is not None]
        left = yield from _sent(to_send, pool, last=last)
    for entry, task in left:
        wanted = last or not entry.halted or all(each.best is None for each in entries)
        if task is not None and wanted:
            task(entry)
        yield entry


def _worth_sending(entries: Collection[Entry], *, last: bool) -> bool:
    one = next(iter(entries))
    source = one.whole.source if last else one.problem.source
    size = source.n_samples * source.n_features * source.dtype.itemsize
    return source.n_samples * len(entries) >= LEAST_WORK and size <= MOST_BYTES and not one.halted


def _sent(jobs: Sequence[Job], pool: Pool, *, last: bool) -> Generator[Entry, None, list[Job]]:
    """Yields the cells that the workers have done, and returns the jobs that they have not."""
    if not jobs:
        return []
    halt = jobs[0][0].watch.halt
    until = halt.until()
    n_parts = -(-len(jobs) // TOGETHER)
    parts = [jobs[place::n_parts] for place in range(n_parts)]
    errands = [
        Errand([(_abroad(entry, last=last), task) for entry, task in part], until) for part in parts
    ]
    left: list[Job] = []
    answers = _awaited(halt, lambda: iter(pool.map(Errand.run, errands)))
    for part in parts:
        told = None if answers is None else _awaited(halt, answers.__next__)
        for job, news in zip(part, told or [None] * len(part), strict=True):
            if news is None:
                left.append(job)
            else:
                _hear(job[0], news)
                yield job[0]
    return left


def _awaited(halt: StopRequest, answer: Callable[[], Answer]) -> Answer | None:
    """What the pool answers; None when Ctrl-C comes first. Raises WorkerError when it cannot."""
    from concurrent.futures import BrokenExecutor

    try:
        return halt.awaited(answer)
    except BrokenExecutor as error:
        if halt.outcome() is not None:
            return None
        raise WorkerError(
            "a process of the pool has died: where memory was short, use fewer processes, or "
            "pool=None; a script starts processes only under if __name__ == '__main__'"
        ) from error


def _abroad(entry: Entry, *, last: bool) -> Entry:
    """What a worker needs of it: all rows for the last stage, before that those of the frame."""
    if entry.problem.sums_means(entry.n_components, entry.problem.family.form):
        _ = entry.problem.total  # measured once and here, not by every worker
    return replace(
        entry,
        whole=entry.whole if last else entry.problem,
        watch=replace(entry.watch, halt=StopRequest()),
        candidates=list(entry.candidates),
        met=set(),
    )


def _done(entry: Entry, task: Task, halt: StopRequest) -> News | None:
    """The task, by a worker."""
    entry.watch = replace(entry.watch, halt=halt)
    if entry.halted:
        return None
    before = dict(enumerate(entry.candidates))
    task(entry)
    new = {n: each for n, each in enumerate(entry.candidates) if before.get(n) is not each}
    best = None if entry.best is None else entry.best.number
    return News(new, best, entry.failure, entry.watch.counter)


def _hear(entry: Entry, news: News) -> None:
    """What a worker has done becomes the cell's; candidates that it left alone stay themselves."""
    for number, candidate in news.candidates.items():
        entry.candidates[number : number + 1] = [candidate]
    entry.best = None if news.best is None else entry.candidates[news.best]
    entry.failure = news.failure
    vars(entry.watch.counter).update(vars(news.counter))
