"""When rows are ordered: decided by counts, the same every time, and without a trace in the fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.data import ArraySource, Rows
from drumlin.em import Iteration, Problem, as_given, iterates
from drumlin.em.row_order import row_ordering
from drumlin.em.run import with_row_ordering
from drumlin.execution import Threads
from drumlin.moments import Form
from tests.ingredients import (
    assert_same_mixture,
    draw,
    engine_for,
    made_by,
    problem_of,
    random_mixture,
)

pytestmark = pytest.mark.native


ROWS, COMPONENTS, FEATURES = 70_000, 30, 6


def data(spread: float) -> tuple[Mixture, Array]:
    """A mixture and rows of it, enough of them for an order."""
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, COMPONENTS, FEATURES, spread=spread)
    return mixture, draw(mixture, ROWS, rng)[0]


def run(problem: Problem, start: Mixture, passes: int) -> list[Iteration]:
    """The first iterations."""
    return [i for i, _ in zip(iterates(as_given(start), problem), range(passes), strict=False)]


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
def test_a_run_with_ordered_rows_is_the_same_run(family: str) -> None:
    """Assert that separated data are ordered, and ten passes differ by rounding only."""
    mixture, x = data(25.0)
    start = Mixture.from_arrays(mixture.weights, mixture.means + 0.3, np.eye(FEATURES), "tied")
    plain = problem_of(x, family, backend=resolve("auto"))
    ordered = with_row_ordering(plain, COMPONENTS)
    got, want = run(ordered, start, 10), run(plain, start, 10)
    assert ordered.row_ordering is not None
    assert ordered.row_ordering.ordered is not None
    assert ordered.row_ordering.cost < 0.7
    for a, b in zip(got, want, strict=True):
        assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=1e-12)
        assert_same_mixture(a.mixture, b.mixture, 1e-11)


def test_decisions_can_be_repeated() -> None:
    """Assert that a second run, and one with more threads, has the same ℓ to the last bit."""
    mixture, x = data(25.0)
    plain = problem_of(x, "full", backend=resolve("auto"))
    paths = []
    for n_threads in (1, 1, 2):
        problem = with_row_ordering(made_by(plain, executor=Threads(n_threads)), COMPONENTS)
        paths.append([i.log_likelihood for i in run(problem, mixture, 6)])
        assert problem.row_ordering is not None
        assert problem.row_ordering.ordered is not None
    assert paths[0] == paths[1] == paths[2]


def test_overlapping_rows_are_left_as_they_are() -> None:
    """Assert that no order is made where it could leave out nothing, and ℓ is that to the bit."""
    mixture, x = data(0.5)
    plain = problem_of(x, "full", backend=resolve("auto"))
    ordered = with_row_ordering(plain, COMPONENTS)
    got, want = run(ordered, mixture, 5), run(plain, mixture, 5)
    assert ordered.row_ordering is not None
    assert ordered.row_ordering.ordered is None
    assert [i.log_likelihood for i in got] == [i.log_likelihood for i in want]


def test_an_order_that_no_longer_helps_is_given_up() -> None:
    """Assert that a run which leaves separated components for one heap forgets its order."""
    mixture, x = data(25.0)
    problem = with_row_ordering(problem_of(x, "full", backend=resolve("auto")), COMPONENTS)
    assert problem.row_ordering is not None
    run(problem, mixture, 2)
    assert problem.row_ordering.ordered is not None
    wide = 1e4 * np.eye(FEATURES)
    heap = Mixture.from_arrays(mixture.weights, mixture.means * 1e-3, wide, "tied")
    run(problem, heap, 3)
    assert problem.row_ordering.ordered is None


def test_few_rows_and_rows_in_a_file_are_not_ordered(tmp_path: Path) -> None:
    """Assert that small data, chunks, pooled moments and memory-mapped arrays have no ordering."""
    x = data(25.0)[1]
    given = engine_for(ROWS, resolve("auto")), COMPONENTS
    in_memory = ArraySource(Rows(x))
    assert row_ordering(in_memory, *given, Form.FULL) is not None
    assert row_ordering(in_memory, *given, Form.POOLED) is None
    assert row_ordering(ArraySource(Rows(x), 30_000), *given, Form.FULL) is None
    assert row_ordering(ArraySource(Rows(x[:20_000])), *given, Form.FULL) is None
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert row_ordering(ArraySource(Rows(mapped[:, ::-1])), *given, Form.FULL) is None


def test_a_fit_is_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that a whole fit agrees with one in which no order is ever worth making."""
    mixture, x = data(25.0)
    got = drumlin.fit(x, COMPONENTS, starts=mixture, rng=0, n_threads=1)
    monkeypatch.setattr("drumlin.em.row_order.LEAST_WORK", np.inf)
    want = drumlin.fit(x, COMPONENTS, starts=mixture, rng=0, n_threads=1)
    assert got.log_likelihood == pytest.approx(want.log_likelihood, rel=1e-12)
    assert_same_mixture(got.mixture, want.mixture, 1e-9)
