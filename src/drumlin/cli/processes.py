"""Processes for the verbs whose work falls into parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drumlin.execution import Pool


@contextmanager
def processes(workers: int, room: str) -> Iterator[Pool | None]:
    """A pool of so many; None for one, which is this process.

    room : module of drumlin that they load while this process still reads

    They are deaf to the Ctrl-C that a terminal sends to all of them, and do not outlive this
    context: what they are at then, nobody waits for.
    """
    if workers == 1:
        yield None
        return
    import signal
    import threading
    from concurrent.futures import InvalidStateError, ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    others, told = active_children(), threading.excepthook

    def tell(failed: threading.ExceptHookArgs) -> None:
        # the pool's own thread meets work that was cancelled when its processes are ended
        if not issubclass(failed.exc_type, InvalidStateError):
            told(failed)

    deaf = signal.SIGINT, signal.SIG_IGN
    try:
        with ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, deaf) as pool:
            for _ in range(workers):
                pool.submit(_ready, room)
            try:
                yield pool
            finally:
                threading.excepthook = tell
                for child in active_children():
                    if child not in others:
                        child.terminate()
    finally:
        threading.excepthook = told


def _ready(room: str) -> None:
    from importlib import import_module

    import_module(f"drumlin.{room}")
