"""Hard labels: each row has the symbol and the colour of its most likely component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import scatter, style
from drumlin.plots.density import draw_density
from drumlin.plots.geometry import restrict
from drumlin.plots.picture import Picture, draw_picture
from drumlin.plots.scatter import CONTENTS
from drumlin.plots.style import Axes

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
        shown = style.shown_rows(len(values))
        groups = self.labels[shown]
        points = np.stack([values[shown, 0], (k - groups - 0.2) * lane], axis=1)
        style.draw_groups(
            ax, points, groups, style.symbols(k), s=min(22.0, 400.0 * lane), alpha=0.8,
            transform=ax.get_xaxis_transform(), zorder=5,
        )  # fmt: skip

    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Symbols and ellipses."""
        plane, points = restrict(self.mixture, self.x, columns)
        scatter.set_limits(ax, plane, points, CONTENTS[-1])
        if points is not None:
            shown = style.shown_rows(len(points))
            size = 1.3 * style.point_size(len(shown), scale)
            looks = style.symbols(plane.n_components)
            style.draw_groups(ax, points[shown], self.labels[shown], looks, s=size, alpha=0.85)
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
