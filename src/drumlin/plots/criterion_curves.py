"""The criterion over the number of components, with a curve for each family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drumlin.errors import InvalidParameterError
from drumlin.plots import style
from drumlin.plots.style import Axes
from drumlin.selection import Cell, Selection

DASHES = ("-", "--", ":")
"""The first six families are solid, the next six dashed, and so on."""

IN_VIEW = 0.75
"""The fraction of the cells within the limits."""


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
