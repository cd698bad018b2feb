"""The criterion over the number of components, a curve for each family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drumlin.choice import Cell, Selection
from drumlin.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES = ("-", "--", ":")
"""Six colours at a time, then the next kind of line."""


def criterion_curves(selection: Selection, *, ax: Axes | None = None) -> Axes:
    """Draw the criterion of every cell over k, lower is better, and mark the chosen one.

    Hollow points are unhealthy fits; a cell without a fit is a gap. Families are listed by their
    best healthy value. The lowest point of every curve is in view; higher ones may lie above it.

    selection : what `drumlin.select` returns.  Raises MissingExtraError.
    """
    axes = style.axes_or_new(ax, (7.2, 4.4))
    best = selection.best_cell
    curves: dict[str, list[Cell]] = {}
    for cell in selection.ranking:
        curves.setdefault(cell.family.code, []).append(cell)
    lines = len(style.PALETTE)
    for place, (name, cells) in enumerate(curves.items()):
        colour = f"#{style.PALETTE[place % lines]}"
        cells = sorted(cells, key=lambda cell: cell.n_components)
        numbers = [cell.n_components for cell in cells]
        values = [cell.value for cell in cells]
        axes.plot(
            numbers, values, DASHES[place // lines % len(DASHES)], color=colour, linewidth=1.2,
            zorder=2, marker="o", markersize=4.5, markeredgecolor=colour,
            markerfacecolor=colour, label=name,
        )  # fmt: skip
        sick = [(cell.n_components, cell.value) for cell in cells if not cell.healthy]
        if sick:
            axes.plot(
                *zip(*sick, strict=True), "o", color=colour, markersize=4.5,
                markerfacecolor="white", zorder=3,
            )  # fmt: skip
    axes.plot(
        best.n_components, best.value, "o", markersize=12, fillstyle="none", color=style.INK,
        zorder=4,
    )  # fmt: skip
    axes.annotate(
        f"{best.family.code}, {best.n_components}: {style.number(best.value)}",
        (best.n_components, best.value), (0, -11), textcoords="offset points",
        ha="center", va="top", fontsize=9, color=style.INK,
    )  # fmt: skip
    _look_at_the_lowest(axes, list(curves.values()))
    axes.set_xlabel("components")
    axes.set_ylabel(f"{selection.criterion.title} (lower is better)")
    axes.set_xticks(sorted({cell.n_components for cell in selection.cells}))
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=8,
        title="best first", title_fontsize=8, handlelength=2.6,
    )  # fmt: skip
    if any(not cell.healthy and not np.isnan(cell.value) for cell in selection.cells):
        style.note(axes, "hollow: a component is nearly empty or collapsed")
    return axes


def _look_at_the_lowest(axes: Axes, curves: list[list[Cell]]) -> None:
    """From the lowest value to the largest of the lowest of each curve, with some air.

    A family that does not suit the data would otherwise press all others together.
    """
    values = [[cell.value for cell in cells if not np.isnan(cell.value)] for cells in curves]
    lowest = [min(each) for each in values if each]
    highest = max(max(each) for each in values if each)
    bottom, top = min(lowest), max(lowest)
    top = min(highest, top + 0.5 * (top - bottom)) if top > bottom else highest
    air = 0.1 * (top - bottom) or 1.0
    axes.set_ylim(bottom - air, top + air)
