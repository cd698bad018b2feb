"""What the pictures of a mixture have in common: one column, a plane of two, and a legend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from drumlin._types import Array
from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.plots import style
from drumlin.plots.geometry import marginal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Picture(ABC):
    """A kind of picture of a mixture and of checked rows, or of the mixture alone."""

    @abstractmethod
    def line(self, ax: Axes, column: int) -> None:
        """Draw one column, and label what is up."""

    @abstractmethod
    def plane(self, ax: Axes, columns: tuple[int, int], scale: float) -> None:
        """Draw two columns; ``scale`` below 1 shrinks all marks, as for one of many Axes."""

    @abstractmethod
    def handles(self, n_columns: int) -> list[Any]:
        """What the legend says; an empty list stands for the labels of what was drawn."""


Kind = Callable[[Mixture, Array | None], Picture]


def subsample(
    kind: Kind, mixture: Mixture | Fit, x: Any, ax: Axes | None, columns: Sequence[int] | None
) -> Axes:
    """The picture of one or two columns on the Axes given, or on new ones, with its legend."""
    mixture = style.mixture_of(mixture)
    chosen = list(range(mixture.n_features)) if columns is None else list(columns)
    if len(chosen) > 2:
        raise InvalidParameterError(
            f"one picture draws one column or two, not {len(chosen)}: name them with columns, or "
            "use plot, or pairs, with this kind"
        )
    marginal(mixture, chosen)  # refuses wrong columns before anything is drawn
    rows = style.samples(mixture, x)
    axes = style.axes_or_new(ax)
    picture = kind(mixture, rows)
    names = style.column_names(mixture)
    if len(chosen) == 1:
        picture.line(axes, chosen[0])
    else:
        picture.plane(axes, (chosen[0], chosen[1]), 1.0)
        axes.set_ylabel(names[chosen[1]])
    axes.set_xlabel(names[chosen[0]])
    axes.legend(handles=picture.handles(len(chosen)) or None, **style.LEGEND)
    if rows is not None and len(rows) > style.MOST_POINTS and len(chosen) == 2:
        style.note(axes, f"{style.MOST_POINTS:,} of {len(rows):,} rows drawn")
    return axes
