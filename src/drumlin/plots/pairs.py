"""A mixture of any number of columns: one picture, or every pair of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import draw_density
from drumlin.plots.geometry import restrict
from drumlin.plots.labels import Classification, Uncertainty
from drumlin.plots.picture import Kind, draw_picture
from drumlin.plots.regions import Density, Regions
from drumlin.plots.scatter import Scatter
from drumlin.plots.style import Figure, SubFigure

KINDS: dict[str, Kind] = {
    "scatter": Scatter,
    "classification": Classification.by,
    "uncertainty": Uncertainty,
    "density": Density,
    "regions": Regions,
}
"""The kinds that `plot` and `pairs` draw."""

MOST_COLUMNS = 6


def _kind_named(name: str) -> Kind:
    """The kind of picture with this name. Raises InvalidParameterError for an unknown one."""
    if name not in KINDS:
        raise InvalidParameterError(f"kind is {name!r}: it must be one of {', '.join(KINDS)}")
    return KINDS[name]


def plot(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    kind: str = "scatter",
    figure: Figure | SubFigure | None = None,
) -> Array:
    """Draw the mixture, and x (n, d) if given, in one Axes when d <= 2, and as `pairs` for more.

    mixture : a mixture, or a fit
    kind : "scatter" (responsibilities as colours; one column: the density), "classification",
        "uncertainty", "density" or "regions": see the functions of these names

    Returns a two-dimensional array of Axes, (1, 1) for d <= 2 and (m, m) of `pairs` for more; the
    figure is ``axes[0, 0].figure``.

    Raises InvalidParameterError for an unknown kind, InvalidDataError, MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    if mixture.n_features > 2:
        return pairs(mixture, x, kind=kind, figure=figure)
    make_picture = _kind_named(kind)
    grid = style.panels(figure, 1, 1, (5.6, 4.2))
    draw_picture(make_picture, mixture, x, grid[0, 0], None)
    return grid


def pairs(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    kind: str = "scatter",
    columns: Sequence[int] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Array:
    """Draw each pair of columns below the diagonal, and the density of each column on it.

    mixture : d >= 2, or a fit
    x : (n, d), or None for the mixture alone
    kind : "scatter", "classification", "uncertainty", "density" or "regions"
    columns : m of the columns; None means all, or the first six
    Returns (m, m) Axes; those above the diagonal are invisible. Ellipses, contours and regions are
    those of the two columns drawn, colours, labels and uncertainties those under all columns.

    Raises InvalidParameterError for wrong columns or an unknown kind, InvalidDataError,
    MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    chosen = list(range(min(mixture.n_features, MOST_COLUMNS)) if columns is None else columns)
    if len(chosen) < 2:
        raise InvalidParameterError(
            "pairs need two columns, the mixture has one: draw its density, density_1d"
        )
    marginal(mixture, chosen)  # refuses wrong columns before drawing
    make_picture = _kind_named(kind)
    rows = None if x is None else style.checked_rows(mixture, x)
    picture = make_picture(mixture, rows)
    size = 1.75 * len(chosen) + 0.7
    grid = style.panels(figure, len(chosen), len(chosen), (size, size), sharex="col")
    names = style.column_names(mixture)
    for i, down in enumerate(chosen):
        for j, across in enumerate(chosen):
            ax = grid[i, j]
            if j > i:
                ax.set_visible(False)
            elif j == i:
                draw_density(ax, *restrict(mixture, rows, [down]))
                ax.set_yticks([])
                ax.spines["left"].set_visible(False)
            else:
                picture.draw_plane(ax, (across, down), 0.5)
            ax.tick_params(labelsize=8, labelbottom=i == len(chosen) - 1, labelleft=0 == j < i)
        grid[-1, i].set_xlabel(names[chosen[i]])
        grid[i, 0].set_ylabel(names[chosen[i]])
    grid[0, 0].figure.align_ylabels(list(grid[:, 0]))
    n_shown, d = len(chosen), mixture.n_features
    remarks = [f"{n_shown} of {d} columns drawn"] * (n_shown < d)
    remarks += style.subsample_remarks(rows)
    handles = picture.legend_handles(2) + [style.handle(line, linestyle="") for line in remarks]
    grid[0, 0].figure.legend(handles=handles, **{**style.LEGEND, "loc": "upper right"})
    return grid
