"""One column: a histogram, the density of the mixture, and its weighted components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.data import check_sample_weight
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.geometry import fine_grid, limits_of, restrict
from drumlin.plots.style import Axes

MOST_BINS = 200
MOST_TICKS = 500
"""Up to this many rows are marked one by one below the histogram."""

SHOWN_SD = 3.5
"""Limits of one column show so many standard deviations of each component."""


def density_1d(
    mixture: Mixture | Fit,
    x: Any = None,
    *,
    ax: Axes | None = None,
    sample_weight: Any = None,
) -> Axes:
    """Draw p(x) = Σ_j φ_j N(x; μ_j, σ_j²), its terms, and a histogram of x scaled to area 1.

    mixture : d = 1, or a fit
    x : (n,) or (n, 1), or None for the mixture alone
    sample_weight : (n,) counts in the histogram, or None

    Up to 500 rows are also marked one by one, coloured by responsibilities.
    Raises InvalidParameterError when d > 1, InvalidDataError, MissingExtraError.
    """
    mixture = style.mixture_of(mixture)
    if mixture.n_features != 1:
        raise InvalidParameterError(
            f"density_1d draws one column, the mixture has {mixture.n_features}: "
            "use pairs, scatter_2d, or marginal(mixture, [column])"
        )
    rows = None if x is None else style.checked_rows(mixture, x)
    weights = None if rows is None else check_sample_weight(sample_weight, len(rows))
    axes = style.axes_or_new(ax)
    draw_density(axes, mixture, rows, weights)
    draw_ticks(axes, rows, 0, mixture.responsibilities)
    axes.set(xlabel=style.column_names(mixture)[0], ylabel="density")
    axes.legend(**style.LEGEND)
    return axes


def draw_density(
    ax: Axes, mixture: Mixture, x: Array | None, sample_weight: Array | None = None
) -> None:
    """Histogram, components and their sum, with limits that show them."""
    if x is not None:
        edges = bin_edges(x[:, 0])
        ax.hist(
            x[:, 0], list(edges), weights=sample_weight, density=True, color=style.PALE,
            edgecolor="white", linewidth=0.5 if len(edges) < 60 else 0.0, zorder=1,
            label=f"data ({len(x):,} rows)",
        )  # fmt: skip
    grid = density_grid(mixture, x)
    terms = np.exp(mixture.log_joint(grid[:, None]))
    colours = style.component_colours(mixture.n_components)
    labels = style.weight_labels(mixture.weights)
    for term, colour, label in zip(terms.T, colours, labels, strict=True):
        ax.fill_between(grid, term, color=colour, alpha=0.12, linewidth=0, zorder=2)
        ax.plot(grid, term, color=colour, linewidth=1.2, label=label, zorder=4)
    if mixture.n_components > 1:  # wider and below: a component that makes up all of it still shows
        ax.plot(grid, terms.sum(axis=1), color=style.INK, linewidth=2.0, label="mixture", zorder=3)
    ax.set_xlim(grid[0], grid[-1])
    ax.set_ylim(bottom=0.0)


def draw_marginal(ax: Axes, mixture: Mixture, x: Array | None, column: int) -> None:
    """The marginal density of one column, and rows coloured by responsibilities of all columns."""
    draw_density(ax, *restrict(mixture, x, [column]))
    draw_ticks(ax, x, column, mixture.responsibilities)


def draw_ticks(
    ax: Axes, x: Array | None, column: int, responsibilities: Callable[[Array], Array]
) -> None:
    """Unless rows are many, one tick for each at the axis line, coloured by responsibilities."""
    if x is not None and len(x) <= MOST_TICKS:
        colours = [tuple(colour) for colour in style.mixed_colours(responsibilities(x))]
        ax.vlines(
            x[:, column], 0.0, 0.022, colors=colours, linewidth=0.9, alpha=0.9,
            transform=ax.get_xaxis_transform(), zorder=5,
        )  # fmt: skip


def density_grid(mixture: Mixture, x: Array | None) -> Array:
    """Places across the limits of one column, dense around every mean."""
    return fine_grid(mixture, 0, limits_of(mixture, x, SHOWN_SD)[0], 401)


def bin_edges(values: Array) -> Array:
    """Edges of bins of width 2 IQR n^(−1/3) (Freedman & Diaconis 1981): between 8 and 200 bins."""
    low, quarter, three_quarters, high = np.quantile(values, [0.0, 0.25, 0.75, 1.0]).tolist()
    if not high > low:
        half = max(1.0, abs(low)) * 0.5
        return np.array([low - half, high + half])
    width = 2.0 * (three_quarters - quarter) * len(values) ** (-1.0 / 3.0)
    wanted = (high - low) / width if width > 0.0 else MOST_BINS
    n_bins = int(np.clip(np.ceil(wanted), 8, MOST_BINS))
    return np.linspace(low, high, n_bins + 1)
