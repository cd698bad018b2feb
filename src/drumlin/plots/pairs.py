"""More than two columns: every pair of them, and each alone on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import draw_density
from drumlin.plots.geometry import marginal
from drumlin.plots.scatter import draw_scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

Array = np.ndarray

MOST_COLUMNS = 6
CONTENTS = (0.5, 0.95)


def pairs(
    mixture: Mixture,
    x: Any = None,
    *,
    columns: Sequence[int] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Array:
    """Draw each pair of columns below the diagonal, and each column on it.

    mixture : d >= 2
    x : (n, d), or None for the mixture alone
    columns : m of the columns; None means all, or the first six
    Returns (m, m) Axes; those above the diagonal are invisible. Ellipses hold 50 % and 95 % of
    their component.

    Raises InvalidParameterError for wrong columns, InvalidDataError, MissingExtraError.
    """
    chosen = (
        list(range(min(mixture.n_features, MOST_COLUMNS))) if columns is None else list(columns)
    )
    if len(chosen) < 2:
        raise InvalidParameterError("pairs needs at least two columns: use density_1d for one")
    marginal(mixture, chosen)  # refuses wrong columns before anything is drawn
    rows = style.samples(mixture, x)
    size = 1.75 * len(chosen) + 0.7
    grid = style.panels(figure, len(chosen), len(chosen), (size, size), sharex="col")
    names = style.column_names(mixture)
    for i, down in enumerate(chosen):
        for j, across in enumerate(chosen):
            _cell(grid[i, j], mixture, rows, across, down, above=j > i)
            grid[i, j].tick_params(
                labelsize=8, labelbottom=i == len(chosen) - 1, labelleft=0 == j < i
            )
        grid[-1, i].set_xlabel(names[chosen[i]])
        grid[i, 0].set_ylabel(names[chosen[i]])
    grid[0, 0].figure.align_ylabels(list(grid[:, 0]))
    _remark(grid, mixture, rows, len(chosen))
    return grid


def _cell(
    ax: Axes, mixture: Mixture, x: Array | None, across: int, down: int, *, above: bool
) -> None:
    if above:
        ax.set_visible(False)
    elif across == down:
        draw_density(ax, marginal(mixture, [across]), None if x is None else x[:, [across]])
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    else:
        draw_scatter(ax, mixture, x, (across, down), CONTENTS, contours=False, scale=0.5)


def _remark(grid: Array, mixture: Mixture, x: Array | None, n_shown: int) -> None:
    """What the ellipses hold, and what is not shown, in the empty upper corner."""
    words = ["ellipses hold 50 % and", "95 % of a component"]
    if n_shown < mixture.n_features:
        words.append(f"{n_shown} of {mixture.n_features} columns drawn")
    if x is not None and len(x) > style.MOST_POINTS:
        words.append(f"{style.MOST_POINTS:,} of {len(x):,} rows drawn")
    colours = 0.85 * style.component_colours(mixture.n_components)
    labels = [style.component_label(mixture.weights, j) for j in range(mixture.n_components)]
    lines = [(label, colours[j]) for j, label in enumerate(labels) if label is not None]
    lines += [(line, style.GREY) for line in words]
    figure = grid[0, 0].figure
    for row, (line, colour) in enumerate(lines):
        figure.text(
            0.985, 0.975, "\n" * row + line, color=colour, fontsize=9, ha="right", va="top",
            linespacing=1.5,
        )  # fmt: skip
