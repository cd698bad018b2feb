"""Where a classifier decides for which class: shaded regions, and the lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin._types import Array
from drumlin.classifier import Classifier
from drumlin.data import as_table
from drumlin.data.class_labels import codes_of
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.geometry import ellipse, marginal, view

if TYPE_CHECKING:
    from matplotlib.axes import Axes


CONTENT = 0.95
"""Of its component that an ellipse holds."""

GRID = 400
"""Places across and up at which decisions are made; lines are drawn between them."""

PALE = 0.2
"""How much of the colour of a class its region has."""

FARTHEST = 1e3
"""Margins of more nats are drawn as this: only the sign matters there."""


def decision_boundary(
    classifier: Classifier,
    x: Any = None,
    labels: Any = None,
    *,
    ax: Axes | None = None,
    columns: Sequence[int] = (0, 1),
) -> Axes:
    """Draw the regions of decision of two columns, the lines between, and 95 % ellipses.

    classifier : d >= 2; of more columns the decision by these two alone is drawn, from the
        marginals of the classes; costs and priors count
    x : (n, d) rows, or None; of more than 5000 a random part is drawn
    labels : (n,) their classes: colour and symbol, with a ring where the regions decide otherwise;
        without them rows have the colour of the decision

    Raises InvalidParameterError when d = 1 or for wrong columns, InvalidDataError,
    MissingExtraError.
    """
    if classifier.n_features == 1 or len(columns) != 2:
        raise InvalidParameterError(
            "decision_boundary needs two columns: name two of them, or look at probabilities(x)"
        )
    planes = [marginal(mixture, columns) for mixture in classifier.mixtures]
    rule = replace(classifier, mixtures=planes)
    points = codes = None
    if x is not None:
        rows = style.samples(classifier.mixtures[0], as_table(x, classifier.feature_names))
        assert rows is not None
        points = rows[:, list(columns)]
        if labels is not None:
            codes = codes_of(labels, classifier.classes, None, len(rows))
    axes = style.axes_or_new(ax)
    across, up = _limits(planes, points)
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    _draw_regions(axes, rule)
    wrong = 0 if points is None else _draw_rows(axes, rule, points, codes)
    for plane, colour in zip(planes, _colours(rule), strict=True):
        _draw_ellipses(axes, plane, colour)
    names = style.column_names(classifier.mixtures[0])
    axes.set_xlabel(names[columns[0]])
    axes.set_ylabel(names[columns[1]])
    _legend(axes, rule, None if codes is None else wrong)
    if classifier.n_features > 2:
        style.note(axes, f"decided by these 2 of {classifier.n_features} columns alone")
    return axes


def margins(classifier: Classifier, x: Array) -> Array:
    """(n, K) by how many nats each class is decided for: positive where it is, else negative.

    Differences of log π_c p(x | c); with costs of −log expected costs, which are large where costs
    themselves are as good as nothing.
    """
    values = classifier.log_probabilities(x)
    if classifier.costs is not None:
        with np.errstate(divide="ignore"):
            terms = values[:, :, None] + np.log(classifier.costs)
        values = -np.logaddexp.reduce(np.maximum(terms, -1e300), axis=1)
    ordered = np.sort(values, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    rival = np.where(values == best, second, best)
    return np.clip(values - rival, -FARTHEST, FARTHEST)


def _limits(planes: Sequence[Mixture], points: Array | None) -> Array:
    """(2, 2) limits that show the rows and the ellipses of all classes."""
    radius = float(np.sqrt(-2.0 * np.log1p(-CONTENT)))
    each = np.array([view(plane, points, radius) for plane in planes])
    return np.stack([each[:, :, 0].min(axis=0), each[:, :, 1].max(axis=0)], axis=1)


def _draw_regions(ax: Axes, rule: Classifier) -> None:
    """A pale colour where a class is decided for, and a line where its margin is zero."""
    across, up = (np.linspace(*limits, GRID) for limits in (ax.get_xlim(), ax.get_ylim()))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    found = margins(rule, grid)
    decided = found.argmax(axis=1).reshape(GRID, GRID)
    shade = 1.0 - PALE * (1.0 - _colours(rule))
    ax.imshow(
        shade[decided], origin="lower", aspect="auto", interpolation="nearest", zorder=0,
        extent=(across[0], across[-1], up[0], up[-1]),
    )  # fmt: skip
    for c in np.unique(decided):
        if (decided == c).all():  # one class everywhere: there is no line
            break
        margin = found[:, c].reshape(GRID, GRID)
        ax.contour(
            across, up, margin, [0.0], colors=style.INK, linewidths=1.2, linestyles="-", zorder=2
        )


def _draw_rows(ax: Axes, rule: Classifier, points: Array, codes: Array | None) -> int:
    """The rows, ringed where decided wrongly; how many of all rows are."""
    decided = margins(rule, points).argmax(axis=1)
    own = decided if codes is None else codes
    shown = style.shown_rows(len(points))
    size = 1.2 * style.point_size(len(shown))
    looks = zip(_colours(rule), style.markers(rule.n_classes), strict=True)
    for c, (colour, marker) in enumerate(looks):
        mine = shown[own[shown] == c]
        ax.scatter(
            points[mine, 0], points[mine, 1], s=size, color=tuple(colour), marker=marker,
            linewidths=style.rim(len(shown)), edgecolors="white", alpha=0.85, zorder=3,
        )  # fmt: skip
    wrong = shown[own[shown] != decided[shown]]
    ax.scatter(
        points[wrong, 0], points[wrong, 1], s=4.0 * size, facecolors="none",
        edgecolors=style.INK, linewidths=0.9, zorder=4,
    )  # fmt: skip
    return int((own != decided).sum())


def _draw_ellipses(ax: Axes, plane: Mixture, colour: Array) -> None:
    """An ellipse and a cross for each component of a class, in the colour of the class."""
    for mean, matrix in zip(plane.means, plane.covariance.matrices(), strict=True):
        ax.plot(*ellipse(mean, matrix, CONTENT).T, color=0.85 * colour, linewidth=1.4, zorder=5)
        ax.plot(
            *mean, marker="P", markersize=7, color=0.85 * colour, markeredgecolor="white",
            markeredgewidth=0.8, zorder=6,
        )  # fmt: skip


def _legend(ax: Axes, rule: Classifier, wrong: int | None) -> None:
    """The first six classes with their priors, and what a ring means."""
    from matplotlib.lines import Line2D

    names, marks = rule.classes.tolist(), style.markers(rule.n_classes)
    shown = min(rule.n_classes, style.MOST_LABELS)
    handles = [
        Line2D(
            [], [], color=tuple(0.85 * _colours(rule)[c]), marker=marks[c], linestyle="",
            markersize=6, label=f"{names[c]}, prior {rule.priors[c]:.2f}",
        )
        for c in range(shown)
    ]  # fmt: skip
    if rule.n_classes > shown:
        handles.append(Line2D([], [], linestyle="", label=f"and {rule.n_classes - shown} more"))
    if wrong is not None:
        handles.append(
            Line2D(
                [], [], marker="o", markersize=8, markerfacecolor="none", linestyle="",
                markeredgecolor=style.INK, label=f"{wrong} decided wrongly",
            )
        )  # fmt: skip
    handles.append(Line2D([], [], color=style.GREY, label="95 % of a component", linewidth=1.4))
    ax.legend(handles=handles, frameon=True, framealpha=0.85, edgecolor="none", fontsize=8)


def _colours(rule: Classifier) -> Array:
    """(K, 3) a colour for each class."""
    return style.component_colours(rule.n_classes)
