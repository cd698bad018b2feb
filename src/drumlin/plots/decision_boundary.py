"""The decision regions of a classifier, and the boundaries between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.classifier import Classifier
from drumlin.data.class_labels import codes_of
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.geometry import ellipse_radius, limits_of
from drumlin.plots.scatter import draw_ellipses, symbol_handles
from drumlin.plots.style import Axes

CONTENT = 0.95
"""The fraction of its component that an ellipse holds."""

GRID = 400
"""Places in each direction at which the classifier decides."""

SHADE = 0.2
"""The strength of the colour of a class in its region."""

LARGEST_MARGIN = 1e3
"""In nats; larger margins are clipped, as only their sign matters."""


def decision_boundary(
    classifier: Classifier,
    x: Any = None,
    labels: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] = (0, 1),
) -> Axes:
    """Draw the decision regions in two columns, their boundaries, and 95 % ellipses.

    classifier : d >= 2, with its priors and costs; of more columns the decision by these two alone
        is drawn, from the marginals of the classes
    x : (n, d) rows, or None; of more than 5000 a random subsample is drawn
    labels : (n,) the true classes, shown by colour and symbol, with a ring around rows decided
        otherwise; None shows the classes decided for

    Raises InvalidParameterError when d = 1 or for wrong columns, InvalidDataError,
    MissingExtraError.
    """
    if classifier.n_features == 1 or len(columns) != 2:
        raise InvalidParameterError(
            "decision_boundary needs two columns: name two of them, or use probabilities(x)"
        )
    planes = [marginal(mixture, columns) for mixture in classifier.mixtures]
    rule = replace(classifier, mixtures=planes)
    points = codes = None
    if x is not None:
        rows = style.checked_rows(classifier.mixtures[0], x)
        points = rows[:, list(columns)]
        if labels is not None:
            codes = codes_of(labels, classifier.classes, None, len(rows))
    axes = style.axes_or_new(ax)
    across, up = _limits(planes, points)
    axes.set(xlim=across, ylim=up)
    _draw_regions(axes, rule)
    wrong = 0 if points is None else _draw_rows(axes, rule, points, codes)
    for plane, colour in zip(planes, style.component_colours(rule.n_classes), strict=True):
        draw_ellipses(axes, plane, [CONTENT], colour=colour, linewidth=1.4)
    names = style.column_names(classifier.mixtures[0])
    axes.set(xlabel=names[columns[0]], ylabel=names[columns[1]])
    _legend(axes, rule, None if codes is None else wrong)
    if classifier.n_features > 2:
        style.note(axes, f"decided by these 2 of {classifier.n_features} columns alone")
    return axes


def margins(classifier: Classifier, x: Array) -> Array:
    """(n, K) the margin of each class in nats: positive for the class decided for, else negative.

    The difference of log π_c p(x | c) to the best other class; with costs that of −log expected
    cost, which keeps digits where the costs themselves are nearly zero.
    """
    values = classifier.log_probabilities(x)
    if classifier.costs is not None:
        with np.errstate(divide="ignore"):
            terms = values[:, :, None] + np.log(classifier.costs)
        values = -np.logaddexp.reduce(np.maximum(terms, -1e300), axis=1)
    ordered = np.sort(values, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    rival = np.where(values == best, second, best)
    return np.clip(values - rival, -LARGEST_MARGIN, LARGEST_MARGIN)


def _limits(planes: Sequence[Mixture], points: Array | None) -> Array:
    """(2, 2) limits that show the rows and the ellipses of all classes."""
    each = np.array([limits_of(plane, points, ellipse_radius(CONTENT)) for plane in planes])
    return np.stack([each[:, :, 0].min(axis=0), each[:, :, 1].max(axis=0)], axis=1)


def _draw_regions(ax: Axes, rule: Classifier) -> None:
    """A pale colour in the region of each class, and a line where its margin is zero."""
    across, up = (np.linspace(*limits, GRID) for limits in (ax.get_xlim(), ax.get_ylim()))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    found = margins(rule, grid)
    decided = found.argmax(axis=1).reshape(GRID, GRID)
    shade = 1.0 - SHADE * (1.0 - style.component_colours(rule.n_classes))
    ax.imshow(
        shade[decided], origin="lower", aspect="auto", interpolation="nearest", zorder=0,
        extent=(across[0], across[-1], up[0], up[-1]),
    )  # fmt: skip
    for c in np.unique(decided):
        if (decided == c).all():  # one class everywhere: no boundary
            break
        margin = found[:, c].reshape(GRID, GRID)
        ax.contour(
            across, up, margin, [0.0], colors=style.INK, linewidths=1.2, linestyles="-", zorder=2
        )


def _draw_rows(ax: Axes, rule: Classifier, points: Array, codes: Array | None) -> int:
    """The rows, those decided wrongly with a ring; returns the number of these."""
    decided = margins(rule, points).argmax(axis=1)
    own = decided if codes is None else codes
    shown, size = style.shown_rows(len(points)), 1.2 * style.point_size(len(points))
    style.draw_groups(ax, points, own, style.symbols(rule.n_classes), s=size, alpha=0.85)
    wrong = shown[own[shown] != decided[shown]]
    ax.scatter(
        points[wrong, 0], points[wrong, 1], s=4.0 * size, facecolors="none",
        edgecolors=style.INK, linewidths=0.9, zorder=4,
    )  # fmt: skip
    return int((own != decided).sum())


def _legend(ax: Axes, rule: Classifier, wrong: int | None) -> None:
    """The first six classes with their priors, and the meaning of a ring."""
    looks = zip(rule.classes.tolist(), rule.priors, strict=True)
    words = style.legend_labels([f"{name}, prior {prior:.2f}" for name, prior in looks])
    marks = [*style.markers(rule.n_classes)[: style.MOST_LABELS], *[""] * rule.n_classes]
    handles = symbol_handles(words, marks[: rule.n_classes])
    if wrong is not None:
        ring = {"marker": "o", "markersize": 8, "linestyle": "", "markerfacecolor": "none"}
        handles.append(style.handle(f"{wrong} decided wrongly", markeredgecolor=style.INK, **ring))
    handles.append(style.handle("95 % of a component", color=style.GREY, linewidth=1.4))
    ax.legend(handles=handles, frameon=True, framealpha=0.85, edgecolor="none", fontsize=8)
