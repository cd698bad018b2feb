"""The density of a mixture: image, contours, and highest-density regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import density_grid, draw_marginal, draw_ticks
from drumlin.plots.geometry import check_contents, intervals, region_levels, restrict
from drumlin.plots.picture import Picture, draw_picture
from drumlin.plots.scatter import draw_shades, log_density_grid, set_limits
from drumlin.plots.style import Axes

CONTENTS = (0.25, 0.5, 0.75, 0.95)
LARGEST = 0.99
"""The content of each component that the limits show."""


def density_2d(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] | None = None,
    contents: Sequence[float] = CONTENTS,
) -> Axes:
    """Draw the density of two columns as an image, with its contours.

    mixture : d >= 2, or a fit; of more columns the marginal of ``columns`` is drawn
    x : (n, d) rows drawn as dots, or None
    contents : the fraction of the probability inside each contour, `region_levels`

    Raises InvalidParameterError when d = 1 or for wrong columns or contents, InvalidDataError,
    MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    if mixture.n_features == 1 or (columns is not None and len(columns) != 2):
        raise InvalidParameterError(
            "density_2d needs two columns: use density_1d for one, or name two with columns"
        )
    checked = check_contents(contents)
    return draw_picture(lambda m, rows: Density(m, rows, checked), mixture, x, ax, columns)


def regions(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] | None = None,
    contents: Sequence[float] = CONTENTS,
) -> Axes:
    """Draw the smallest regions that hold the fractions ``contents`` of the probability.

    mixture : of d columns, or a fit; the regions are those of the marginal of the columns drawn
    x : (n, d) rows drawn as dots, or as ticks, or None
    columns : one or two to draw, all by default

    A highest-density region is {x : p(x) ≥ c}, see `region_levels`; it may have several parts.
    Raises InvalidParameterError for wrong columns or contents, InvalidDataError,
    MissingExtraError.
    """
    checked = check_contents(contents)
    return draw_picture(lambda m, rows: Regions(m, rows, checked), mixture, x, ax, columns)


@dataclass(frozen=True, eq=False)
class Density(Picture):
    """An image of the density, with contours."""

    contents: Sequence[float] = CONTENTS

    def draw_column(self, ax: Axes, column: int) -> None:
        """The density with its components."""
        draw_marginal(ax, self.mixture, self.x, column)

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """The image, contours, and rows as dots."""
        from matplotlib.colors import LinearSegmentedColormap

        plane, points = restrict(self.mixture, self.x, columns)
        set_limits(ax, plane, points, LARGEST)
        across, up, log_density = log_density_grid(ax, plane)
        colours = LinearSegmentedColormap.from_list("density", ["#FFFFFF", *style.shades(8)])
        image = ax.pcolormesh(
            across, up, np.exp(np.minimum(log_density, 700.0)), shading="nearest",
            cmap=colours, vmin=0.0, rasterized=True, zorder=0,
        )  # fmt: skip
        levels = np.sort(region_levels(plane, self.contents))
        ax.contour(
            across, up, log_density, levels, colors=style.INK, linewidths=0.9 * scale,
            linestyles="-", zorder=2,
        )  # fmt: skip
        draw_dots(ax, points, scale)
        if scale >= 1.0:
            bar = ax.figure.colorbar(image, ax=ax, label="density", pad=0.02)
            bar.outline.set_visible(False)
            bar.ax.tick_params(labelsize=8, color=style.GREY)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The contents of the contours."""
        if n_columns == 1:
            return []
        percents = ", ".join(f"{100 * content:.4g}" for content in sorted(self.contents))
        line = style.handle(f"contours hold {percents} %", color=style.INK, linewidth=0.9)
        return [line, *dot_handles(self.x)]


@dataclass(frozen=True, eq=False)
class Regions(Picture):
    """Highest-density regions, the smallest of them darkest."""

    contents: Sequence[float] = CONTENTS

    def draw_column(self, ax: Axes, column: int) -> None:
        """The area below the density, in the regions."""
        mixture, values = restrict(self.mixture, self.x, [column])
        places = density_grid(mixture, values)
        log_density = mixture.log_density(places[:, None])
        levels = np.sort(region_levels(mixture, self.contents))
        for level, colour in zip(levels, style.shades(len(levels)), strict=True):
            for low, high in intervals(places, log_density, float(level)):
                inside = places[(places > low) & (places < high)]
                part = np.concatenate([[low], inside, [high]])
                ax.fill_between(part, mixture.density(part[:, None]), color=colour, linewidth=0)
        ax.plot(places, np.exp(log_density), color=style.INK, linewidth=1.3)
        draw_ticks(ax, self.x, column, self.mixture.responsibilities)
        ax.set_xlim(places[0], places[-1])
        ax.set_ylim(bottom=0.0)

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Shaded regions, and rows as dots."""
        plane, points = restrict(self.mixture, self.x, columns)
        set_limits(ax, plane, points, LARGEST)
        draw_shades(ax, plane, self.contents, style.shades(len(self.contents)), 0.7 * scale)
        draw_dots(ax, points, scale)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The shade of each region."""
        from matplotlib.patches import Patch

        largest_first = sorted(self.contents, reverse=True)
        looks = zip(style.percent(largest_first), style.shades(len(largest_first)), strict=True)
        patches = [
            Patch(facecolor=shade, label=f"holds {content} of the probability")
            for content, shade in looks
        ]
        return patches[::-1] + (dot_handles(self.x) if n_columns == 2 else [])


def draw_dots(ax: Axes, points: Array | None, scale: float) -> None:
    """Rows as small dark dots, more transparent the more there are."""
    if points is not None:
        shown = style.shown_rows(len(points))
        alpha = float(np.clip(300.0 / len(shown), 0.12, 0.6))
        ax.scatter(
            points[shown, 0], points[shown, 1], s=0.35 * style.point_size(len(points), scale),
            color=style.INK, linewidths=0, alpha=alpha, zorder=3,
        )  # fmt: skip


def dot_handles(x: Array | None) -> list[Any]:
    """The legend of the dots."""
    look = {"color": style.INK, "marker": "o", "linestyle": "", "markersize": 2.5}
    return [] if x is None else [style.handle(f"{len(x):,} rows", **look)]
