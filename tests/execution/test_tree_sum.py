"""One order of adding for every executor: a tree over the chunks, whoever makes the summands."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, ClassVar

import numpy as np
import pytest

from drumlin import Mixture
from drumlin.backends import resolve
from drumlin.covariance import family_named
from drumlin.data import ArraySource, Rows, SurveyPass
from drumlin.em import (
    Engine,
    PassCounter,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    expect,
    run,
    summarise,
)
from drumlin.execution import Executor, Threads, tree_sum
from drumlin.fitting.finalise import Request, finalise
from drumlin.fitting.search import search
from drumlin.merging.entropy import merges
from drumlin.starts import LabelStart
from drumlin.uncertainty.information import information
from tests.execution.ingredients import Processes, bits
from tests.ingredients import draw, random_mixture


@dataclass(frozen=True, eq=False)
class Term:
    """A summand that remembers how it was added."""

    tree: Any

    def __add__(self, other: Term) -> Term:
        return Term((self.tree, other.tree))


def by_hand(leaves: list[int]) -> Any:
    """The tree: on the left the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while 2 * half < len(leaves):
        half *= 2
    return by_hand(leaves[:half]), by_hand(leaves[half:])


@pytest.mark.parametrize("n", range(1, 21))
def test_summands_are_added_over_the_tree(n: int) -> None:
    """Assert neighbours first, then pairs of pairs, the order of the summands kept."""
    assert tree_sum(map(Term, range(n))).tree == by_hand(list(range(n)))


def test_the_tree_of_seven() -> None:
    """Assert ((0 + 1) + (2 + 3)) + ((4 + 5) + 6), written out."""
    assert tree_sum(map(Term, range(7))).tree == (((0, 1), (2, 3)), ((4, 5), 6))


class Heavy:
    """A summand of which few may be held at a time."""

    alive: ClassVar[weakref.WeakSet[Heavy]] = weakref.WeakSet()
    most: ClassVar[int] = 0

    def __init__(self) -> None:
        Heavy.alive.add(self)
        Heavy.most = max(Heavy.most, len(Heavy.alive))

    def __add__(self, _: Heavy) -> Heavy:
        return Heavy()


@pytest.mark.parametrize("n", [1, 2, 64, 1000, 1023])
def test_few_partial_sums_are_held(n: int) -> None:
    """Assert at most log₂ n of them, and the three of the addition under way."""
    Heavy.most = 0
    tree_sum(Heavy() for _ in range(n))
    assert Heavy.most <= np.log2(n) + 3


def test_nothing_to_add_is_refused() -> None:
    """Assert a ValueError, also of a source without chunks."""
    with pytest.raises(ValueError, match="nothing to add"):
        tree_sum(())
    with pytest.raises(ValueError, match="no chunks"):
        Threads(1).map_reduce(lambda chunk, _: Term(chunk), [])


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_threads_add_chunks_over_the_tree(n: int) -> None:
    """Assert that of Threads, and that each chunk is told how many threads it has."""
    found = Threads(4).map_reduce(lambda chunk, threads: Term((chunk, threads)), range(n))
    assert found.tree == tree_sum(Term((index, 4)) for index in range(n)).tree


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Two processes."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield Processes(pool)


CHUNK_ROWS = 83


@pytest.fixture(scope="module")
def source() -> ArraySource:
    """500 weighted rows, some of known label, in seven chunks."""
    rng = np.random.default_rng(5)
    x, z = draw(random_mixture(rng, 3, 2), 500, rng)
    labels = np.where(rng.random(500) < 0.1, z, -1)
    return ArraySource(Rows(x, rng.integers(0, 3, 500).astype(float), labels), CHUNK_ROWS)


def problem_with(executor: Executor, source: ArraySource, family: str = "full") -> Problem:
    """The rows, and who maps over them."""
    engine = Engine(resolve("auto"), executor, PassCounter(source.n_samples))
    summary = summarise(source, engine, SurveyPass(n_distinct=3, n_labels=3))
    return Problem(source, family_named(family, 2), summary, engine)


def both(processes: Processes, source: ArraySource, family: str = "full") -> tuple[Problem, ...]:
    """The problem in this process with two threads, and in two processes."""
    assert len(source) == 7
    return tuple(problem_with(executor, source, family) for executor in (Threads(2), processes))


def mixture() -> Mixture:
    """Anything with three components."""
    return random_mixture(np.random.default_rng(6), 3, 2)


def options() -> RunOptions:
    """Of a run to its end."""
    return RunOptions(RemainingGain(1e-3), 200, StopRequest())


def test_processes_summarise_alike(processes: Processes, source: ArraySource) -> None:
    """Assert survey, draw, moments and floor bit for bit."""
    here, there = both(processes, source)
    assert bits(there.summary) == bits(here.summary)


def test_processes_make_the_same_pass(processes: Processes, source: ArraySource) -> None:
    """Assert the moments of an E-step bit for bit."""
    here, there = both(processes, source)
    assert bits(expect(mixture(), there)) == bits(expect(mixture(), here))


@pytest.mark.parametrize("family", ["VVV", "EEE", "VVI", "VVE"])
def test_processes_run_alike(processes: Processes, source: ArraySource, family: str) -> None:
    """Assert a start from labels, and a run from it, bit for bit in path and mixture."""
    found = []
    for problem in both(processes, source, family):
        start = LabelStart(3, np.arange(500) % 3)(problem, np.random.default_rng(0))
        found.append(run(start, problem, options()))
    here, there = found
    assert there.path == here.path
    assert bits(there.last) == bits(here.last)
    assert (there.passes, there.ending) == (here.passes, here.ending)


def test_processes_search_alike(processes: Processes, source: ArraySource) -> None:
    """Assert a whole search and the record of its best run bit for bit."""
    here, there = (
        finalise(
            search(problem, 3, 4, options(), np.random.default_rng(1)),
            problem,
            Request(1, False, None),
        )
        for problem in both(processes, source)
    )
    assert there.facts() == here.facts()
    assert there.runs == here.runs
    assert there.mixture == here.mixture


def test_processes_give_the_same_information(processes: Processes, source: ArraySource) -> None:
    """Assert the observed information bit for bit."""
    here, there = (
        information(mixture(), problem.family, source, problem.engine)
        for problem in both(processes, source)
    )
    for name in ("observed", "complete", "gradient", "outer"):
        assert bits(getattr(there, name)) == bits(getattr(here, name)), name


def test_processes_merge_alike(processes: Processes, source: ArraySource) -> None:
    """Assert the same merges, to the last bit of the entropies."""
    here, there = (
        list(merges(mixture(), source, problem.engine)) for problem in both(processes, source)
    )
    assert there == here


def test_another_order_would_be_seen(processes: Processes, source: ArraySource) -> None:
    """Assert, as a control, that moments added from first to last have other bits."""
    _, problem = both(processes, source)
    alone = [
        expect(mixture(), replace(problem, source=ArraySource(source[index])))
        for index in range(len(source))
    ]
    flat = alone[0]
    for moments in alone[1:]:
        flat = flat + moments
    assert bits(tree_sum(alone)) == bits(expect(mixture(), problem))
    assert bits(flat) != bits(expect(mixture(), problem))
