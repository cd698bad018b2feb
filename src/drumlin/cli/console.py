"""What the verbs share of the terminal: exit codes, messages, and where output goes."""

from __future__ import annotations

import functools
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TextIO

import typer

from drumlin.errors import DrumlinError, InvalidParameterError

FAILURE, USAGE, NOT_CONVERGED, INTERRUPTED = 1, 2, 3, 130

Parameters = ParamSpec("Parameters")


def say(message: str) -> None:
    """One message on standard error."""
    print(f"drumlin: {message}", file=sys.stderr)


def guarded(verb: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """The verb with its errors as one line on standard error and an exit code."""

    @functools.wraps(verb)
    def run(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            verb(*args, **options)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read the output has seen enough
            _discard_output()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            _stop("interrupted", INTERRUPTED)
        except InvalidParameterError as error:
            _stop(str(error), USAGE)
        except DrumlinError as error:
            _stop(str(error), FAILURE)
        except OSError as error:
            place = "" if error.filename is None else f": {error.filename}"
            _stop(f"{error.strerror or error}{place}", FAILURE)
        except MemoryError:
            _stop("there is not enough memory: use fewer columns or rows", FAILURE)

    return run


def _stop(message: str, code: int) -> None:
    say(" ".join(message.split()))
    raise typer.Exit(code) from None


def _discard_output() -> None:
    """Send what is still in the buffers nowhere, so that Python does not fail on leaving."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


@contextmanager
def warnings_as_messages() -> Iterator[None]:
    """Warnings of the library become lines on standard error, when the work is done."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        say(f"warning: {warning.message}")


def check_writable(path: str) -> None:
    """Raises OSError when no file can be written there: better told before long work than after."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise FileNotFoundError(2, f"cannot write {path}: there is no folder {folder}")
    if Path(path).is_dir() or not os.access(folder, os.W_OK):
        raise PermissionError(13, f"cannot write {path}: choose another place")


@contextmanager
def output(path: str | None) -> Iterator[TextIO]:
    """Standard output, or the file at ``path`` opened for text."""
    if path is None or path == "-":
        yield sys.stdout
        return
    with Path(path).open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


def print_json(value: Any, path: str | None = None) -> None:
    """One object on one line of standard output, or of the file at ``path``."""
    with output(path) as stream:
        print(json.dumps(value, ensure_ascii=False, allow_nan=False), file=stream)
