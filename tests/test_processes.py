"""Threads, forks, other processes, memory: the answer never depends on who computes it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest

import drumlin
from drumlin.backends import NativeBackend, instruction_sets
from drumlin.data import ArraySource, Rows
from drumlin.em import Problem, as_given, expect, summarise
from drumlin.execution import Threads
from tests.ingredients import EVERY_FAMILY, engine_for

HAS_FORK = hasattr(os, "fork")


def data(n: int = 3000, d: int = 3) -> np.ndarray:
    """Three groups that overlap a little."""
    rng = np.random.default_rng(31)
    return rng.normal(size=(n, d)) + 3.0 * rng.integers(0, 3, size=(n, 1))


def same(one: drumlin.Fit, other: drumlin.Fit) -> bool:
    """Bit for bit the same path and the same mixture."""
    return one.log_likelihoods == other.log_likelihoods and one.mixture == other.mixture


def fit_in_child(backend: str) -> drumlin.Fit:
    """What the tests of processes compute."""
    return drumlin.fit(data(1500), 3, rng=1, starts=3, backend=backend, n_threads=2)


@pytest.mark.skipif(not HAS_FORK, reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_fit_in_a_forked_child_after_one_in_the_parent(backend: str) -> None:
    """Assert that a child forked after a fit with threads fits, too, and finds the same bits."""
    if backend == "native" and not instruction_sets():
        pytest.skip("drumlin was installed without a compiler")
    parent = fit_in_child(backend)
    child = os.fork()
    if child == 0:  # no test machinery here: the exit code is the answer
        code = 2
        try:
            code = 0 if same(fit_in_child(backend), parent) else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert same(fit_in_child(backend), parent)


def test_a_fit_in_a_spawned_process() -> None:
    """Assert that a fresh process computes the same bits, and that a Fit travels back."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(fit_in_child, ("auto",))
    assert same(found, fit_in_child("auto"))
    assert str(found) == str(fit_in_child("auto"))


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_four_fits_at_the_same_time(backend: str) -> None:
    """Assert that fits in four Python threads at once equal the same fits one after another."""
    x = data(600)

    def one(number: int) -> drumlin.Fit:
        return drumlin.fit(
            x, 2, EVERY_FAMILY[number], rng=number, starts=2, backend=backend, n_threads=2
        )

    serial = [one(number) for number in range(4)]
    found: list[drumlin.Fit | None] = [None] * 4

    def work(number: int) -> None:
        found[number] = one(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for alone, together in zip(serial, found, strict=True):
        assert together is not None
        assert same(alone, together)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_number_of_threads_gives_the_same_bits(family: str, dtype: str) -> None:
    """Assert that whole fits with 1, 2 and 5 threads are equal bit for bit, weighted, n odd."""
    x = data(5003).astype(dtype)
    weight = np.random.default_rng(32).integers(0, 4, size=len(x)).astype(float)
    labels = np.digitize(x.mean(axis=1), [1.5, 4.5])
    fits = [
        drumlin.fit(
            x, 3, family, sample_weight=weight, starts=labels, n_threads=n_threads, tol=0.01
        )
        for n_threads in (1, 2, 5)
    ]
    assert same(fits[0], fits[1])
    assert same(fits[0], fits[2])


def test_the_number_of_threads_does_not_change_the_search() -> None:
    """Assert that starts, short runs and choice are the same bits with 1 and 5 threads, too."""
    x = data(5003)
    assert same(*(drumlin.fit(x, 3, rng=4, starts=3, n_threads=n) for n in (1, 5)))


@pytest.mark.native
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_environment_forces_an_instruction_set(
    monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    """Assert that DRUMLIN_INSTRUCTION_SET is obeyed, and that all sets agree."""
    x = data(2001).astype(dtype)
    labels = np.arange(len(x)) % 3
    found = {}
    for name in instruction_sets():
        monkeypatch.setenv("DRUMLIN_INSTRUCTION_SET", name)
        asked = drumlin.fit(x, 3, starts=labels, tol=0.01)
        given = drumlin.fit(x, 3, starts=labels, tol=0.01, backend=NativeBackend(name))
        assert same(asked, given)
        found[name] = asked
    first = found[instruction_sets()[0]]
    # float32: tiles of other widths round other sums; each row is good to about 1e-6.
    relative = 1e-12 if dtype == "float64" else 1e-5
    for other in found.values():
        assert other.log_likelihoods[0] == pytest.approx(first.log_likelihoods[0], rel=relative)
        assert len(other.log_likelihoods) == len(first.log_likelihoods) or dtype == "float32"
        assert other.log_likelihood == pytest.approx(first.log_likelihood, rel=relative)


@pytest.mark.native
def test_an_instruction_set_that_is_forced_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that the variable is not ignored: the sets differ in their last bits."""
    if len(instruction_sets()) < 2:
        pytest.skip("one instruction set here")
    mixture = drumlin.fit(data(), 3, rng=0, starts=2).mixture
    found = []
    for name in instruction_sets():
        monkeypatch.setenv("DRUMLIN_INSTRUCTION_SET", name)
        found.append(mixture.log_density(data(20_000)).tobytes())
    assert len(set(found)) > 1


def test_values_pickle() -> None:
    """Assert that Mixture, Fit, Moments and ArraySource come back equal."""
    x = data(200)
    fitted = drumlin.fit(x, 2, rng=1, starts=2)
    again = pickle.loads(pickle.dumps(fitted))
    assert same(again, fitted)
    assert str(again) == str(fitted)
    assert (again.family, again.outcome, again.runs) == (
        fitted.family,
        fitted.outcome,
        fitted.runs,
    )
    mixture = pickle.loads(pickle.dumps(fitted.mixture))
    np.testing.assert_array_equal(mixture.log_density(x), fitted.mixture.log_density(x))
    source = ArraySource(Rows(x, np.ones(len(x))), 64)
    moments = summarise(source, engine_for(len(x), drumlin.backends.resolve("auto"))).moments
    loaded = pickle.loads(pickle.dumps((moments, source)))
    np.testing.assert_array_equal((loaded[0] + loaded[0]).scatter, 2.0 * moments.scatter)
    np.testing.assert_array_equal(loaded[1][1].x, x[64:128])


def test_pickled_arrays_stay_read_only_in_effect() -> None:
    """Assert that an unpickled mixture still equals its original after work with it."""
    mixture = drumlin.fit(data(200), 2, rng=1, starts=2).mixture
    again = pickle.loads(pickle.dumps(mixture))
    again.sample(10, 0)
    as_given(again)
    assert again == mixture


MEMORY = """
import re, sys, warnings
from pathlib import Path
import numpy as np, drumlin
def peak():        # of this program alone: ru_maxrss begins at what the parent had
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
rng = np.random.default_rng(0)
n, d, k = 400_000, 8, 8
x = np.empty((n, d))
for part in np.split(x, 100):                # piece by piece: no peak before the fit hides its own
    part[:] = rng.normal(size=part.shape) + 4.0 * rng.integers(0, k, size=(len(part), 1))
warnings.simplefilter("ignore")
drumlin.fit(x[:4000], 2, rng=0, starts=1, max_iter=3)          # what is loaded once
before = peak()
fitted = drumlin.fit(x, k, rng=0, starts=2, max_iter=3, n_threads=2)
if "control" in sys.argv:
    fitted.mixture.responsibilities(x)
print((peak() - before) / 1024)
"""


def growth(*arguments: str) -> float:
    """MB by which the resident size grows in a fit of 400 000 × 8 with k = 8."""
    command = [sys.executable, "-c", MEMORY, *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.native
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_resident_memory_hardly_grows() -> None:
    """Assert that a fit adds less than an n × k array of float64 (24.4 MB).

    Half of what it adds is the largest subsample, the rest what the allocator keeps.
    """
    assert growth() < 21.0
    assert growth("control") > 24.0  # such an array would be seen


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_no_array_of_n_by_k_is_made(backend: str) -> None:
    """Assert that NumPy's peak during a fit of 60 000 rows, k = 20, is far below n × k numbers."""
    x = data(60_000, 1)
    labels = np.arange(len(x)) % 20
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with pytest.warns(drumlin.errors.NotConvergedWarning):
            drumlin.fit(x, 20, starts=labels, max_iter=2, backend=backend)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    n_by_k = len(x) * 20 * 8
    assert peak < n_by_k / 2


def test_chunks_do_not_change_the_moments(iris: np.ndarray) -> None:
    """Assert that moments of chunks of any size, added, are those of the whole to 1e-12."""
    fitted = drumlin.fit(iris, 3, rng=0)
    sums = []
    for chunk_rows in (None, 1, 7, 50, 149):
        source = ArraySource(Rows(iris), chunk_rows)
        engine = engine_for(len(iris), drumlin.backends.resolve("auto"), Threads(2))
        problem = Problem(source, fitted.family, summarise(source, engine), engine)
        sums.append(expect(fitted.mixture, problem))
    for other in sums[1:]:
        assert other.log_likelihood == pytest.approx(sums[0].log_likelihood, rel=1e-12)
        np.testing.assert_allclose(other.mass, sums[0].mass, rtol=1e-12)
        scale = np.abs(sums[0].scatter).max()
        np.testing.assert_allclose(other.scatter, sums[0].scatter, atol=1e-12 * scale)
