"""The plane in which the components of a mixture differ most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drumlin.algebra import marginal, project
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.labels import Classification
from drumlin.plots.scatter import draw_contours
from drumlin.plots.style import Axes


def projection(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    share_of_means: float = 0.5,
) -> Axes:
    """Draw the two directions in which components differ most, found by `drumlin.project`.

    mixture : of d columns, or a fit
    x : (n, d) rows, with the symbols of their most likely component under all columns; or None
    share_of_means : from 0 (covariances choose the directions) to 1 (means do)

    In each direction the mixture has mean 0 and variance 1; both axes have the same scale. Ellipses
    and contours are those of the exact projected mixture. Where components differ in one direction
    only, its density is drawn.

    Raises InvalidParameterError, InvalidDataError, MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    result = project(mixture, share_of_means=share_of_means)
    rows = None if x is None else style.checked_rows(mixture, x)
    axes = style.axes_or_new(ax)
    points = None if rows is None else result.transform(rows)
    picture = replace(Classification.by(mixture, rows), mixture=result.mixture, x=points)
    names = [
        f"direction {a + 1}, eigenvalue {value:.3g}"
        for a, value in enumerate(np.where(result.eigenvalues < 1e-12, 0.0, result.eigenvalues))
    ]
    n_drawn = min(result.mixture.n_features, 2)
    if n_drawn == 1:
        picture.draw_column(axes, 0)
        names[1:] = [picture.height]
    else:
        picture.draw_plane(axes, (0, 1), 1.0)
        _same_scale(axes)
        draw_contours(axes, marginal(result.mixture, [0, 1]))
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.legend(handles=picture.legend_handles(n_drawn), **style.LEGEND)
    style.note(axes, *style.subsample_remarks(rows))
    return axes


def _same_scale(ax: Axes) -> None:
    """Give both axes the same scale by wider limits, not by narrower Axes."""
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    shape = np.array([ax.bbox.width, ax.bbox.height])
    halves = 0.5 * shape * (np.ptp(limits, axis=1) / shape).max()
    across, up = limits.mean(axis=1)[:, None] + halves[:, None] * np.array([-1.0, 1.0])
    ax.set(xlim=across, ylim=up)
    ax.set_aspect("equal", adjustable="box")
