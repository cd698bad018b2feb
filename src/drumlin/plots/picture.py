"""The pictures of a mixture: each kind draws one column, or a plane of two, with a legend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.style import Axes


@dataclass(frozen=True, eq=False)
class Picture(ABC):
    """A kind of picture, of a mixture and rows, or of the mixture alone."""

    mixture: Mixture
    x: Array | None
    height: ClassVar[str] = "density"
    """The vertical axis above one column."""

    @abstractmethod
    def draw_column(self, ax: Axes, column: int) -> None:
        """Draw one column."""

    @abstractmethod
    def draw_plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Draw two columns; a ``scale`` below 1 shrinks all marks, for one of many Axes."""

    @abstractmethod
    def legend_handles(self, n_columns: int) -> list[Any]:
        """The entries of the legend; an empty list stands for the labels of the artists drawn."""


Kind = Callable[[Mixture, Array | None], Picture]


def draw_picture(
    kind: Kind, mixture: Mixture | Fit, x: Any, ax: Axes | None, columns: Sequence[int] | None
) -> Axes:
    """Draw one or two columns on the Axes given, or on new ones, with the legend."""
    mixture = style.mixture_of(mixture)
    chosen = list(range(mixture.n_features)) if columns is None else list(columns)
    if len(chosen) > 2:
        raise InvalidParameterError(
            f"one picture draws one column or two, not {len(chosen)}: name them with columns, or "
            "use plot, or pairs, with this kind"
        )
    marginal(mixture, chosen)  # refuses wrong columns before drawing
    rows = None if x is None else style.checked_rows(mixture, x)
    axes = style.axes_or_new(ax)
    picture = kind(mixture, rows)
    names = style.column_names(mixture)
    if len(chosen) == 1:
        picture.draw_column(axes, chosen[0])
    else:
        picture.draw_plane(axes, (chosen[0], chosen[1]), 1.0)
    axes.set(xlabel=names[chosen[0]], ylabel=[picture.height, *(names[c] for c in chosen[1:])][-1])
    axes.legend(handles=picture.legend_handles(len(chosen)) or None, **style.LEGEND)
    if len(chosen) == 2:
        style.note(axes, *style.subsample_remarks(rows))
    return axes
