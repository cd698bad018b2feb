"""select(): components × families -> a table of fits -> the best healthy one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from drumlin._types import Seed
from drumlin.backends import Backend
from drumlin.covariance import Family, families_named
from drumlin.data import Survey, SurveyPass, prepare
from drumlin.em import (
    STOP_REASONS,
    Constraints,
    Outcome,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    summarise,
)
from drumlin.errors import (
    DrumlinWarning,
    InterruptedWarning,
    InvalidDataError,
    NotConvergedWarning,
)
from drumlin.execution import Pool, check_pool
from drumlin.fitting.finalise import Request, finalise, warn_of, warn_of_flat
from drumlin.fitting.options import (
    check_acceleration,
    check_equal_weights,
    check_limits,
    check_numbers,
    check_observers,
    check_whole_number,
    engine_of,
    seeded,
)
from drumlin.selection.cell import CellProblem, CellState
from drumlin.selection.criterion import Criterion, criterion_named
from drumlin.selection.folds import check_folds, held_out_log_likelihoods
from drumlin.selection.grid import Plan
from drumlin.selection.progress import Progress, Reporter
from drumlin.selection.result import Cell, Selection
from drumlin.selection.workers import Key

WARNED: dict[Outcome, tuple[type[DrumlinWarning], str]] = {
    Outcome.OUT_OF_TIME: (NotConvergedWarning, "raise max_seconds, or ask for fewer cells"),
    Outcome.INTERRUPTED: (InterruptedWarning, "ask for fewer cells"),
}
"""The warnings of a selection that was cut short, and the remedies."""


def select(  # noqa: PLR0913 - options of a public verb
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
    constraints = Constraints(check_equal_weights(equal_weights))
    accelerated = check_acceleration(acceleration)
    n_starts, pool = check_whole_number(starts, "starts", 1), check_pool(pool)
    n_folds = check_whole_number(n_folds, "n_folds", 2)
    numbers = check_numbers(n_components)
    data = prepare(x, sample_weight=sample_weight)
    rules = families_named(families, data.n_features)
    engine = engine_of(backend, n_threads, data.n_samples)
    watching = check_observers(observers, "Progress")
    seed, generator = seeded(rng)
    folding = generator.spawn(1)[0]  # the table is the same whatever the criterion
    with StopRequest(max_seconds) as stop:
        wanted = SurveyPass(n_distinct=max(numbers), feature_names=data.feature_names)
        check = partial(_check, numbers[0], n_folds if chosen_by.in_folds else 0)
        summary = summarise(data.source, engine, wanted, check=check, rng=generator)
        possible = tuple(k for k in numbers if k <= len(summary.survey.distinct))
        problem = Problem(data.source, rules[0], summary, engine, constraints=constraints)
        options = RunOptions(RemainingGain(tol), max_iter, stop, accelerated=accelerated)
        plan = Plan(possible, rules, n_starts, pool)
        reporter = Reporter(watching, stop, 0, 1 + n_folds if chosen_by.in_folds else 1)
        grid = plan.grid(problem, options, generator)
        grid.work(options, reporter)
        held_out = (
            held_out_log_likelihoods(plan, problem, n_folds, options, folding, reporter)
            if chosen_by.in_folds
            else dict[Key, float | None]()
        )
        request = Request(seed, False, data.feature_names)
        cells = [
            _cell(grid.cells[key], state, chosen_by, held_out.get(key), request)
            for key, state in grid.states.items()
        ]
    cells += _impossible(numbers[len(possible) :], rules)
    selection = _chosen(cells, chosen_by, stop.final(), seed)
    warn_of_flat(summary, rules, data.feature_names)
    if selection.halted is None:
        warn_of(selection.best)
    return selection


def _check(n_components: int, n_folds: int, survey: Survey) -> None:
    """Refuses too few different rows, and too few rows for the folds."""
    survey.check_n_components(n_components)
    check_folds(n_folds, survey.n_present)


def _impossible(numbers: Sequence[int], families: Sequence[Family]) -> list[Cell]:
    """The cells of more components than the data have distinct rows."""
    too_many = "n_components is {}: the data have fewer distinct rows"
    return [
        Cell(k, family, None, np.nan, None, too_many.format(k))
        for k in numbers
        for family in families
    ]


def _cell(
    cell: CellProblem,
    state: CellState,
    criterion: Criterion,
    held_out: float | None,
    request: Request,
) -> Cell:
    """The cell of the table."""
    k, family = cell.n_components, cell.problem.family
    if state.best is None:
        return Cell(k, family, None, np.nan, None, state.failure or "not reached")
    problem = cell.heeding(cell.options.stop, state.counter).problem
    fit = finalise(state.restarts, problem, request, state.best)
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
    if halted in WARNED:
        kind, remedy = WARNED[halted]
        warnings.warn(
            f"the selection ended with '{halted.value}': {STOP_REASONS[halted]}; {remedy}",
            kind,
            stacklevel=3,
        )
    return Selection(tuple(cells), best, criterion, halted, seed)
