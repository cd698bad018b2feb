"""select(): components × families -> a table of fits -> the best healthy one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend, resolve
from drumlin.covariance import Family, families_named
from drumlin.data import (
    Rows,
    as_table,
    check_distinct_rows,
    check_finite,
    check_n_components,
    check_sample_weight,
    check_scale,
)
from drumlin.em import STOP_REASONS, DataSummary, Outcome, PassCounter, RunOptions, StopRequest
from drumlin.errors import (
    DrumlinWarning,
    InterruptedWarning,
    InvalidDataError,
    InvalidParameterError,
    NotConvergedWarning,
)
from drumlin.execution import Pool, Threads, available_threads, check_n_threads, check_pool
from drumlin.fitting.finalise import conclude, warn_of, warn_of_flat
from drumlin.fitting.options import (
    check_acceleration,
    check_equal_weights,
    check_limits,
    check_observers,
    check_whole_number,
    seeded,
)
from drumlin.selection.cell import Audience, Entry, Progress
from drumlin.selection.criterion import Criterion, criterion_named
from drumlin.selection.folds import check_folds, in_folds
from drumlin.selection.grid import Key, Plan
from drumlin.selection.result import Cell, Selection

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.OUT_OF_TIME: (NotConvergedWarning, "raise max_seconds, or ask for fewer cells"),
    Outcome.INTERRUPTED: (InterruptedWarning, "ask for fewer cells"),
}
"""The warnings of a selection that was cut short, and the remedies."""


def select(
    x: Any,
    n_components: int | Iterable[int] = range(1, 10),
    families: str | Family | Iterable[str | Family] = "all",
    criterion: str | Criterion = "bic",
    *,
    sample_weight: Any = None,
    equal_weights: bool = False,
    starts: int = 2,
    tol: float = 1e-3,
    max_iter: int = 1000,
    max_seconds: float | None = None,
    acceleration: str = "auto",
    backend: str | Backend = "auto",
    n_threads: int | None = None,
    pool: Pool | None = None,
    n_folds: int = 5,
    rng: Seed = None,
    observers: Sequence[Callable[[Progress], object]] = (),
) -> Selection:
    """Fit every number of components with every family, and choose the best by a criterion.

    The chosen fit is the one of lowest criterion among the healthy; an unhealthy one (a component
    nearly empty or on the floor, whose likelihood means nothing) is chosen only when no fit is
    healthy. It is the fit that was evaluated: nothing is fitted again.

    Parameters
    ----------
    x : (n, d) array, (n,) when d = 1, or a pandas, polars or pyarrow table of numbers
    n_components : the numbers k to try, or one
    families : "all", or names as in `fit`: a list, or one text with commas
    criterion : "bic", "icl", "aic", or "held-out": −2 × the log-likelihood of the rows of each of
        ``n_folds`` folds under a fit to the others, in total. Lower is better in all of them
    sample_weight : (n,) counts: an integer weight equals repeated rows, zero an absent row
    equal_weights : whether φ_j = 1/k is given in every cell
    starts : clusterings of the rows with which every cell begins; more starts come from what other
        families and numbers of components have found
    tol, max_iter, acceleration, backend, n_threads : as in `fit`
    pool : whose ``map`` works on cells, such as that of a concurrent.futures.ProcessPoolExecutor:
        as many at a time as it has workers, a thread for each; small tables stay in this process
    max_seconds : wall time after which the table so far is returned
    n_folds : folds of "held-out"
    rng : seed or NumPy generator; None draws a seed, which the selection reports
    observers : callables that see a `Progress` whenever a cell has been worked on

    Returns a `Selection`: ``best`` is the chosen `Fit`, ``cells`` are all of them, ``table`` makes
    a table of them. A cell that fails is recorded, and the others go on.

    Raises InvalidDataError and InvalidParameterError before any work. Warns with
    InterruptedWarning after Ctrl-C and NotConvergedWarning when ``max_seconds`` have passed; the
    table is then of what was done, and has at least one fit. Else warns of the chosen fit what
    `fit` would. Warns with DataWarning where several families are compared on columns that depend
    on each other.

    >>> import numpy as np, drumlin
    >>> x = np.concatenate([np.arange(10.0), np.arange(100.0, 110.0)])
    >>> drumlin.select(x, range(1, 4), rng=0).best.mixture.n_components
    2

    Source: Fraley & Raftery 2002; the held-out likelihood: Smyth 2000.
    """
    chosen_by = criterion_named(criterion)
    check_limits(tol, max_iter, max_seconds)
    check_equal_weights(equal_weights)
    accelerated = check_acceleration(acceleration)
    n_starts = check_whole_number(starts, "starts", 1)
    n_folds = check_whole_number(n_folds, "n_folds", 2)
    numbers = _numbers(n_components)
    table = as_table(x)
    rules = families_named(families, table.x.shape[1])
    check_finite(table.x, table.feature_names)
    rows = Rows(table.x, check_sample_weight(sample_weight, len(table.x)))
    check_scale(rows, table.feature_names)
    check_distinct_rows(rows.x, rows.sample_weight, numbers[0])
    if chosen_by.in_folds:
        check_folds(n_folds, rows)
    possible = _possible(rows, numbers)
    threads = Threads(available_threads() if n_threads is None else check_n_threads(n_threads))
    watchers = check_observers(observers, "Progress")
    seed, generator = seeded(rng)
    folding = generator.spawn(1)[0]  # the table is the same whatever the criterion
    engine = resolve(backend)
    with StopRequest(max_seconds) as halt:
        watch = RunOptions(tol, max_iter, halt, PassCounter(len(rows)), accelerated=accelerated)
        plan = Plan(possible, rules, n_starts, engine, threads, equal_weights, check_pool(pool))
        audience = Audience(watchers, 0, 1 + n_folds if chosen_by.in_folds else 1)
        grid = plan.worked(rows, watch, generator, audience)
        held_out: dict[Key, float | None] = {}
        if chosen_by.in_folds:
            held_out = in_folds(plan, rows, n_folds, watch, folding, audience)
        cells = [
            _cell(entry, chosen_by, held_out.get(key), grid.whole, seed, table.feature_names)
            for key, entry in grid.entries.items()
        ]
    too_many = "n_components is {}: the data have fewer distinct rows"
    cells += [
        Cell(k, family, None, np.nan, None, too_many.format(k))
        for k in numbers[len(possible) :]
        for family in rules
    ]
    warn_of_flat(grid.whole, rules, table.feature_names)
    return _chosen(cells, chosen_by, halt.final(), seed)


def _numbers(n_components: int | Iterable[int]) -> tuple[int, ...]:
    """The numbers of components, each once, ascending."""
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


def _possible(rows: Rows, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Those for which there are enough distinct rows; the first has been checked."""
    for last in range(len(numbers), 1, -1):
        try:
            check_distinct_rows(rows.x, rows.sample_weight, numbers[last - 1])
        except InvalidParameterError:
            continue
        return numbers[:last]
    return numbers[:1]


