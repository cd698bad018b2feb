"""Growing subsamples, and what starts may cost: claims that counts decide."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.data import DRAW_BYTES, Rows
from drumlin.em import (
    Iteration,
    PassCounter,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    as_given,
    run,
    summarise,
)
from drumlin.execution import Threads
from drumlin.fitting.growing_subsamples import run_growing, subsample_schedule
from drumlin.fitting.search import search
from tests.ingredients import draw, made_by, problem_of, random_mixture

LARGE = 100_000


def overlapping(n: int, k: int, d: int) -> tuple[Mixture, Array]:
    """A mixture whose components overlap, and n rows of it."""
    rng = np.random.default_rng([n, k, d])
    mixture = random_mixture(rng, k, d, spread=3.0)
    return mixture, draw(mixture, n, rng)[0]


def poor_start(x: Array, k: int) -> Mixture:
    """Random rows, and the covariance of the data for each."""
    rows = np.random.default_rng(1).choice(len(x), k, replace=False)
    pooled = np.cov(x, rowvar=False).reshape(x.shape[1], -1)
    return Mixture.from_arrays(np.full(k, 1.0 / k), x[rows], np.repeat(pooled[None], k, axis=0))


def counted(x: Array, family: str) -> tuple[Problem, PassCounter]:
    """A problem whose passes are counted."""
    problem = problem_of(x, family, backend=resolve("auto"))
    problem = made_by(problem, executor=Threads(2))
    return problem, problem.engine.counter


def followed(x: Array, start: Mixture, *, growing: bool) -> tuple[float, float]:
    """Where a run ends, in nats, and its cost in full passes."""
    problem, counter = counted(x, "full")
    options = RunOptions(RemainingGain(1e-3), 1000, StopRequest())
    if growing:
        result = run_growing(as_given(start), problem, options, np.random.default_rng(0))
    else:
        result = run(as_given(start), problem, options)
    return result.last.log_likelihood, counter.row_passes / len(x)


def test_growing_comes_to_the_same_place_for_less() -> None:
    """Assert the optimum of the run on all rows, for clearly less."""
    _, x = overlapping(LARGE, 4, 3)
    start = poor_start(x, 4)
    plain, dear = followed(x, start, growing=False)
    grew, cheap = followed(x, start, growing=True)
    assert grew == pytest.approx(plain, abs=0.1)
    assert cheap < 0.75 * dear


def test_growing_never_loses_what_the_start_had() -> None:
    """Assert that from the optimum itself the first full pass is as good, and the run ends soon."""
    mixture, x = overlapping(LARGE, 3, 2)
    best = drumlin.fit(x, 3, starts=mixture)
    again = drumlin.fit(x, 3, starts=best.mixture)
    assert again.log_likelihoods[0] >= best.log_likelihood - 1e-6
    assert len(again.log_likelihoods) <= 5


@pytest.mark.parametrize("n_few", [4, 15, 60])
def test_growing_keeps_a_small_component_of_the_start(n_few: int) -> None:
    """Assert that a group with too few rows on the first stages, or on all, is not lost."""
    x = np.random.default_rng(4).normal(size=(LARGE, 2))
    x[:n_few] += 7.0
    covariances = [4.0 * np.eye(2), np.eye(2)]
    start = drumlin.Mixture.from_arrays([0.99, 0.01], [[0.5, 0.5], [7.0, 7.0]], covariances)
    fitted = drumlin.fit(x, 2, starts=start, rng=0)
    assert fitted.healthy
    np.testing.assert_allclose(fitted.mixture.weights[1], n_few / LARGE, rtol=1e-6)


def test_growing_repeats_with_its_seed_on_any_number_of_threads() -> None:
    """Assert bit-identical fits from a given start and a seed, with weights, labels and threads."""
    mixture, x = overlapping(LARGE, 3, 2)
    rng = np.random.default_rng(3)
    weight = rng.integers(0, 3, len(x)).astype(float)
    labels = np.where(rng.random(len(x)) < 0.01, mixture.labels(x), -1)
    one, two = (
        drumlin.fit(
            x, 3, starts=mixture, sample_weight=weight, labels=labels, rng=5, n_threads=threads
        )
        for threads in (1, 2)
    )
    assert one.mixture == two.mixture
    assert one.log_likelihoods == two.log_likelihoods
    assert one.cost == two.cost
    assert one.cost is not None
    assert one.cost.passes == one.runs[0].passes + 2  # two compared the start and where it led


def test_stages_have_rows_enough_for_the_parameters() -> None:
    """Assert ten rows per free parameter in the smallest stage, and at most 50 passes in each."""
    x = overlapping(LARGE, 8, 16)[1]
    stages: dict[int, int] = {}

    def look(iteration: Iteration) -> None:
        rows = round(iteration.mass.sum())
        stages[rows] = stages.get(rows, 0) + 1
        if rows == LARGE:
            raise ArrivedError

    with pytest.raises(ArrivedError):
        drumlin.fit(x, 8, starts=poor_start(x, 8), observers=[look], rng=0)
    assert set(stages) == {25_000, LARGE}  # 6 250 would be five per parameter
    assert 5 < stages[25_000] <= 50


class ArrivedError(Exception):
    """The first pass over all of the data."""


@pytest.mark.parametrize(("k", "d"), [(2, 1), (2, 5), (16, 4), (64, 3)])
@pytest.mark.parametrize("family", ["full", "tied"])
def test_starts_cost_less_than_ten_full_passes(k: int, d: int, family: str) -> None:
    """Assert it of everything before the first pass over all 100 000 rows, measuring included."""
    _, x = overlapping(LARGE, k, d)
    problem, counter = counted(x, family)
    summarise(problem.source, problem.engine)

    def stop_at_all_rows(iteration: Iteration) -> None:
        if iteration.stage == "full":
            raise ArrivedError

    options = RunOptions(RemainingGain(1e-3), 1000, StopRequest(), (stop_at_all_rows,))
    with pytest.raises(ArrivedError):
        search(problem, k, 10, options, np.random.default_rng(0))
    cost = counter.row_passes / LARGE - 1.0  # the pass that arrived is not before itself
    assert 2.0 < cost < 10.0


MEMORY = """
import sys, warnings, numpy as np, drumlin
def resident(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
x = np.random.default_rng(0).standard_normal((2_000_000, 4))
warnings.simplefilter("ignore")
drumlin.fit(x[:1000], 2, max_iter=2)
open("/proc/self/clear_refs", "w").write("5")
before = resident("VmRSS")
drumlin.fit(x, 8, rng=0, max_iter=2)
print(resident("VmHWM") - before)
"""


@pytest.mark.native
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
def test_a_fit_needs_little_memory_beyond_its_data() -> None:
    """Assert growth below 48 MB on 64 MB of data; responsibilities would be 128 MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 48.0


@pytest.mark.parametrize("n", [1000, 8000, 1_000_000, 400_000_000])
@pytest.mark.parametrize("d", [1, 60])
def test_stages_are_quarters_and_bounded(n: int, d: int) -> None:
    """Assert sizes that rise fourfold to n / 4 at most, none too small, none beyond its bytes."""
    problem = problem_of(np.broadcast_to(np.zeros(1), (10, d)), "diag", chunk_rows=1)
    source = _Pretended(n, d)
    sizes = subsample_schedule(replace(problem, source=source), 2000).sizes
    assert all(2000 <= size <= n // 4 and size * d * 8 <= DRAW_BYTES for size in sizes)
    assert all(4 * few <= many < 4 * few + 4 for few, many in pairwise(sizes))
    assert (len(sizes) > 0) == (n >= 8000)
    assert not sizes or sizes[0] < 8000


class _Pretended:
    """A source that only has a size."""

    dtype = np.dtype(np.float64)
    in_memory = False

    def __init__(self, n_samples: int, n_features: int) -> None:
        self.n_samples, self.n_features = n_samples, n_features

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Rows:
        raise IndexError(index)
