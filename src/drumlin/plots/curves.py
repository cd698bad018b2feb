"""Curves of results: of a fit, a selection, a merging, and a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.likelihood_ratio import BootstrapTest, RatioTest
from drumlin.merging import Merging, elbow
from drumlin.plots import style
from drumlin.plots.style import Axes, Figure, SubFigure
from drumlin.selection import Cell, Selection

DASHES = ("-", "--", ":")
"""The first six families are solid, the next six dashed, and so on."""

IN_VIEW = 0.75
"""The fraction of the cells within the limits."""

FAR = 2.0
"""Beyond so many times the largest of the samples the statistic of the data is only written."""


class HasPath(Protocol):
    """A `Fit`, or the facts of one in a model file."""

    @property
    def log_likelihoods(self) -> Sequence[float]:
        """ℓ of each pass in nats."""

    @property
    def reason(self) -> str:
        """Why the fit stopped, in words."""


def log_likelihood_path(fit: HasPath, *, ax: Axes | None = None) -> Axes:
    """Draw ℓ, the total log-likelihood in nats, after each full-data pass of the chosen run.

    Steps of the accelerator that were refused are left out.

    fit : a `Fit`.  Raises MissingExtraError.
    """
    axes = style.axes_or_new(ax, (5.6, 3.6))
    path = list(fit.log_likelihoods)
    passes = range(1, len(path) + 1)
    marker = "o" if len(path) <= 60 else ""
    colour = f"#{style.PALETTE[0]}"
    axes.plot(passes, path, color=colour, linewidth=1.6, marker=marker, markersize=4, zorder=3)
    axes.axhline(path[-1], color=style.PALE, linewidth=1.0, zorder=1)
    axes.set(xlabel="pass over the data, where accepted", ylabel="log-likelihood, nats")
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.locator_params(axis="x", integer=True)
    reached = f"{style.number(path[-1], 3)} nats"
    style.note(axes, f"{reached}; {fit.reason}" if fit.reason else reached)
    return axes


def criterion_curves(selection: Selection, *, ax: Axes | None = None) -> Axes:
    """Draw the criterion of every cell over k, lower is better, and mark the chosen one.

    Hollow points are unhealthy fits; a cell without a fit is a gap. Families are listed by their
    best healthy value. Three quarters of the cells are in view; a family that has none is marked
    by an arrow.

    selection : what `drumlin.select` returns.

    Raises InvalidParameterError when no cell has a value, MissingExtraError.
    """
    axes = style.axes_or_new(ax, (7.2, 4.4))
    best = selection.best_cell
    curves: dict[str, list[Cell]] = {}
    for cell in selection.ranking:
        curves.setdefault(selection.family_of(cell), []).append(cell)
    n_colours, top = len(style.PALETTE), _top(selection.cells)
    for index, (name, cells) in enumerate(curves.items()):
        colour = f"#{style.PALETTE[index % n_colours]}"
        cells = sorted(cells, key=lambda cell: cell.n_components)
        numbers = [cell.n_components for cell in cells]
        values = [cell.value for cell in cells]
        axes.plot(
            numbers, values, DASHES[index // n_colours % len(DASHES)], color=colour, linewidth=1.2,
            zorder=2, marker="o", markersize=4.5, markeredgecolor=colour,
            markerfacecolor=colour,
            label=name if any(value <= top for value in values) else f"{name} ↑",
        )  # fmt: skip
        unhealthy = [(cell.n_components, cell.value) for cell in cells if not cell.healthy]
        if unhealthy:
            axes.plot(
                *zip(*unhealthy, strict=True), "o", color=colour, markersize=4.5,
                markerfacecolor="white", zorder=3,
            )  # fmt: skip
    axes.plot(
        best.n_components, best.value, "o", markersize=12, fillstyle="none", color=style.INK,
        zorder=4,
    )  # fmt: skip
    axes.annotate(
        f"{selection.family_of(best)}, {best.n_components}: {style.number(best.value)}",
        (best.n_components, best.value), (0, -11), textcoords="offset points",
        ha="center", va="top", fontsize=9, color=style.INK,
    )  # fmt: skip
    margin = 0.1 * (top - best.value) or 1.0
    axes.set_ylim(best.value - margin, top + margin)
    axes.set(xlabel="components", ylabel=f"{selection.criterion.title} (lower is better)")
    axes.set_xticks(sorted({cell.n_components for cell in selection.cells}))
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=8,
        title="best first", title_fontsize=8, handlelength=2.6,
    )  # fmt: skip
    if any(not cell.healthy and not np.isnan(cell.value) for cell in selection.cells):
        style.note(axes, "hollow: a component is nearly empty or collapsed")
    return axes


def _top(cells: Sequence[Cell]) -> float:
    """The upper limit: the largest values would press the others together."""
    values = [cell.value for cell in cells if not np.isnan(cell.value)]
    if not values:
        raise InvalidParameterError(
            "no cell has a value of the criterion: the selection was stopped before its folds were "
            "done; raise max_seconds, or choose by BIC"
        )
    return float(np.quantile(values, IN_VIEW))


def entropy_of_merging(merging: Merging, *, by: str = "clusters", ax: Axes | None = None) -> Axes:
    """Draw the entropy of the assignment after every merge, and the two lines that fit it best.

    by : "clusters", over the number of clusters; "rows", over the rows merged from g clusters down
        to one. The ring is where the lines meet, the number of clusters that it suggests.

    Source: Baudry et al. 2010, figures 3 and 4. Raises InvalidParameterError, MissingExtraError.
    """
    k = merging.mixture.n_components
    along = {"clusters": np.arange(1.0, k + 1.0), "rows": merging.merged_rows}.get(by)
    if along is None:
        raise InvalidParameterError(f"by is {by!r}: it must be 'clusters' or 'rows'")
    axes = style.axes_or_new(ax, (5.6, 3.8))
    dark, light = (f"#{colour}" for colour in style.PALETTE[:2])
    axes.plot(along, merging.entropies, "o", color=dark, markersize=5, zorder=3)
    if k >= 3:
        found = elbow(along, merging.entropies)
        for first, last, line in ((0, found.index, found.left), (found.index, -1, found.right)):
            ends = along[[first, last]]
            axes.plot(ends, line[0] + line[1] * ends, color=light, linewidth=1.6, zorder=2)
        where = along[found.index], merging.entropies[found.index]
        axes.plot(*where, "o", markersize=12, fillstyle="none", color=style.INK, zorder=4)
        axes.annotate(
            f"{found.index + 1} clusters", where, (0, 12), textcoords="offset points",
            ha="right", fontsize=9, color=style.INK,
        )  # fmt: skip
    if by == "rows":
        for g, point in enumerate(zip(along, merging.entropies, strict=True), start=1):
            axes.annotate(str(g), point, (4, -10), textcoords="offset points", fontsize=8)
    axes.set_xlabel("clusters" if by == "clusters" else "rows merged on the way to one cluster")
    axes.set_ylabel("entropy of the assignment, nats")
    if by == "clusters":
        axes.locator_params(axis="x", integer=True)
    return axes


def null_distributions(result: BootstrapTest, *, figure: Figure | SubFigure | None = None) -> Array:
    """A panel per test of a `BootstrapTest`; see `null_distribution`. Returns (1, m) Axes."""
    columns = len(result.tests)
    grid = style.panels(figure, 1, columns, (max(5.6, 3.6 * columns), 3.4))
    for axes, test in zip(grid[0], result.tests, strict=True):
        null_distribution(test, ax=axes)
    return grid


def null_distribution(test: RatioTest, *, ax: Axes | None = None) -> Axes:
    """Draw the statistics of the samples as a histogram, and that of the data as a line.

    Raises MissingExtraError.
    """
    axes = style.axes_or_new(ax, (5.6, 3.4))
    k, statistics = test.n_components, test.replicates
    colour = f"#{style.PALETTE[3]}"
    if len(statistics):
        n_bins = int(np.clip(np.sqrt(len(statistics)), 8, 40))
        axes.hist(statistics, n_bins, color=style.PALE, edgecolor="white", linewidth=0.5)
    largest = float(statistics.max()) if len(statistics) else 0.0
    if test.statistic > FAR * largest > 0.0:
        axes.annotate(
            f"data: {test.statistic:.1f}", (1.0, 0.5), (0.72, 0.5), xycoords="axes fraction",
            ha="right", va="center", fontsize=9, color=colour,
            arrowprops={"arrowstyle": "->", "color": colour},
        )  # fmt: skip
        axes.set_xlim(right=1.5 * largest)
    else:
        axes.axvline(test.statistic, color=colour, linewidth=1.8)
        axes.annotate(
            f"data: {test.statistic:.1f}", (test.statistic, 0.97), (4, 0), va="top", fontsize=9,
            xycoords=("data", "axes fraction"), textcoords="offset points", color=colour,
        )  # fmt: skip
        axes.margins(x=0.2)
    axes.set_xlim(left=0.0)
    axes.set_title(f"{k} against {k + 1} components", fontsize=10, loc="left")
    style.note(axes, f"p = {test.p_value:.3g}")
    axes.set(xlabel="twice the gain in log-likelihood, nats", ylabel="samples")
    return axes
