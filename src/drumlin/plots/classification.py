"""Hard labels: each row has the symbol and the colour of its most likely component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin._types import Array
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import draw_density
from drumlin.plots.picture import Picture, draw_picture, restrict
from drumlin.plots.scatter import (
    CONTENTS,
    draw_ellipses,
    ellipse_handles,
    set_limits,
    symbol_handles,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


TALLEST = 0.4
"""The largest fraction of the Axes that the lanes of all components take together."""


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
    return draw_picture(Classification, mixture, x, ax, columns)


@dataclass(frozen=True, eq=False)
class Classification(Picture):
    """Rows as symbols of their labels, over ellipses or below a density."""

    mixture: Mixture
    x: Array | None

    @cached_property
    def labels(self) -> Array:
        """(n,) the most likely component of each row."""
        return np.empty(0, dtype=np.intp) if self.x is None else self.mixture.labels(self.x)

    def draw_column(self, ax: Axes, column: int) -> None:
        """The density, and a lane of rows for each component."""
        draw_lanes(ax, *restrict(self.mixture, self.x, [column]), self.labels)

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Symbols and ellipses."""
        draw_symbols(ax, *restrict(self.mixture, self.x, columns), self.labels, scale)

    def legend_handles(self, n_columns: int) -> list[Any]:
        """The number of rows of each symbol."""
        ellipses = ellipse_handles(CONTENTS) if n_columns == 2 else []
        return class_handles(self.mixture, self.x, self.labels) + ellipses


def draw_symbols(
    ax: Axes, plane: Mixture, points: Array | None, labels: Array, scale: float
) -> None:
    """Rows (n, 2) with the symbols of their labels, and the ellipses of the components."""
    set_limits(ax, plane, points, CONTENTS[-1])
    if points is not None:
        shown = style.shown_rows(len(points))
        size = 1.3 * style.point_size(len(shown), scale)
        for j, (colour, marker) in enumerate(_colours_and_markers(plane.n_components)):
            mine = points[shown[labels[shown] == j]]
            ax.scatter(
                mine[:, 0], mine[:, 1], s=size, color=colour, marker=marker,
                linewidths=style.rim(len(shown)), edgecolors="white", alpha=0.85, zorder=3,
            )  # fmt: skip
    draw_ellipses(ax, plane, CONTENTS, scale)


def draw_lanes(ax: Axes, mixture: Mixture, values: Array | None, labels: Array) -> None:
    """The density of one column; below it rows (n, 1) in a lane for each label."""
    draw_density(ax, mixture, values)
    ax.set_ylabel("density")
    if values is None:
        return
    top, k = ax.get_ylim()[1], mixture.n_components
    lane = min(0.055, TALLEST / k)
    ticks = [tick for tick in ax.get_yticks() if 0.0 <= tick <= top]
    ax.set_ylim(-top * (k + 0.6) * lane / (1.0 - (k + 0.6) * lane), top)
    ax.set_yticks(ticks)  # a density is not negative
    ax.axhline(0.0, color=style.GREY, linewidth=0.8, zorder=2)
    shown = style.shown_rows(len(values))
    for j, (colour, marker) in enumerate(_colours_and_markers(k)):
        mine = values[shown[labels[shown] == j], 0]
        ax.scatter(
            mine, np.full(len(mine), (k - j - 0.2) * lane), s=min(22.0, 400.0 * lane), color=colour,
            marker=marker, linewidths=style.rim(len(shown)), edgecolors="white", alpha=0.8,
            transform=ax.get_xaxis_transform(), zorder=5,
        )  # fmt: skip


def _colours_and_markers(n_components: int) -> list[tuple[tuple[float, ...], str]]:
    """Colour and symbol of each component."""
    colours = [tuple(colour) for colour in style.component_colours(n_components)]
    return list(zip(colours, style.markers(n_components), strict=True))


def class_handles(mixture: Mixture, x: Array | None, labels: Array) -> list[Any]:
    """A symbol and a count for each of six components, and the others together."""
    k = mixture.n_components
    words = [style.component_label(mixture.weights, j) for j in range(k)]
    if x is not None:
        counts = np.bincount(labels, minlength=k)
        words[: style.MOST_LABELS] = [
            f"component {j + 1}: {count:,} rows"
            for j, count in enumerate(counts[: style.MOST_LABELS])
        ]
    return symbol_handles(words, style.markers(k))
