"""Long work: its progress as one line on standard error, and its end by Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from drumlin.cli import console

SECONDS_BETWEEN = 0.1
"""Between two updates of the line: more of them could not be read."""

Observers: TypeAlias = tuple[Callable[[Any], object], ...]


@contextmanager
def long_work(describe: Callable[[Any], str], *, counted: bool = True) -> Iterator[Observers]:
    """The observers to pass to work that may be stopped; warnings are printed when it is done.

    describe : the text of the line after a record of the work
    counted : whether records have ``done`` and ``total``, for a bar that fills
    """
    with console.warnings_as_messages(), _terminate_as_interrupt():
        if not sys.stderr.isatty():
            yield ()
            return
        with _progress_line(describe, counted=counted) as observer:
            yield (observer,)


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """In this context SIGTERM does what Ctrl-C does.

    SIGINT is handled even where it was ignored, as in the background jobs of a shell script.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    if before[signal.SIGINT] is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_line(
    describe: Callable[[Any], str], *, counted: bool
) -> Iterator[Callable[[Any], None]]:
    from rich import progress as rich
    from rich.console import Console

    bar = rich.Progress(
        rich.BarColumn(bar_width=20),
        *([rich.MofNCompleteColumn()] if counted else []),
        rich.TextColumn("{task.description}"),
        rich.TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task, next_update = bar.add_task("starting", total=None), 0.0

    def update(record: Any) -> None:
        nonlocal next_update
        now = time.monotonic()
        done, total = (record.done, record.total) if counted else (0, None)
        if now >= next_update or done == total:
            next_update = now + SECONDS_BETWEEN
            bar.update(task, completed=done, total=total, description=describe(record))

    with bar:
        yield update
