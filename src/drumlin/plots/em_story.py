"""EM as a row of small panels: the start, iterations 1, 2, 5, and the last."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.covariance import Diagonal
from drumlin.em import Iteration
from drumlin.errors import InvalidParameterError, UnhealthyFitWarning
from drumlin.fitting.fit import fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.scatter import Scatter
from drumlin.plots.style import Axes, Figure, SubFigure

START_VARIANCE = 0.25
"""The components of the start have a quarter of the variances of the data."""


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
    iterations : the ones to draw; 0 is the start, "last" the last; those beyond it are left out

    Raises InvalidParameterError when neither n_components nor story nor start is given, or no
    iteration remains; InvalidDataError, MissingExtraError.
    """
    path = _best_run(story) if story is not None else _run(x, n_components, start, family, rng)
    chosen = _chosen(path, iterations)
    rows = style.checked_rows(chosen[0].mixture, x)
    one_column = chosen[0].mixture.n_features == 1
    grid = style.panels(
        figure, 1, len(chosen), (2.35 * len(chosen) + 0.5, 2.7), sharex=True, sharey=True
    )[0]
    for ax, iteration in zip(grid, chosen, strict=True):
        picture = Scatter(iteration.mixture, rows)
        if one_column:
            picture.draw_column(ax, 0)
        else:
            picture.draw_plane(ax, (columns[0], columns[1]), 0.45)
        title = f"iteration {iteration.index}" if iteration.index else "start"
        likelihood = style.number(iteration.log_likelihood)
        ax.set_title(f"{title}\nlog-likelihood {likelihood}", fontsize=9, color=style.INK)
        ax.tick_params(labelsize=8)
    names = feature_names or style.column_names(chosen[0].mixture)
    _set_limits(grid[0], rows if one_column else rows[:, list(columns)])
    grid[0].figure.supxlabel(names[0 if one_column else columns[0]], fontsize=10)
    grid[0].set_ylabel("density" if one_column else names[columns[1]])
    return grid


def _run(
    x: Any, n_components: int | None, start: Mixture | None, family: str, rng: Seed
) -> list[Iteration]:
    path: list[Iteration] = []
    if start is None:
        if n_components is None:
            raise InvalidParameterError("name n_components, or give a start or a story")
        start = _start(x, n_components, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnhealthyFitWarning)  # poor starts are drawn, too
        k, observers = start.n_components, [path.append]
        fit(x, k, family, starts=start, acceleration="none", observers=observers)
    return path


def _start(x: Any, n_components: int, rng: Seed) -> Mixture:
    """A mixture with means at k different rows, equal weights and equal variances."""
    single = fit(x, 1, "diag").mixture
    rows = style.checked_rows(single, x)
    generator = np.random.default_rng(rng)
    # Components with equal means would stay equal.
    different = np.unique(generator.permutation(rows)[:2000], axis=0)
    if len(different) < n_components:
        raise InvalidParameterError(
            f"n_components is {n_components}, but x has few different rows: give a start"
        )
    means = generator.permutation(different)[:n_components]
    variances = np.diagonal(single.total_covariance()) * START_VARIANCE
    weights = np.full(n_components, 1.0 / n_components)
    covariance = Diagonal(np.tile(variances, (n_components, 1)))
    return Mixture(weights, means, covariance, feature_names=single.feature_names)


def _best_run(story: Sequence[Iteration]) -> list[Iteration]:
    """The accepted full-data passes of the run of highest log-likelihood, numbered from 0."""
    full = [it for it in story if it.accepted and it.stage == "full"]
    if not full:
        raise InvalidParameterError("story holds no iteration on all of the data: nothing to draw")
    best = max(full, key=lambda iteration: iteration.log_likelihood).run
    path: list[Iteration] = []
    for iteration in full:
        if iteration.run == best and not (path and path[-1].mixture is iteration.mixture):
            path.append(replace(iteration, index=len(path)))
    return path


def _chosen(path: Sequence[Iteration], iterations: Sequence[int | str]) -> list[Iteration]:
    wanted = {path[-1].index if name == "last" else name for name in iterations}
    chosen = [iteration for iteration in path if iteration.index in wanted]
    if not chosen:
        raise InvalidParameterError(
            f"iterations is {tuple(iterations)}, the run has 0 to {path[-1].index}: "
            'name some of these, or "last"'
        )
    return chosen


def _set_limits(ax: Axes, points: Array) -> None:
    """Limits of all panels: those of the data, one column or two, a little wider."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    limits = np.stack([low - margin, high + margin], axis=1)
    ax.set_xlim(*limits[0])
    if len(limits) == 1:
        ax.autoscale(axis="y")
        ax.set_ylim(bottom=0.0)
    else:
        ax.set_ylim(*limits[1])
