"""Two columns: points coloured by responsibilities, ellipses, and the contours of the density."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.geometry import check_contents, ellipse, levels, marginal, view

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray

CONTOUR_CONTENTS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 0.99)
GRID = 160


def scatter_2d(
    mixture: Mixture,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] = (0, 1),
    contents: Sequence[float] = (0.5, 0.95),
    contours: bool = True,
) -> Axes:
    """Draw the rows of x in two columns, with an ellipse per component and content.

    mixture : d >= 2; of more columns the marginal of ``columns`` is drawn, while the colours are
        the responsibilities under all of them
    x : (n, d), or None for the mixture alone; of more than 5000 rows a random part is drawn
    contents : the fraction of its component that each ellipse holds
    contours : shades of grey between lines of equal density of the mixture; inside these lie 10,
        25, 40, 55, 70, 85, 95 and 99 % of it

    Raises InvalidParameterError when d = 1 or for wrong columns or contents, InvalidDataError,
    MissingExtraError.
    """
    if mixture.n_features == 1:
        raise InvalidParameterError(
            "scatter_2d needs two columns, the mixture has one: use density_1d"
        )
    if len(columns) != 2:
        raise InvalidParameterError(f"columns is {tuple(columns)}: name two columns")
    contents = check_contents(contents)
    rows = style.samples(mixture, x)
    axes = style.axes_or_new(ax)
    draw_scatter(axes, mixture, rows, columns, contents, contours=contours)
    names = style.column_names(mixture)
    axes.set_xlabel(names[columns[0]])
    axes.set_ylabel(names[columns[1]])
    _legend(axes, mixture, contents)
    if rows is not None and len(rows) > style.MOST_POINTS:
        style.note(axes, f"{style.MOST_POINTS:,} of {len(rows):,} rows drawn")
    return axes


def draw_scatter(
    ax: Axes,
    mixture: Mixture,
    x: Array | None,
    columns: Sequence[int],
    contents: Sequence[float],
    *,
    contours: bool = True,
    scale: float = 1.0,
) -> None:
    """Points, ellipses and contours; limits are set to show them. ``scale`` shrinks all marks."""
    plane = marginal(mixture, columns)
    points = None if x is None else x[:, list(columns)]
    largest = max(*contents, CONTOUR_CONTENTS[-1] if contours else 0.5)
    radius = float(np.sqrt(-2.0 * np.log1p(-largest)))
    limits = view(plane, points, radius)
    if contours:
        _draw_contours(ax, plane, limits)
    if x is not None and points is not None:
        shown = style.shown_rows(len(x))
        colours = style.mixed_colours(mixture.responsibilities(x[shown]))
        ax.scatter(
            points[shown, 0], points[shown, 1], s=style.point_size(len(shown), scale),
            c=colours, linewidths=0, alpha=0.85 if len(shown) < 1000 else 0.6, zorder=3,
        )  # fmt: skip
    draw_ellipses(ax, plane, contents, scale)
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])


def draw_ellipses(ax: Axes, plane: Mixture, contents: Sequence[float], scale: float = 1.0) -> None:
    """An ellipse per component and content, and a cross at each mean."""
    colours = 0.85 * style.component_colours(plane.n_components)
    matrices = plane.covariance.matrices()
    for mean, matrix, colour in zip(plane.means, matrices, colours, strict=True):
        for content, line in zip(contents, _lines(len(contents)), strict=True):
            ax.plot(*ellipse(mean, matrix, content).T, color=colour, zorder=5, **line)
        ax.plot(
            *mean, marker="P", markersize=7 * np.sqrt(scale), color=colour,
            markeredgecolor="white", markeredgewidth=0.8 * scale, zorder=6,
        )  # fmt: skip


def _lines(count: int) -> list[dict[str, Any]]:
    """Solid for the smallest content, then dashed and dotted."""
    dashes = ["-", "--", ":", "-."]
    return [{"linestyle": dashes[c % 4], "linewidth": 1.7 if c == 0 else 1.3} for c in range(count)]


def _draw_contours(ax: Axes, plane: Mixture, limits: Array) -> None:
    across, up = (np.linspace(low, high, GRID) for low, high in limits)
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    log_density = plane.log_density(grid.reshape(-1, 2)).reshape(GRID, GRID)
    density = np.exp(log_density - log_density.max())  # a density per tiny unit may overflow
    heights = levels(density, CONTOUR_CONTENTS)
    if len(heights):
        shades = [str(shade) for shade in np.linspace(0.965, 0.80, len(heights))]
        ax.contourf(across, up, density, [*heights, np.inf], colors=shades, zorder=0)
        ax.contour(across, up, density, heights, colors="white", linewidths=0.6, zorder=1)


def _legend(ax: Axes, mixture: Mixture, contents: Sequence[float]) -> None:
    """What the ellipses hold, and the weights of up to six components."""
    colours = 0.85 * style.component_colours(mixture.n_components)
    for j in range(mixture.n_components):
        label = style.component_label(mixture.weights, j)
        ax.plot([], [], color=colours[j], marker="P", linestyle="", markersize=6, label=label)
    for content, line in zip(style.percent(contents), _lines(len(contents)), strict=True):
        ax.plot([], [], color=style.GREY, label=f"{content} of a component", **line)
    ax.legend(frameon=True, framealpha=0.8, edgecolor="none", fontsize=8, handlelength=2.2)
