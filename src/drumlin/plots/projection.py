"""The plane in which the components of a mixture differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.algebra import marginal, project
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.classification import class_handles, draw_lanes, draw_symbols
from drumlin.plots.scatter import CONTENTS, draw_contours, ellipse_handles

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    projected = result.mixture
    axes = style.axes_or_new(ax)
    labels = np.empty(0, dtype=np.intp) if rows is None else mixture.labels(rows)
    points = None if rows is None else result.transform(rows)
    names = [
        f"direction {a + 1}, eigenvalue {value:.3g}"
        for a, value in enumerate(np.where(result.eigenvalues < 1e-12, 0.0, result.eigenvalues))
    ]
    axes.set_xlabel(names[0])
    handles = class_handles(mixture, rows, labels)
    if projected.n_features == 1:
        draw_lanes(axes, projected, points, labels)
    else:
        plane = marginal(projected, [0, 1])
        draw_symbols(axes, plane, None if points is None else points[:, :2], labels, 1.0)
        _same_scale(axes)
        draw_contours(axes, plane)
        axes.set_ylabel(names[1])
        handles += ellipse_handles(CONTENTS)
    axes.legend(handles=handles, **style.LEGEND)
    if rows is not None:
        style.note_subsample(axes, len(rows))
    return axes


def _same_scale(ax: Axes) -> None:
    """Give both axes the same scale by wider limits, not by narrower Axes."""
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    shape = np.array([ax.bbox.width, ax.bbox.height])
    halves = 0.5 * shape * (np.ptp(limits, axis=1) / shape).max()
    across, up = limits.mean(axis=1)[:, None] + halves[:, None] * np.array([-1.0, 1.0])
    ax.set_xlim(*across)
    ax.set_ylim(*up)
    ax.set_aspect("equal", adjustable="box")
