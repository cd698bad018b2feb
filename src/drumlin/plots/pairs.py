"""More than two columns: every pair of them, and each column on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.classification import Classification
from drumlin.plots.density import draw_density
from drumlin.plots.picture import Kind, Picture, restrict
from drumlin.plots.regions import Density, Regions
from drumlin.plots.scatter import Scatter
from drumlin.plots.uncertainty import Uncertainty

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


KINDS: dict[str, Kind] = {
    "scatter": Scatter,
    "classification": Classification,
    "uncertainty": Uncertainty,
    "density": Density,
    "regions": Regions,
}
"""The kinds that `plot` and `pairs` draw."""

MOST_COLUMNS = 6


def kind_named(name: str) -> Kind:
    """The kind of picture with this name. Raises InvalidParameterError for an unknown one."""
    if name not in KINDS:
        raise InvalidParameterError(f"kind is {name!r}: it must be one of {', '.join(KINDS)}")
    return KINDS[name]


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
    chosen = (
        list(range(min(mixture.n_features, MOST_COLUMNS))) if columns is None else list(columns)
    )
    if len(chosen) < 2:
        raise InvalidParameterError(
            "pairs need two columns, the mixture has one: draw its density, density_1d"
        )
    marginal(mixture, chosen)  # refuses wrong columns before drawing
    kind_of_picture = kind_named(kind)
    rows = None if x is None else style.checked_rows(mixture, x)
    picture = kind_of_picture(mixture, rows)
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
    _legend(grid, picture, mixture, rows, len(chosen))
    return grid


def _legend(grid: Array, picture: Picture, mixture: Mixture, x: Array | None, n_shown: int) -> None:
    """The legend, and what is left out, in the empty upper corner."""
    from matplotlib.lines import Line2D

    words = [f"{n_shown} of {mixture.n_features} columns drawn"] * (n_shown < mixture.n_features)
    if x is not None and len(x) > style.MOST_POINTS:
        words.append(style.subsample_text(len(x)))
    remarks = [Line2D([], [], linestyle="", label=line) for line in words]
    grid[0, 0].figure.legend(
        handles=[*picture.legend_handles(2), *remarks], **{**style.LEGEND, "loc": "upper right"}
    )
