"""A selection with workers: the same table, and what becomes of it when something goes wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import covariance
from drumlin._types import Array
from drumlin.covariance.families.m_step import Estimate, MStep
from drumlin.errors import (
    InterruptedWarning,
    InvalidParameterError,
    NotConvergedWarning,
    WorkerError,
)
from drumlin.execution import Pool
from drumlin.selection import Progress, Selection, workers


class Broken(MStep):
    """An M-step that fails."""

    def estimate(self, *_: Any, **__: Any) -> Estimate:
        raise np.linalg.LinAlgError("no convergence")

    def penalty(self, *_: Any) -> float:
        return 0.0


class Deadly(Broken):
    """An M-step that kills its process."""

    def estimate(self, *_: Any, **__: Any) -> Estimate:
        os._exit(1)


class Interrupting:
    """A pool in this process, in which Ctrl-C is pressed while the answer ``at`` is awaited."""

    def __init__(self, at: int) -> None:
        self.at = at

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        for item in items:
            self.at -= 1
            if self.at == 0:
                signal.raise_signal(signal.SIGINT)
            yield function(item)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Two processes."""
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


@pytest.fixture(autouse=True)
def everything_travels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small stages are sent, too; each test begins and ends with Python's own handler."""
    monkeypatch.setattr(workers, "LEAST_WORK", 0)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def rows(n: int, d: int) -> Array:
    """(n, d): three clusters that overlap."""
    rng = np.random.default_rng(21)
    return rng.normal(size=(n, d)) + 3.0 * rng.integers(0, 3, size=(n, 1))


def told(selection: Selection) -> list[object]:
    """Everything of every cell, to the bit."""
    return [
        (
            cell.value,
            cell.reason,
            cell.held_out,
            cell.fit
            and (
                cell.fit.log_likelihoods,
                cell.fit.mixture.means.tobytes(),
                cell.fit.mixture.covariance.matrices().tobytes(),
                cell.fit.runs,
                cell.fit.cost,
                cell.fit.notes,
            ),
        )
        for cell in selection.cells
    ]


@pytest.mark.parametrize(
    ("x", "families", "options"),
    [
        (rows(150, 2), "all", {}),
        (rows(150, 2)[::-1].astype(np.float32), "VVV,EEE,VVE", {"criterion": "held-out"}),
        (rows(2500, 7), "EEE,VVI", {"sample_weight": np.arange(2500) % 3}),
    ],
    ids=["all families", "held out", "on a subsample, with pooled passes"],
)
def test_workers_change_nothing(
    pool: Pool, x: Array, families: str, options: dict[str, Any]
) -> None:
    """Assert the same table, bit for bit, runs and cost included, in this process and in two."""
    alone = drumlin.select(x, range(1, 5), families, rng=0, n_folds=2, **options)
    shared = drumlin.select(x, range(1, 5), families, rng=0, n_folds=2, pool=pool, **options)
    assert told(shared) == told(alone)
    assert shared.best.family is alone.best.family


def test_threads_may_be_the_workers() -> None:
    """Assert that cells are not confused where nothing is copied."""
    x = rows(150, 2)
    with ThreadPoolExecutor(3) as threads:
        shared = drumlin.select(x, range(1, 5), "VVV,EEE", rng=0, pool=threads)
    assert told(shared) == told(drumlin.select(x, range(1, 5), "VVV,EEE", rng=0))


def test_observers_see_every_step(pool: Pool) -> None:
    """Assert that done rises by one to total, with the ℓ that the workers found."""
    seen: list[Progress] = []
    drumlin.select(rows(150, 2), [1, 2, 3], "VVV,EEE", rng=0, pool=pool, observers=[seen.append])
    assert [step.done for step in seen] == list(range(1, seen[-1].total + 1))
    assert all(step.log_likelihood is not None for step in seen)


def test_small_stages_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that nothing is asked of the pool for a small table."""
    monkeypatch.undo()
    x = rows(150, 2)
    found = drumlin.select(x, [1, 2], "VVV,EEE", rng=0, pool=Interrupting(1))
    assert found.halted is None


def test_a_cell_that_fails_is_recorded(pool: Pool) -> None:
    """Assert that an exception in one family leaves the others alone."""
    failing = covariance.Family("EEE", "tied", Broken())
    found = drumlin.select(rows(150, 2), [2, 3], ["full", failing], rng=0, pool=pool)
    reasons = [cell.reason for cell in found.cells]
    assert reasons == ["", "LinAlgError: no convergence"] * 2


def test_a_worker_that_dies_is_told_of() -> None:
    """Assert an error that says what to do."""
    deadly = covariance.Family("EEE", "tied", Deadly())
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as mortal,
        pytest.raises(WorkerError, match="fewer processes"),
    ):
        drumlin.select(rows(150, 2), [1, 2], [deadly], rng=0, pool=mortal)


@pytest.mark.parametrize("at", [1, 2, 3, 4, 7, 9])
def test_ctrl_c_while_workers_are_at_it(at: int) -> None:
    """Assert that what they have told of is kept, and every fit is true."""
    x = rows(150, 2)
    with pytest.warns(InterruptedWarning):
        found = drumlin.select(x, [1, 2, 3], "VVV,EEE", rng=0, pool=Interrupting(at))
    fitted = [cell for cell in found.cells if cell.fit is not None]
    assert len(fitted) == (1, 2, 4, 6)[min(at, 4) - 1]
    for cell in fitted:
        assert cell.fit is not None
        ell = cell.fit.mixture.log_density(x).sum()
        assert cell.fit.log_likelihood == pytest.approx(ell, rel=1e-12)


def test_time_up_for_workers(pool: Pool) -> None:
    """Assert that there is a fit, whatever the workers have come to."""
    for seconds in (1e-9, 0.05):
        with pytest.warns(NotConvergedWarning, match="max_seconds"):
            found = drumlin.select(
                rows(2500, 7), range(1, 9), rng=0, max_seconds=seconds, pool=pool
            )
        assert found.best.log_likelihood < 0.0


def test_what_cannot_map_is_refused() -> None:
    """Assert that the message says what can."""
    with pytest.raises(InvalidParameterError, match="which has no map"):
        drumlin.select(rows(150, 2), [1], pool=3)  # type: ignore[arg-type]
