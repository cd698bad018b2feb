"""The style of pictures: colours that colour-blind readers can distinguish, labels, sizes, Axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ForwardRef

import numpy as np

from drumlin._types import Array
from drumlin.data import rows_of_model
from drumlin.errors import MissingExtraError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture

if TYPE_CHECKING:
    from matplotlib import axes, figure

    Axes = axes.Axes
    Figure = figure.Figure
    SubFigure = figure.SubFigure
else:  # matplotlib is loaded with the first picture
    Axes = ForwardRef("matplotlib.axes.Axes")
    Figure, SubFigure = map(ForwardRef, ("matplotlib.figure.Figure", "matplotlib.figure.SubFigure"))

PALETTE = ("0072B2", "E69F00", "009E73", "D55E00", "56B4E9", "CC79A7")
"""Okabe & Ito 2008 without black and yellow: distinct on white, also for colour-blind people."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Symbols of hard labels; seven symbols and six colours make 42 different pairs."""

INK, GREY, PALE = "#222222", "#767676", "#DADADA"

MOST_POINTS = 5000
"""Of more points a random subsample is drawn, and the picture says so."""

MOST_LABELS = 6
"""Components or classes with a line of their own in a legend."""

LEGEND: dict[str, Any] = {
    "loc": "best", "frameon": True, "framealpha": 0.8, "edgecolor": "none", "fontsize": 8,
    "handlelength": 2.2,
}  # fmt: skip
"""Legends. An explicit place keeps matplotlib from warning that it takes long to find one."""

GAMMA = 2.2
"""Colours are mixed in linear light: else those between two components look too dark."""


def component_colours(n_components: int) -> Array:
    """(k, 3) red, green, blue; from the seventh component on lighter, then darker."""
    base = np.array([[int(code[i : i + 2], 16) / 255.0 for i in (0, 2, 4)] for code in PALETTE])
    table = np.concatenate([base, 0.5 + 0.5 * base, 0.6 * base])
    return table[np.arange(n_components) % len(table)]


def mixed_colours(responsibilities: Array) -> Array:
    """(n, 3) the colours of the components mixed in the proportions of the rows (n, k)."""
    linear = component_colours(responsibilities.shape[1]) ** GAMMA
    return np.clip(responsibilities @ linear, 0.0, 1.0) ** (1.0 / GAMMA)


def markers(n_components: int) -> list[str]:
    """k symbols, so that hard labels are distinct without colours."""
    return [MARKERS[j % len(MARKERS)] for j in range(n_components)]


def shades(count: int) -> list[str]:
    """Ordered colours from pale to dark blue, distinct also in greyscale."""
    ends = np.array([[0.86, 0.92, 0.97], [0.45, 0.69, 0.86], [0.0, 0.36, 0.60]])
    places = np.linspace(0.0, 2.0, count)
    mixed = np.stack([np.interp(places, [0.0, 1.0, 2.0], channel) for channel in ends.T], axis=1)
    return ["#" + "".join(f"{round(255 * part):02X}" for part in colour) for colour in mixed]


def checked_rows(mixture: Mixture, x: Any) -> Array:
    """x (n, d) as a float array with the columns of the mixture.

    Raises InvalidDataError when x is empty, not finite, or has other columns.
    """
    return rows_of_model(x, mixture.feature_names, mixture.n_features)


def shown_rows(n_samples: int) -> Array:
    """Indices of the rows that are drawn: all, or the same random MOST_POINTS every time."""
    if n_samples <= MOST_POINTS:
        return np.arange(n_samples)
    return np.random.default_rng(0).choice(n_samples, size=MOST_POINTS, replace=False)


def point_size(n_points: int, scale: float = 1.0) -> float:
    """Area of a point in points², of the rows that are shown: from 36 to 3 for thousands."""
    n_shown = np.clip(n_points, 1, MOST_POINTS)
    return scale * float(np.clip(240.0 / np.sqrt(n_shown), 3.0, 36.0))


