"""Two columns: points coloured by responsibilities, ellipses, and contours of the density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import geometry, style
from drumlin.plots.density import draw_marginal
from drumlin.plots.geometry import check_contents, region_levels, restrict
from drumlin.plots.picture import Picture, draw_picture
from drumlin.plots.style import Axes

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
        if self.x is not None:
            style.draw_mixed(ax, self.x, columns, self.mixture.responsibilities, scale)
        draw_ellipses(ax, plane, self.contents, scale)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The weights of up to six components, and the contents of the ellipses."""
        if n_columns == 1:
            return []
        labels = style.weight_labels(self.mixture.weights)
        return symbol_handles(labels, "P" * len(labels)) + ellipse_handles(self.contents)


def set_limits(ax: Axes, plane: Mixture, points: Array | None, content: float) -> None:
    """Limits that show the points, and most of the ellipses of this content."""
    across, up = geometry.limits_of(plane, points, geometry.ellipse_radius(content))
    ax.set(xlim=across, ylim=up)


def draw_ellipses(
    ax: Axes,
    plane: Mixture,
    contents: Sequence[float],
    scale: float = 1.0,
    colour: Array | None = None,
    **look: Any,
) -> None:
    """An ellipse per component and content, and a cross at each mean."""
    k = plane.n_components
    colours = 0.85 * (style.component_colours(k) if colour is None else np.tile(colour, (k, 1)))
    for mean, matrix, shade in zip(plane.means, plane.covariance.matrices(), colours, strict=True):
        for content, line in zip(contents, _line_styles(len(contents)), strict=True):
            points = geometry.ellipse(mean, matrix, content).T
            ax.plot(*points, **{"color": shade, "zorder": 5, **line, **look})
        ax.plot(
            *mean, marker="P", markersize=7 * np.sqrt(scale), color=shade,
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
    across, up = (geometry.fine_grid(plane, a, limits[a], int(n_even[a]), n_near) for a in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    return across, up, plane.log_density(grid.reshape(-1, 2)).reshape(len(up), len(across))


def draw_contours(ax: Axes, plane: Mixture) -> None:
    """Shades of grey between lines of equal density."""
    shades = [str(shade) for shade in np.linspace(0.965, 0.80, len(CONTOUR_CONTENTS))]
    draw_shades(ax, plane, CONTOUR_CONTENTS, shades, 0.6)


def draw_shades(
    ax: Axes, plane: Mixture, contents: Sequence[float], shades: Sequence[str], width: float
) -> None:
    """The regions that hold these contents, the largest in the first shade, with white borders."""
    levels, grid = np.sort(region_levels(plane, contents)), log_density_grid(ax, plane)
    ax.contourf(*grid, [*levels, np.inf], colors=shades, zorder=0)
    ax.contour(*grid, levels, colors="white", linewidths=width, linestyles="-", zorder=1)


def symbol_handles(labels: Sequence[str | None], markers: Sequence[str]) -> list[Any]:
    """A symbol for each component that has a label, in its colour."""
    looks = zip(labels, 0.85 * style.component_colours(len(labels)), markers, strict=True)
    return [
        style.handle(label, color=tuple(colour), marker=marker, linestyle="", markersize=6)
        for label, colour, marker in looks
        if label is not None
    ]


def ellipse_handles(contents: Sequence[float]) -> list[Any]:
    """A grey line for each content."""
    looks = zip(style.percent(contents), _line_styles(len(contents)), strict=True)
    return [
        style.handle(f"{content} of a component", color=style.GREY, **line)
        for content, line in looks
    ]
