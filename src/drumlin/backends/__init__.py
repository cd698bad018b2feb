"""AXIS: who does the arithmetic.

`native` is compiled; `reference` is NumPy, the oracle of the tests.
"""

from drumlin.backends.native import NativeBackend, chosen_instruction_set, instruction_sets
from drumlin.backends.protocol import Backend, Density
from drumlin.backends.reference import ReferenceBackend
from drumlin.errors import InvalidParameterError

__all__ = [
    "Backend",
    "Density",
    "NativeBackend",
    "ReferenceBackend",
    "available",
    "instruction_sets",
    "resolve",
]


def resolve(backend: str | Backend | None = "auto") -> Backend:
    """The backend called "native", "reference" or "auto" (native where there is one).

    Raises InvalidParameterError for another name, BackendUnavailableError when it is not here.
    """
    if backend is not None and not isinstance(backend, str):
        return backend
    if backend == "reference" or (backend == "auto" and not instruction_sets()):
        return ReferenceBackend()
    if backend in ("auto", "native"):
        return NativeBackend(chosen_instruction_set())
    raise InvalidParameterError(
        f"unknown backend {backend!r}: choose 'auto', 'native' or 'reference', or give a Backend"
    )


def available() -> list[Backend]:
    """Every backend of this machine: reference, and native on each of its instruction sets."""
    return [ReferenceBackend(), *(NativeBackend(name) for name in instruction_sets())]
