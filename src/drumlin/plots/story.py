"""EM as a row of small panels, as a lecture would draw it: start, iterations 1, 2, 5, last."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.covariance import Diagonal
from drumlin.em import Iteration
from drumlin.errors import InvalidParameterError, UnhealthyFitWarning
from drumlin.fitting.fit import fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import MOST_TICKS, draw_density, draw_ticks
from drumlin.plots.scatter import Scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


START_VARIANCE = 0.25
"""The components of the start have half the standard deviations of the data."""


def em_story(
    x: Any,
    n_components: int | None = None,
    *,
    story: Sequence[Iteration] | None = None,
    start: Mixture | None = None,
    family: str = "full",
    iterations: Sequence[int | str] = (0, 1, 2, 5, "last"),
    columns: Sequence[int] = (0, 1),
    rng: Seed = 0,
    feature_names: Sequence[str] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Array:
    """Draw how EM moves from a start to its limit. Returns the (m,) Axes of the panels.

    x : (n, d); of more than two columns the two in ``columns`` are drawn
    n_components : k; EM runs from ``start``, or from k rows of x drawn with ``rng`` as means, equal
        weights, no correlation, and half the standard deviations of the data
    story : instead of running EM, the iterations that an observer of `fit` collected; of several
        runs the best is drawn, on the full data
    feature_names : d names for the axes, when x has none of its own
    iterations : which to draw; 0 is the start, "last" the last; those beyond the last are left out

    Raises InvalidParameterError when neither n_components nor story nor start is given, or no
    iteration remains; InvalidDataError, MissingExtraError.
    """
    told = _best_run(story) if story is not None else _run(x, n_components, start, family, rng)
    chosen = _chosen(told, iterations)
    rows = style.samples(chosen[0].mixture, x)
    assert rows is not None  # x is not optional here
    flat = chosen[0].mixture.n_features == 1
    grid = style.panels(
        figure, 1, len(chosen), (2.35 * len(chosen) + 0.5, 2.7), sharex=True, sharey=True
    )[0]
    for ax, iteration in zip(grid, chosen, strict=True):
        _panel(ax, iteration, rows, columns)
        words = "start" if iteration.index == 0 else f"iteration {iteration.index}"
        likelihood = style.number(iteration.log_likelihood)
        ax.set_title(f"{words}\nlog-likelihood {likelihood}", fontsize=9, color=style.INK)
        ax.tick_params(labelsize=8)
    names = feature_names or style.column_names(chosen[0].mixture)
    _frame(grid, chosen, rows, columns)
    grid[0].figure.supxlabel(names[0 if flat else columns[0]], fontsize=10)
    grid[0].set_ylabel("density" if flat else names[columns[1]])
    return grid


def _run(
    x: Any, n_components: int | None, start: Mixture | None, family: str, rng: Seed
) -> list[Iteration]:
    told: list[Iteration] = []
    if start is None:
        if n_components is None:
            raise InvalidParameterError("name n_components, or give a start or a story")
        start = _start(x, n_components, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnhealthyFitWarning)  # a poor start is meant to show
        fit(
            x, start.n_components, family, starts=start, acceleration="none",
            observers=[told.append],
        )  # fmt: skip
    return told


def _start(x: Any, n_components: int, rng: Seed) -> Mixture:
    """Means at k different rows, everything else equal."""
    whole = fit(x, 1, "diag").mixture
    rows = style.samples(whole, x)
    assert rows is not None  # x is not optional here
    generator = np.random.default_rng(rng)
    # Equal means would stay equal for ever.
    different = np.unique(generator.permutation(rows)[:2000], axis=0)
    if len(different) < n_components:
        raise InvalidParameterError(
            f"n_components is {n_components}, but x has few different rows: give a start"
        )
    means = generator.permutation(different)[:n_components]
    variances = np.diagonal(whole.total_covariance()) * START_VARIANCE
    weights = np.full(n_components, 1.0 / n_components)
    covariance = Diagonal(np.tile(variances, (n_components, 1)))
    return Mixture(weights, means, covariance, feature_names=whole.feature_names)


def _best_run(story: Sequence[Iteration]) -> list[Iteration]:
    """The accepted passes over all of the data of the run that ended highest, numbered from 0."""
    full = [it for it in story if it.accepted and it.stage == "full"]
    if not full:
        raise InvalidParameterError("story holds no iteration on all of the data: nothing to draw")
    best = max(full, key=lambda iteration: iteration.log_likelihood).run
    told: list[Iteration] = []
    for iteration in full:
        if iteration.run == best and not (told and told[-1].mixture is iteration.mixture):
            told.append(replace(iteration, index=len(told)))
    return told


def _chosen(told: Sequence[Iteration], iterations: Sequence[int | str]) -> list[Iteration]:
    wanted = {told[-1].index if name == "last" else name for name in iterations}
    chosen = [iteration for iteration in told if iteration.index in wanted]
    if not chosen:
        raise InvalidParameterError(
            f"iterations is {tuple(iterations)}, the run has 0 to {told[-1].index}: "
            'name some of these, or "last"'
        )
    return chosen


def _panel(ax: Axes, iteration: Iteration, x: Array, columns: Sequence[int]) -> None:
    mixture = iteration.mixture
    if mixture.n_features == 1:
        draw_density(ax, mixture, x)
        if len(x) <= MOST_TICKS:
            draw_ticks(ax, x[:, 0], mixture.responsibilities(x))
    else:
        Scatter(mixture, x).plane(ax, (columns[0], columns[1]), 0.45)


def _frame(grid: Array, chosen: Sequence[Iteration], x: Array, columns: Sequence[int]) -> None:
    """The same limits in every panel: those of the data, a little wider."""
    flat = chosen[0].mixture.n_features == 1
    points = x if flat else x[:, list(columns)]
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    grid[0].set_xlim(low[0] - margin[0], high[0] + margin[0])
    if flat:
        grid[0].autoscale(axis="y")
        grid[0].set_ylim(bottom=0.0)
    else:
        grid[0].set_ylim(low[1] - margin[1], high[1] + margin[1])
