"""How many threads a fit may use: the variable, the affinity, the quota of the container."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drumlin.errors import InvalidParameterError
from drumlin.execution import available_threads, check_n_threads, threads

COUNT = "from drumlin.execution import available_threads; print(available_threads())"


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests set it themselves."""
    monkeypatch.delenv("DRUMLIN_NUM_THREADS", raising=False)


def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that DRUMLIN_NUM_THREADS goes before everything else."""
    monkeypatch.setenv("DRUMLIN_NUM_THREADS", "7")
    assert available_threads() == 7


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²", " ", "1e3", "99999999999999999"])
def test_a_variable_that_is_no_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Assert that a wrong variable is refused by its name."""
    monkeypatch.setenv("DRUMLIN_NUM_THREADS", value)
    with pytest.raises(InvalidParameterError, match=r"DRUMLIN_NUM_THREADS is .*whole number"):
        available_threads()


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that an empty variable counts as not set."""
    monkeypatch.setenv("DRUMLIN_NUM_THREADS", "")
    assert available_threads() >= 1


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("100000 100000\n", 1),
        ("150000 100000\n", 2),
        ("50000 100000\n", 1),
        ("max 100000\n", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_quota_of_the_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, most: int | None
) -> None:
    """Assert that the cgroup's quota, rounded up, bounds the threads; no limit is no bound."""
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    monkeypatch.setattr(threads, "CGROUP_QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert available_threads() == (8 if most is None else most)


def test_without_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Assert that without cgroups the affinity decides."""
    monkeypatch.setattr(threads, "CGROUP_QUOTA", tmp_path / "nothing")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert available_threads() == 2


def test_without_affinity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Assert that an operating system without affinities is asked for its processors."""
    monkeypatch.setattr(threads, "CGROUP_QUOTA", tmp_path / "nothing")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_threads() == 5


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_the_affinity_of_the_process() -> None:
    """Assert that a process held to one processor uses one thread."""
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); " + COUNT
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize("value", [0, -1, 2.5, "2", True, None, 10**12, np.float64(2)])
def test_threads_are_counted_in_whole_numbers(value: Any) -> None:
    """Assert that n_threads which is no positive whole number is refused."""
    with pytest.raises(InvalidParameterError, match=r"n_threads is .*whole number from 1"):
        check_n_threads(value)
    assert check_n_threads(np.int64(3)) == 3
