"""The result of a selection: every cell of the table, and the fit that was chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drumlin.covariance import Family
from drumlin.em import Outcome
from drumlin.fitting.result import Fit
from drumlin.selection.criterion import Criterion
from drumlin.tables import aligned, counted, table_of

SHOWN = 10
"""Lines of the table that are printed."""

DIGITS = 6
"""Digits in nats by which values of a criterion are distinguished."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One fit of the table, or why there is none.

    n_components : k
    family : Family
    fit : Fit or None      None where it failed, or was not reached
    value : ()             the criterion, lower is better; nan without a fit
    held_out : () or None  held-out log-likelihood in nats, where folds were made
    reason : str           why there is no fit or no value, in words; "" where there are both
    """

    n_components: int
    family: Family
    fit: Fit | None = field(repr=False)
    value: float
    held_out: float | None = None
    reason: str = ""

    @property
    def healthy(self) -> bool:
        """Whether there is a fit whose components all stand on their own."""
        return self.fit is not None and self.fit.healthy

    @property
    def order(self) -> tuple[bool, bool, float]:
        """Sorts cells, the best first: with a value, healthy, then by the criterion.

        By BIC where there is no value, for want of folds. Values closer than a millionth of a nat
        are equal, and their order is that of the grid: one component is the same in many families.
        """
        if self.fit is None:
            return True, True, float("inf")
        known = not np.isnan(self.value)
        value = self.value if known else self.fit.bic()
        return not known, not self.healthy, round(value, DIGITS)

    @property
    def remark(self) -> str:
        """What keeps it from being chosen whatever its value, in words; "" for nothing."""
        if self.reason:
            return self.reason
        return "" if self.healthy else "unhealthy: a component is nearly empty or on the floor"


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """All cells in the order of the grid, and the best of them.

    cells : tuple of Cell       by number of components, then family
    best_cell : Cell            the best healthy one; the best of all where none is healthy
    criterion : Criterion       lower is better
    halted : Outcome or None    what cut the work short, Ctrl-C or max_seconds
    seed : int or None          that repeats it; None for a generator
    """

    cells: tuple[Cell, ...]
    best_cell: Cell
    criterion: Criterion
    halted: Outcome | None
    seed: int | None

    @property
    def best(self) -> Fit:
        """The chosen fit, as it was evaluated."""
        assert self.best_cell.fit is not None  # a selection has at least one fit
        return self.best_cell.fit

    def family_of(self, cell: Cell) -> str:
        """The code of its family; for data of one column E or V."""
        return cell.family.called(self.best.mixture.n_features)

    @property
    def ranking(self) -> list[Cell]:
        """The cells, the best first: healthy, unhealthy, without a fit."""
        return sorted(self.cells, key=lambda cell: cell.order)

    def table(self, kind: str = "records") -> Any:
        """The table, the best cell first, a line for each cell.

        kind : "records" (a list of dicts), "markdown" (text), or a data frame of "pandas",
            "polars" or "pyarrow", where that is installed

        Columns: n_components, family, "held-out" (−2 × held-out log-likelihood) where that is the
        criterion, bic, icl, aic, difference (of the criterion to the best cell), log_likelihood,
        n_parameters, smallest_weight, healthy, outcome, remark. Lower is better in all criteria.

        Raises InvalidParameterError for any other kind, ImportError where the library is absent.
        """
        return table_of([self._record(cell) for cell in self.ranking], kind)

    def _behind(self, cell: Cell) -> float:
        """What its criterion is above that of the best; of equal ones 0."""
        return round(cell.value - self.best_cell.value, DIGITS) + 0.0  # not −0

    def _record(self, cell: Cell) -> dict[str, Any]:
        fit = cell.fit
        own = {self.criterion.name: _known(cell.value)} if self.criterion.in_folds else {}
        return {
            "n_components": cell.n_components,
            "family": self.family_of(cell),
            **own,
            "bic": fit and fit.bic(),
            "icl": fit and fit.icl(),
            "aic": fit and fit.aic(),
            "difference": _known(self._behind(cell)),
            "log_likelihood": fit and fit.log_likelihood,
            "n_parameters": fit and fit.n_parameters,
            "smallest_weight": fit and float(fit.mixture.weights.min()),
            "healthy": cell.healthy,
            "outcome": fit and fit.outcome.value,
            "remark": cell.remark,
        }

    def __str__(self) -> str:
        """The top of the table, and the winner."""
        return "\n".join([*self._top(), "", *self._story(), "", str(self.best)])

    __repr__ = __str__

    def _top(self) -> list[str]:
        best = self.best_cell
        rows = [["", "k", "family", self.criterion.title, "difference", "parameters", "remark"]]
        for cell in self.ranking[:SHOWN]:
            fit = cell.fit
            numbers = (
                [f"{cell.value:.2f}", f"{self._behind(cell):+.2f}", str(fit.n_parameters)]
                if fit is not None
                else ["", "", ""]
            )
            remark = "chosen" if cell is best else cell.remark
            mark = "*" if cell is best else ""
            rows.append([mark, str(cell.n_components), self.family_of(cell), *numbers, remark])
        return aligned(rows)

    def _story(self) -> list[str]:
        """How many cells there are, and what became of them."""
        healthy = sum(cell.healthy for cell in self.cells)
        empty = sum(cell.fit is None for cell in self.cells)
        unhealthy = len(self.cells) - healthy - empty
        line = f"{counted(len(self.cells), 'cell')}: {healthy} healthy"
        line += f", {unhealthy} unhealthy" if unhealthy else ""
        line += f", {empty} without a fit" if empty else ""
        lines = [f"{line}; lower {self.criterion.title} is better"]
        better = self._passed_over()
        if better:
            lines.append(
                f"{counted(len(better), 'unhealthy cell')} of lower {self.criterion.title} passed "
                f"over: {', '.join(better[:5])}{', ...' if len(better) > 5 else ''}"
            )
        most = max(cell.n_components for cell in self.cells)
        if self.halted is None and 1 < most == self.best_cell.n_components:
            lines.append(f"{most} components are the most that were tried: try more")
        if self.halted is not None:
            lines.append(f"{self.halted.value}: the table is of what was done until then")
        return lines

    def _passed_over(self) -> list[str]:
        """Names of unhealthy cells of a better value than the chosen one."""
        return [
            f"{self.family_of(cell)} {cell.n_components}"
            for cell in self.ranking
            if self.best_cell.healthy and not cell.healthy and cell.value < self.best_cell.value
        ]


def _known(value: float) -> float | None:
    """The number, or None for nan: a cell of a table without one is empty."""
    return None if np.isnan(value) else value
