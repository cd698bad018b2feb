"""A pool of processes for work that falls into independent parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drumlin.execution import Pool


@contextmanager
def worker_pool(n_workers: int, module: str) -> Iterator[Pool | None]:
    """A pool of so many processes; None for one, when this process does the work itself.

    module : module of drumlin that the workers import while this process still reads

    Workers ignore SIGINT, which a terminal sends to all processes of a command. When the context
    ends they are terminated, whatever they are working on.
    """
    if n_workers == 1:
        yield None
        return
    import signal
    import threading
    from concurrent.futures import InvalidStateError, ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    other_children, excepthook = active_children(), threading.excepthook

    def without_cancelled(failed: threading.ExceptHookArgs) -> None:
        # the thread of the pool raises this for cancelled work once its processes are terminated
        if not issubclass(failed.exc_type, InvalidStateError):
            excepthook(failed)

    ignore_interrupts = signal.SIGINT, signal.SIG_IGN
    try:
        with ProcessPoolExecutor(
            n_workers, get_context("spawn"), signal.signal, ignore_interrupts
        ) as pool:
            for _ in range(n_workers):
                pool.submit(_import, module)
            try:
                yield pool
            finally:
                threading.excepthook = without_cancelled
                for child in active_children():
                    if child not in other_children:
                        child.terminate()
    finally:
        threading.excepthook = excepthook


def _import(module: str) -> None:
    from importlib import import_module

    import_module(f"drumlin.{module}")