def _cell(
    entry: Entry,
    criterion: Criterion,
    held_out: float | None,
    whole: DataSummary,
    seed: int | None,
    feature_names: tuple[str, ...] | None,
) -> Cell:
    """The entry as it is told."""
    k, family, best = entry.n_components, entry.problem.family, entry.best
    if best is None:
        return Cell(k, family, None, np.nan, None, entry.failure or "not reached")
    fit = conclude(
        entry.candidates,
        entry.whole,
        whole,
        entry.watch.counter,
        seed,
        False,
        feature_names,
        None,
        best,
    )
    value = criterion.of(fit, held_out)
    reason = f"no {criterion.title}: not reached, or a fold failed" if np.isnan(value) else ""
    return Cell(k, family, fit, value, held_out, reason)


def _chosen(
    cells: Sequence[Cell], criterion: Criterion, halted: Outcome | None, seed: int | None
) -> Selection:
    best = min(cells, key=lambda cell: cell.order)
    if best.fit is None:
        raise InvalidDataError(
            f"no cell could be fitted; the first failed with {best.reason}: look at the data, or "
            "ask for fewer components and families with fewer parameters"
        )
    if halted is not None:
        kind, remedy = WARNED[halted]
        warnings.warn(
            f"the selection ended with '{halted.value}': {STOP_REASONS[halted]}; {remedy}",
            kind,
            stacklevel=3,
        )
    else:
        warn_of(best.fit)
    return Selection(tuple(cells), best, criterion, halted, seed)
