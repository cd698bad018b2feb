"""What all tests share: backends, real data, and a reproducible hypothesis."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator

# Before anything imports NumPy or matplotlib: two workers whose BLAS threads wait for each other
# are ten times as slow as without, and tests have no screen.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from hypothesis import settings

from drumlin.backends import Backend, available
from tests.ingredients import DATA

# The same examples on every run and machine: a failure is the code's, not the day's.
settings.register_profile("drumlin", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("drumlin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked `native` where there is no compiled backend."""
    if importlib.util.find_spec("drumlin._native") is not None:
        return
    skip = pytest.mark.skip(reason="drumlin was installed without a compiler")
    for item in items:
        if "native" in item.keywords:
            item.add_marker(skip)


def _label(backend: Backend) -> str:
    """`reference`, `native-avx2`, ...: the name, and the instruction set where there is one."""
    return "-".join([backend.name, *filter(None, [getattr(backend, "instruction_set", "")])])


@pytest.fixture(params=available(), ids=_label)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each backend of this machine in turn; native on each of its instruction sets."""
    chosen: Backend = request.param
    return chosen


def _read(name: str, columns: range) -> np.ndarray:
    """(n, d) numbers of a reference data set, read-only so that no test can spoil another."""
    x = np.loadtxt(DATA / f"{name}.csv", delimiter=",", skiprows=1, usecols=columns, ndmin=2)
    x.flags.writeable = False
    return x


@pytest.fixture(scope="session")
def faithful() -> np.ndarray:
    """(272, 2) Old Faithful: length of the eruption and waiting time, minutes."""
    return _read("faithful", range(2))


@pytest.fixture(scope="session")
def galaxies() -> np.ndarray:
    """(82, 1) velocities in 1000 km/s, the unit of the reference values."""
    x = _read("galaxies", range(1)) / 1000.0
    x.flags.writeable = False
    return x


@pytest.fixture(scope="session")
def iris() -> np.ndarray:
    """(150, 4) sepals and petals, cm."""
    return _read("iris", range(4))


@pytest.fixture(scope="session")
def banknote() -> np.ndarray:
    """(200, 6) measures of Swiss bank notes, mm, without the column of the class."""
    return _read("banknote", range(1, 7))


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Ctrl-C as in a terminal, at each start: a shell's background jobs begin with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    """x (250, 2) in three groups of 120, 80 and 50, and their labels."""
    rng = np.random.default_rng(51)
    labels = np.repeat([0, 1, 2], [120, 80, 50])
    centres = np.array([[0.0, 0.0], [6.0, 1.0], [2.0, 7.0]])
    return rng.normal(size=(250, 2)) + centres[labels], labels
