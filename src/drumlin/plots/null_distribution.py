"""Bootstrap likelihood-ratio tests: the null distribution, and the statistic of the data."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.likelihood_ratio import BootstrapTest, RatioTest
from drumlin.plots import style
from drumlin.plots.style import Axes, Figure, SubFigure

FAR = 2.0
"""Beyond so many times the largest of the samples the statistic of the data is only written."""


def null_distributions(result: BootstrapTest, *, figure: Figure | SubFigure | None = None) -> Array:
    """A panel per test of a `BootstrapTest`; see `null_distribution`. Returns (1, m) Axes."""
    columns = len(result.tests)
    grid = style.panels(figure, 1, columns, (max(5.6, 3.6 * columns), 3.4))
    for axes, test in zip(grid[0], result.tests, strict=True):
        null_distribution(test, ax=axes)
    return grid


def null_distribution(test: RatioTest, *, ax: Axes | None = None) -> Axes:
    """Draw the statistics of the samples as a histogram, and that of the data as a line.

    Raises MissingExtraError.
    """
    axes = style.axes_or_new(ax, (5.6, 3.4))
    k, statistics = test.n_components, test.replicates
    colour = f"#{style.PALETTE[3]}"
    if len(statistics):
        n_bins = int(np.clip(np.sqrt(len(statistics)), 8, 40))
        axes.hist(statistics, n_bins, color=style.PALE, edgecolor="white", linewidth=0.5)
    largest = float(statistics.max()) if len(statistics) else 0.0
    if test.statistic > FAR * largest > 0.0:
        axes.annotate(
            f"data: {test.statistic:.1f}", (1.0, 0.5), (0.72, 0.5), xycoords="axes fraction",
            ha="right", va="center", fontsize=9, color=colour,
            arrowprops={"arrowstyle": "->", "color": colour},
        )  # fmt: skip
        axes.set_xlim(right=1.5 * largest)
    else:
        axes.axvline(test.statistic, color=colour, linewidth=1.8)
        axes.annotate(
            f"data: {test.statistic:.1f}", (test.statistic, 0.97), (4, 0), va="top", fontsize=9,
            xycoords=("data", "axes fraction"), textcoords="offset points", color=colour,
        )  # fmt: skip
        axes.margins(x=0.2)
    axes.set_xlim(left=0.0)
    axes.set_title(f"{k} against {k + 1} components", fontsize=10, loc="left")
    style.note(axes, f"p = {test.p_value:.3g}")
    axes.set(xlabel="twice the gain in log-likelihood, nats", ylabel="samples")
    return axes