def draw_mixed(
    ax: Axes,
    x: Array,
    columns: Sequence[int],
    responsibilities: Callable[[Array], Array],
    scale: float = 1.0,
    zorder: float = 3.0,
) -> None:
    """Two columns of the rows, in the mixed colours of their components."""
    rows = x[shown_rows(len(x))]
    across, up = rows[:, list(columns)].T
    ax.scatter(
        across, up, s=point_size(len(rows), scale), c=mixed_colours(responsibilities(rows)),
        linewidths=0, alpha=0.85 if len(rows) < 1000 else 0.6, zorder=zorder,
    )  # fmt: skip


def draw_groups(
    ax: Axes, points: Array, groups: Array, looks: Sequence[dict[str, Any]], **look: Any
) -> None:
    """Rows (n, 2) with the look of their group; few of them have a white rim."""
    shown = shown_rows(len(points))
    rim = 0.3 if len(shown) < 1000 else 0.0
    for group, own in enumerate(looks):
        mine = points[shown[groups[shown] == group]].T
        ax.scatter(*mine, edgecolors="white", **{"linewidths": rim, "zorder": 3, **own, **look})


def symbols(n_components: int) -> list[dict[str, Any]]:
    """The colour and the symbol of hard labels."""
    looks = zip(component_colours(n_components), markers(n_components), strict=True)
    return [{"color": tuple(colour), "marker": marker} for colour, marker in looks]


def column_names(mixture: Mixture) -> tuple[str, ...]:
    """The names of the columns, or x1 … xd, or just x."""
    d = mixture.n_features
    return mixture.feature_names or (("x",) if d == 1 else tuple(f"x{a + 1}" for a in range(d)))


def legend_labels(words: Sequence[str]) -> list[str | None]:
    """The first six have a line each in the legend, the others one together."""
    more = len(words) - MOST_LABELS
    return list(words) if more <= 0 else [*words[:-more], f"and {more} more", *[None] * (more - 1)]


def weight_labels(weights: Array) -> list[str | None]:
    """The legend of components with these weights."""
    words = [f"component {j + 1}, weight {weight:.2f}" for j, weight in enumerate(weights)]
    return legend_labels(words)


def handle(label: str, **look: Any) -> Any:
    """An entry of a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **look)


def number(value: float, decimals: int = 1) -> str:
    """A number with a typographic minus sign."""
    return f"{value:.{decimals}f}".replace("-", "−")


def axes_or_new(ax: Axes | None, size: tuple[float, float] = (5.6, 4.2)) -> Axes:
    """The Axes given, or new ones in a figure of their own. Raises MissingExtraError."""
    return panels(None, 1, 1, size)[0, 0] if ax is None else ax


def panels(
    figure: Figure | SubFigure | None,
    rows: int,
    columns: int,
    size: tuple[float, float],
    **sharing: Any,
) -> Array:
    """(rows, columns) new Axes in ``figure``, or in a new one. Raises MissingExtraError."""
    if figure is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            message = "pictures need matplotlib: pip install 'drumlin[plot]'"
            raise MissingExtraError(message) from None
        figure = plt.figure(figsize=size, layout="constrained")
    grid: Array = figure.subplots(rows, columns, squeeze=False, **sharing)
    for ax in grid.flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_color(GREY)
        ax.tick_params(color=GREY, labelcolor=INK, labelsize=9)
        ax.xaxis.label.set_size(10)
        ax.yaxis.label.set_size(10)
    return grid


def mixture_of(model: Mixture | Fit) -> Mixture:
    """The mixture of a fit, or the mixture itself."""
    return model.mixture if isinstance(model, Fit) else model


def note(ax: Axes, *remarks: str) -> None:
    """Small remarks above the upper right corner of the Axes."""
    for text in remarks:
        ax.annotate(
            text, (1.0, 1.0), (0, 3), xycoords="axes fraction", textcoords="offset points",
            ha="right", va="bottom", fontsize=8, color=GREY,
        )  # fmt: skip


def subsample_remarks(x: Array | None) -> list[str]:
    """What is drawn of the rows, unless it is all."""
    n = 0 if x is None else len(x)
    return [f"{MOST_POINTS:,} of {n:,} rows drawn"] * (n > MOST_POINTS)


def percent(contents: Sequence[float]) -> list[str]:
    """0.5 -> '50 %'."""
    return [f"{100 * content:.4g} %" for content in contents]
