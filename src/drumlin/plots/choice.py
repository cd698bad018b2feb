"""The picture that suits a mixture: one column, two, or more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.density import density_1d
from drumlin.plots.pairs import pairs
from drumlin.plots.scatter import scatter_2d

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


def plot(
    mixture: Mixture, x: Any = None, *, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw the mixture, and x (n, d) if given: `density_1d`, `scatter_2d` or `pairs`, by d.

    Returns a two-dimensional array of Axes, (1, 1) for d <= 2 and (m, m) of `pairs` for more; the
    figure is ``axes[0, 0].figure``.

    Raises InvalidDataError, MissingExtraError.
    """
    if mixture.n_features > 2:
        return pairs(mixture, x, figure=figure)
    single = density_1d if mixture.n_features == 1 else scatter_2d
    rows = style.samples(mixture, x)
    grid = style.panels(figure, 1, 1, (5.6, 4.2))
    single(mixture, rows, ax=grid[0, 0])
    return grid
