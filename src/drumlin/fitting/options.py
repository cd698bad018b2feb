"""Options that `fit`, `select` and the like have in common, checked before any work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeGuard

import numpy as np

from drumlin.backends import Backend, resolve
from drumlin.data import check_n_components
from drumlin.em import Engine, PassCounter
from drumlin.errors import InvalidParameterError
from drumlin.execution import Threads, available_threads, check_n_threads


def seeded(rng: object) -> tuple[int | None, np.random.Generator]:
    """The seed, drawn when there is none, and the generator that it makes.

    A generator is taken as it is, and has no seed. Raises InvalidParameterError.
    """
    if isinstance(rng, np.random.Generator):
        return None, rng
    if rng is None:
        rng = int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise InvalidParameterError(
            f"rng is {rng!r}: it must be a seed (a whole number >= 0), a numpy.random.Generator, "
            "or None"
        )
    return int(rng), np.random.default_rng(int(rng))


def engine_of(backend: str | Backend, n_threads: int | None, n_samples: int) -> Engine:
    """The engine of a fit to ``n_samples`` rows; None is all threads that this process may use.

    Raises InvalidParameterError, and BackendUnavailableError.
    """
    threads = available_threads() if n_threads is None else check_n_threads(n_threads)
    return Engine(resolve(backend), Threads(threads), PassCounter(n_samples))


def check_limits(tol: object, max_iter: object, max_seconds: object) -> None:
    """Raises InvalidParameterError for limits that mean nothing."""
    if not _is_real(tol) or not tol >= 0.0:
        raise InvalidParameterError(f"tol is {tol!r}: it must be 0 or more nats")
    if not isinstance(max_iter, int | np.integer) or isinstance(max_iter, bool) or max_iter < 1:
        raise InvalidParameterError(f"max_iter is {max_iter!r}: it must be a whole number >= 1")
    if max_seconds is not None and not (_is_real(max_seconds) and max_seconds > 0):
        raise InvalidParameterError(f"max_seconds is {max_seconds!r}: it must be positive")


def check_acceleration(acceleration: object) -> bool:
    """Whether runs are accelerated. Raises InvalidParameterError."""
    if acceleration not in ("auto", "none"):
        raise InvalidParameterError(
            f"acceleration is {acceleration!r}: it must be 'auto', which needs fewer passes, or "
            "'none', which is plain EM"
        )
    return acceleration == "auto"


def check_equal_weights(equal_weights: object) -> bool:
    """True or False. Raises InvalidParameterError for anything else."""
    if not isinstance(equal_weights, bool | np.bool_):
        raise InvalidParameterError(
            f"equal_weights is {equal_weights!r}: it must be True, for φ_j = 1/k, or False, to "
            "estimate the weights"
        )
    return bool(equal_weights)


def check_whole_number(value: object, name: str, least: int) -> int:
    """The value as an int. Raises InvalidParameterError below ``least`` or when not whole."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:  # type: ignore[operator]
        raise InvalidParameterError(f"{name} is {value!r}: it must be a whole number >= {least}")
    return int(value)  # type: ignore[call-overload]


def check_numbers(n_components: int | Iterable[int]) -> tuple[int, ...]:
    """The numbers of components, each once, ascending. Raises InvalidParameterError."""
    if isinstance(n_components, str):
        raise InvalidParameterError(
            f"n_components is {n_components!r}: give numbers of components, as in range(1, 10)"
        )
    several = n_components if isinstance(n_components, Iterable) else [n_components]
    numbers = tuple(sorted({check_n_components(number) for number in several}))
    if not numbers:
        raise InvalidParameterError(
            "n_components is empty: give numbers of components, as in range(1, 10)"
        )
    return numbers


def check_observers(observers: object, of: str) -> tuple[Any, ...]:
    """The observers, callables of one ``of``. Raises InvalidParameterError."""
    given = tuple(observers) if isinstance(observers, Iterable) else (None,)
    if all(callable(observer) for observer in given):
        return given
    raise InvalidParameterError(
        f"observers is {observers!r}: it must be a sequence of callables of one {of}"
    )


def _is_real(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
