"""The clusters of merged components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.merging import Merging
from drumlin.plots import style
from drumlin.plots.density import bin_edges, density_grid, draw_ticks
from drumlin.plots.geometry import ellipse, restrict
from drumlin.plots.scatter import set_limits
from drumlin.plots.style import Axes

CONTENT = 0.9
Soft = Callable[[Array], Array]


def merged_clusters(
    merging: Merging,
    n_clusters: int | None = None,
    *,
    columns: Sequence[int] = (0, 1),
    ax: Axes | None = None,
) -> Axes:
    """Draw the clusters, ``merging.suggested`` of them unless given, and their components.

    Points have the colours of their clusters, mixed by responsibilities. In one dimension the
    density of every cluster is drawn, in more an ellipse per component, which holds 90 % of it.

    columns : which two of d > 2 columns

    Raises InvalidParameterError, MissingExtraError.
    """
    g = merging.suggested if n_clusters is None else n_clusters
    members = merging.members(g)
    axes = style.axes_or_new(ax)
    soft = partial(merging.responsibilities, g)
    if merging.mixture.n_features == 1:
        _draw_density(axes, merging, members, soft)
    else:
        _draw_scatter(axes, merging, members, soft, columns)
    for cluster, colour in enumerate(0.85 * style.component_colours(g)[: style.MOST_LABELS]):
        inside = ", ".join(str(j + 1) for j in np.flatnonzero(members == cluster))
        words = f"cluster {cluster + 1}: component{'s' if ',' in inside else ''} {inside}"
        axes.plot([], [], "o", color=colour, label=words)
    if merging.mixture.n_features > 1:
        words = f"{style.percent([CONTENT])[0]} of a component"
        axes.plot([], [], color=style.GREY, linewidth=1.5, label=words)
    axes.legend(**style.LEGEND)
    style.note(axes, *style.subsample_remarks(merging.x.x))
    return axes


def _draw_scatter(
    axes: Axes, merging: Merging, members: Array, soft: Soft, columns: Sequence[int]
) -> None:
    if len(columns) != 2:
        raise InvalidParameterError(f"columns is {tuple(columns)}: name two columns")
    plane, points = restrict(merging.mixture, merging.x.x, columns)
    style.draw_mixed(axes, merging.x.x, columns, soft, zorder=1)
    colours = 0.85 * style.component_colours(int(members.max()) + 1)[members]
    matrices = plane.covariance.matrices()
    for mean, matrix, colour in zip(plane.means, matrices, colours, strict=True):
        axes.plot(*ellipse(mean, matrix, CONTENT).T, color=colour, linewidth=1.5, zorder=3)
    set_limits(axes, plane, points, CONTENT)
    names = style.column_names(merging.mixture)
    axes.set(xlabel=names[columns[0]], ylabel=names[columns[1]])


def _draw_density(axes: Axes, merging: Merging, members: Array, soft: Soft) -> None:
    values = merging.x.x[:, 0]
    axes.hist(
        values, list(bin_edges(values)), density=True, color=style.PALE, edgecolor="white",
        linewidth=0.5,
    )  # fmt: skip
    grid = density_grid(merging.mixture, merging.x.x)
    terms = np.exp(merging.mixture.log_joint(grid[:, None]))
    colours = style.component_colours(int(members.max()) + 1)
    for cluster, colour in enumerate(colours):
        height = terms[:, members == cluster].sum(axis=1)
        axes.fill_between(grid, height, color=colour, alpha=0.15, linewidth=0)
        axes.plot(grid, height, color=colour, linewidth=1.6)
    for term, cluster in zip(terms.T, members, strict=True):
        axes.plot(grid, term, color=colours[cluster], linewidth=0.8, linestyle=":")
    draw_ticks(axes, merging.x.x, 0, soft)
    axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(bottom=0.0)
    axes.set(xlabel=style.column_names(merging.mixture)[0], ylabel="density")
