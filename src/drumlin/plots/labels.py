"""The most likely component of each row, as symbol and colour, and how uncertain it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import scatter, style
from drumlin.plots.density import density_grid, draw_density
from drumlin.plots.geometry import restrict
from drumlin.plots.picture import Picture, draw_picture
from drumlin.plots.scatter import CONTENTS
from drumlin.plots.style import Axes

TALLEST = 0.4
"""The largest fraction of the Axes that the lanes of all components take together."""

QUANTILES = (0.75, 0.95)
"""Rows above the first are larger and darker, rows above the second most of all."""

GROUP_STYLES = (("#BDBDBD", 0.5), (style.GREY, 1.4), ("#000000", 3.2))
"""Colour and relative area of the three groups."""

N_DRAWN = 1000


def classification(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] | None = None,
) -> Axes:
    """Draw each row with the symbol and the colour of its most likely component.

    mixture : of d columns, or a fit; the labels are those under all of them
    x : (n, d), or None for the components alone
    columns : one or two to draw, all by default. One: the density, and a lane of rows for each
        component below it. Two: a scatter, with ellipses that hold 50 % and 95 % of a component

    The legend counts all rows of each label, also where of more than 5000 only a part is drawn.
    Raises InvalidParameterError for wrong columns, InvalidDataError, MissingExtraError.
    """
    return draw_picture(Classification.by, mixture, x, ax, columns)


@dataclass(frozen=True, eq=False)
class Classification(Picture):
    """Rows as symbols of their labels, over ellipses or below a density."""

    labels: Array
    """(n,) the component of each row; empty without rows."""

    @classmethod
    def by(cls, mixture: Mixture, x: Array | None) -> Classification:
        """Each row with its most likely component."""
        return cls(mixture, x, np.array([], np.intp) if x is None else mixture.labels(x))

    def draw_column(self, ax: Axes, column: int) -> None:
        """The density, and below it a lane of rows for each component."""
        mixture, values = restrict(self.mixture, self.x, [column])
        draw_density(ax, mixture, values)
        if values is None:
            return
        top, k = ax.get_ylim()[1], mixture.n_components
        lane = min(0.055, TALLEST / k)
        ticks = [tick for tick in ax.get_yticks() if 0.0 <= tick <= top]
        ax.set_ylim(-top * (k + 0.6) * lane / (1.0 - (k + 0.6) * lane), top)
        ax.set_yticks(ticks)  # a density is not negative
        ax.axhline(0.0, color=style.GREY, linewidth=0.8, zorder=2)
        points = np.stack([values[:, 0], (k - self.labels - 0.2) * lane], axis=1)
        style.draw_groups(
            ax, points, self.labels, style.symbols(k), s=min(22.0, 400.0 * lane), alpha=0.8,
            transform=ax.get_xaxis_transform(), zorder=5,
        )  # fmt: skip

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Symbols and ellipses."""
        plane, points = restrict(self.mixture, self.x, columns)
        scatter.set_limits(ax, plane, points, CONTENTS[-1])
        if points is not None:
            size = 1.3 * style.point_size(len(points), scale)
            looks = style.symbols(plane.n_components)
            style.draw_groups(ax, points, self.labels, looks, s=size, alpha=0.85)
        scatter.draw_ellipses(ax, plane, CONTENTS, scale)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The number of rows of each symbol, or the weight without rows."""
        k = self.mixture.n_components
        counts = np.bincount(self.labels, minlength=k)
        words = style.legend_labels(
            [f"component {j + 1}: {n:,} rows" for j, n in enumerate(counts)]
        )
        if self.x is None:
            words = style.weight_labels(self.mixture.weights)
        ellipses = scatter.ellipse_handles(CONTENTS) if n_columns == 2 else []
        return scatter.symbol_handles(words, style.markers(k)) + ellipses


def uncertainty(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] | None = None,
) -> Axes:
    """Draw 1 − max_j w_j⁽ⁱ⁾, the chance that the most likely component of a row is wrong.

    mixture : of d columns, or a fit; the responsibilities are those under all of them
    x : (n, d); None draws 1000 rows from the mixture, the same every time
    columns : one or two to draw, all by default. One: the vertical axis is the uncertainty, also
        drawn as a curve when d = 1. Two: rows above the 75 % and the 95 % quantile of the
        uncertainty are larger and darker; the legend has the quantiles, which may be small

    0 is certain; k equally likely components give 1 − 1/k, the largest value.
    Raises InvalidParameterError for wrong columns, InvalidDataError, MissingExtraError.
    """
    return draw_picture(Uncertainty, mixture, x, ax, columns)


@dataclass(frozen=True, eq=False)
class Uncertainty(Picture):
    """Rows in three groups of increasing uncertainty."""

    height = "uncertainty"

    @cached_property
    def rows(self) -> Array:
        """(n, d) the rows given, or rows drawn from the mixture."""
        return self.mixture.sample(N_DRAWN, 0)[0] if self.x is None else self.x

    @cached_property
    def values(self) -> Array:
        """(n,) 1 − max_j w_j⁽ⁱ⁾."""
        return uncertainties(self.mixture, self.rows)

    @cached_property
    def limits(self) -> Array:
        """(2,) the quantiles between the groups."""
        return np.quantile(self.values, QUANTILES)

    @cached_property
    def groups(self) -> Array:
        """(n,) 0, 1 or 2: the number of quantiles that a row exceeds."""
        return (self.values[:, None] > self.limits).sum(axis=1)

    def draw_column(self, ax: Axes, column: int) -> None:
        """Uncertainty against one column."""
        if self.mixture.n_features == 1:
            grid = density_grid(self.mixture, self.x)
            curve = uncertainties(self.mixture, grid[:, None])
            ax.plot(grid, curve, color=style.INK, linewidth=1.3)
            ax.set_xlim(grid[0], grid[-1])
        if self.x is not None or self.mixture.n_features > 1:
            self._draw_points(ax, np.stack([self.rows[:, column], self.values], axis=1), 1.0)
        k = self.mixture.n_components
        colours = 0.85 * style.component_colours(k)
        for mean, colour in zip(self.mixture.means[:, column], colours, strict=True):
            ax.axvline(mean, color=tuple(colour), linewidth=1.0, linestyle="--", zorder=1)
        ax.set_ylim(-0.02, max(0.1, 1.06 * (1.0 - 1.0 / k)))

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Ellipses, and rows with the uncertain ones on top."""
        plane, points = marginal(self.mixture, columns), self.rows[:, list(columns)]
        scatter.set_limits(ax, plane, points, CONTENTS[-1])
        scatter.draw_ellipses(ax, plane, CONTENTS[-1:], 0.6 * scale)
        self._draw_points(ax, points, scale)

    def _draw_points(self, ax: Axes, points: Array, scale: float) -> None:
        size = style.point_size(len(points), scale)
        looks = [
            {"s": area * size, "color": colour, "zorder": 6 + group}
            for group, (colour, area) in enumerate(GROUP_STYLES)
        ]
        style.draw_groups(ax, points, self.groups, looks)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The quantiles between the groups, and the number of rows in each."""
        words, line = ("mean", "--") if n_columns == 1 else ("95 %", "-")
        mark = {"color": style.GREY, "linewidth": 1.0, "linestyle": line}
        handles = [style.handle(f"{words} of a component", **mark)]
        if self.x is None and n_columns == self.mixture.n_features == 1:
            return handles
        ends = [f"up to {_short(self.limits[0])}", *(f"above {_short(q)}" for q in self.limits)]
        origin = "rows" if self.x is not None else "rows drawn"
        counts = np.bincount(self.groups, minlength=3)
        groups = [
            style.handle(
                f"uncertainty {end}: {count:,} {origin}",
                color=colour, marker="o", linestyle="", markersize=4.0 * np.sqrt(area),
            )
            for end, count, (colour, area) in zip(ends, counts, GROUP_STYLES, strict=True)
            if count
        ]  # fmt: skip
        return groups + handles


def uncertainties(mixture: Mixture, x: Array) -> Array:
    """(n,) 1 − max_j w_j⁽ⁱ⁾."""
    largest = mixture.responsibilities(x).max(axis=1).astype(np.float64)
    return np.maximum(1.0 - largest, 0.0)


def _short(value: float) -> str:
    """Two significant digits; rounding errors become 0."""
    return "0" if value < 1e-12 else f"{value:.2g}"
