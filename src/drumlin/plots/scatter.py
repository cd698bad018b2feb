"""Two columns: points coloured by responsibilities, ellipses, and contours of the density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import draw_marginal
from drumlin.plots.geometry import (
    check_contents,
    ellipse,
    ellipse_radius,
    fine_grid,
    limits_of,
    region_levels,
)
from drumlin.plots.picture import Picture, draw_picture, restrict

if TYPE_CHECKING:
    from matplotlib.axes import Axes


CONTENTS = (0.5, 0.95)
LEAST_PLACES, MOST_PLACES = 160, 400
CONTOUR_CONTENTS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 0.99)


def scatter_2d(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] = (0, 1),
    contents: Sequence[float] = CONTENTS,
    contours: bool = True,
) -> Axes:
    """Draw the rows of x in two columns, with an ellipse per component and content.

    mixture : d >= 2, or a fit; of more columns the marginal of ``columns`` is drawn, while the
        colours are the responsibilities under all of them
    x : (n, d), or None for the mixture alone; of more than 5000 rows a random part is drawn
    contents : the fraction of its component that each ellipse holds
    contours : shades of grey between lines of equal density of the mixture; inside these lie 10,
        25, 40, 55, 70, 85, 95 and 99 % of it

    Raises InvalidParameterError when d = 1 or for wrong columns or contents, InvalidDataError,
    MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    if mixture.n_features == 1:
        raise InvalidParameterError(
            "a scatter needs two columns, the mixture has one: draw its density, density_1d"
        )
    if len(columns) != 2:
        raise InvalidParameterError(f"columns is {tuple(columns)}: name two columns")
    checked = check_contents(contents)
    return draw_picture(
        lambda m, rows: Scatter(m, rows, checked, contours), mixture, x, ax, columns
    )


@dataclass(frozen=True, eq=False)
class Scatter(Picture):
    """Points coloured by responsibilities, ellipses, and contours if there is room."""

    mixture: Mixture
    x: Array | None
    contents: Sequence[float] = CONTENTS
    contours: bool = True

    def draw_column(self, ax: Axes, column: int) -> None:
        """The density with its components."""
        draw_marginal(ax, self.mixture, self.x, column)

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Contours, points and ellipses, with limits that show them."""
        plane, points = restrict(self.mixture, self.x, columns)
        contours = self.contours and scale >= 1.0
        largest = max(*self.contents, CONTOUR_CONTENTS[-1] if contours else 0.5)
        set_limits(ax, plane, points, largest)
        if contours:
            draw_contours(ax, plane)
        if self.x is not None and points is not None:
            shown = style.shown_rows(len(points))
            colours = style.mixed_colours(self.mixture.responsibilities(self.x[shown]))
            ax.scatter(
                points[shown, 0], points[shown, 1], s=style.point_size(len(shown), scale),
                c=colours, linewidths=0, alpha=0.85 if len(shown) < 1000 else 0.6, zorder=3,
            )  # fmt: skip
        draw_ellipses(ax, plane, self.contents, scale)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The weights of up to six components, and the contents of the ellipses."""
        if n_columns == 1:
            return []
        k = self.mixture.n_components
        labels = [style.component_label(self.mixture.weights, j) for j in range(k)]
        return symbol_handles(labels, "P" * k) + ellipse_handles(self.contents)


def set_limits(ax: Axes, plane: Mixture, points: Array | None, content: float) -> None:
    """Limits that show the points, and most of the ellipses of this content."""
    across, up = limits_of(plane, points, ellipse_radius(content))
    ax.set_xlim(*across)
    ax.set_ylim(*up)


def draw_ellipses(ax: Axes, plane: Mixture, contents: Sequence[float], scale: float = 1.0) -> None:
    """An ellipse per component and content, and a cross at each mean."""
    colours = 0.85 * style.component_colours(plane.n_components)
    matrices = plane.covariance.matrices()
    for mean, matrix, colour in zip(plane.means, matrices, colours, strict=True):
        for content, line in zip(contents, _line_styles(len(contents)), strict=True):
            ax.plot(*ellipse(mean, matrix, content).T, color=colour, zorder=5, **line)
        ax.plot(
            *mean, marker="P", markersize=7 * np.sqrt(scale), color=colour,
            markeredgecolor="white", markeredgewidth=0.8 * scale, zorder=6,
        )  # fmt: skip


def _line_styles(count: int) -> list[dict[str, Any]]:
    """Solid for the smallest content, then dashed and dotted."""
    dashes = ["-", "--", ":", "-."]
    return [{"linestyle": dashes[c % 4], "linewidth": 1.7 if c == 0 else 1.3} for c in range(count)]


def log_density_grid(ax: Axes, plane: Mixture) -> tuple[Array, Array, Array]:
    """(a,) and (b,) places across and up the Axes, and the (b, a) log-density there.

    There are at least four per conditional sd of a component, for the sake of thin ridges.
    """
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    thinnest = 1.0 / np.linalg.norm(plane.covariance.whitening, axis=1).max(axis=0)
    wanted = 4.0 * np.ptp(limits, axis=1) / thinnest
    n_even = np.clip(wanted, LEAST_PLACES, MOST_PLACES).astype(int)
    n_near = int(np.clip(300 // plane.n_components, 3, 25))
    across, up = (fine_grid(plane, a, limits[a], int(n_even[a]), n_near) for a in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    return across, up, plane.log_density(grid.reshape(-1, 2)).reshape(len(up), len(across))


def draw_contours(ax: Axes, plane: Mixture) -> None:
    """Shades of grey between lines of equal density."""
    levels = np.sort(region_levels(plane, CONTOUR_CONTENTS))
    shades = [str(shade) for shade in np.linspace(0.965, 0.80, len(levels))]
    grid = log_density_grid(ax, plane)
    ax.contourf(*grid, [*levels, np.inf], colors=shades, zorder=0)
    ax.contour(*grid, levels, colors="white", linewidths=0.6, linestyles="-", zorder=1)


def symbol_handles(labels: Sequence[str | None], markers: Sequence[str]) -> list[Any]:
    """A symbol for each component that has a label, in its colour."""
    from matplotlib.lines import Line2D

    colours = 0.85 * style.component_colours(len(labels))
    return [
        Line2D(
            [], [], color=tuple(colours[j]), marker=markers[j], linestyle="", markersize=6,
            label=label,
        )
        for j, label in enumerate(labels)
        if label is not None
    ]  # fmt: skip


def ellipse_handles(contents: Sequence[float]) -> list[Any]:
    """A grey line for each content."""
    from matplotlib.lines import Line2D

    styles = _line_styles(len(contents))
    return [
        Line2D([], [], color=style.GREY, label=f"{content} of a component", **line)
        for content, line in zip(style.percent(contents), styles, strict=True)
    ]
