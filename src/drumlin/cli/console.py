"""The terminal: exit codes, messages, and where output goes."""

from __future__ import annotations

import functools
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TextIO

import typer

from drumlin.errors import DrumlinError, InvalidParameterError

if TYPE_CHECKING:
    from drumlin.em import Outcome

FAILURE, USAGE, NOT_CONVERGED, INTERRUPTED = 1, 2, 3, 130

Parameters = ParamSpec("Parameters")


def say(message: str) -> None:
    """Print one message on standard error."""
    print(f"drumlin: {message}", file=sys.stderr)


def errors_as_exit_codes(verb: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """The verb, with each error as one line on standard error and an exit code."""

    @functools.wraps(verb)
    def run(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            verb(*args, **options)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader of the output, such as head, has closed it
            # what is still buffered is dropped: flushing it into the closed pipe would fail at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            _exit("interrupted", INTERRUPTED)
        except InvalidParameterError as error:
            _exit(str(error), USAGE)
        except DrumlinError as error:
            _exit(str(error), FAILURE)
        except OSError as error:
            place = "" if error.filename is None else f": {error.filename}"
            _exit(f"{error.strerror or error}{place}", FAILURE)
        except MemoryError:
            _exit("there is not enough memory: use fewer columns or rows", FAILURE)

    return run


def _exit(message: str, code: int) -> None:
    say(" ".join(message.split()))
    raise typer.Exit(code) from None


def exit_if_interrupted(outcome: Outcome | None) -> None:
    """Leave with exit code 130 when Ctrl-C or SIGTERM ended the work."""
    from drumlin.em import Outcome

    if outcome is Outcome.INTERRUPTED:
        raise typer.Exit(INTERRUPTED)


@contextmanager
def warnings_as_messages() -> Iterator[None]:
    """Print warnings of the library on standard error, once the work is done."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        say(f"warning: {warning.message}")


def check_writable(path: str) -> None:
    """Raises OSError when no file can be written at ``path``: called before any long work."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise FileNotFoundError(2, f"cannot write {path}: there is no folder {folder}")
    if Path(path).is_dir() or not os.access(folder, os.W_OK):
        raise PermissionError(13, f"cannot write {path}: choose another place")


@contextmanager
def open_output(path: str | None) -> Iterator[TextIO]:
    """Standard output, or the file at ``path`` opened for text."""
    if path is None or path == "-":
        yield sys.stdout
        return
    with Path(path).open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


def print_json(value: Any, path: str | None = None) -> None:
    """One object on one line of standard output, or of the file at ``path``.

    Arrays, records and outcomes in it become lists, objects and words.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    with open_output(path) as stream:
        print(text, file=stream)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return asdict(value) if is_dataclass(type(value)) else value.tolist()
