"""The picture of a mixture of any number of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.pairs import kind_named, pairs
from drumlin.plots.picture import draw_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


def plot(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    kind: str = "scatter",
    figure: Figure | SubFigure | None = None,
) -> np.ndarray:
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
    chosen = kind_named(kind)
    rows = None if x is None else style.checked_rows(mixture, x)
    grid = style.panels(figure, 1, 1, (5.6, 4.2))
    draw_picture(chosen, mixture, rows, grid[0, 0], None)
    return grid
