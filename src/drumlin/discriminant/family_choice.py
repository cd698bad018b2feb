"""How a classifier was asked for, and one Gaussian per class trained so: on all rows, or on some.

Cross-validation repeats all of it without the rows held out, the choice of the family included, so
that the error it tells is that of the whole procedure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.covariance import Family, Structure
from drumlin.data import Rows, check_n_components
from drumlin.discriminant.class_gaussians import ClassMoments, Gaussians, class_moments, gaussians
from drumlin.discriminant.validation import (
    Assessment,
    TrueClasses,
    cross_validate,
    stratified_folds,
)
from drumlin.em import StopRequest
from drumlin.errors import InvalidParameterError
from drumlin.execution import Executor, Threads, available_threads, check_n_threads

CRITERIA = ("bic", "error")

INNER_FOLDS = 10
"""Folds of the error by which a family is chosen, where there are as many rows."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What was asked for.

    families : the families to choose from
    n_components : numbers to choose from in each class, or None for one Gaussian per class
    criterion : "bic" or "error"
    priors : (K,) given, or None;  costs : (K, K) or None
    seed : int           of folds, and of mixtures
    options : of `drumlin.fit`
    """

    families: tuple[Family, ...]
    n_components: tuple[int, ...] | None
    criterion: str
    priors: Array | None
    costs: Array | None
    seed: int
    options: Mapping[str, Any]

    @property
    def executor(self) -> Executor:
        """The threads asked for."""
        asked = self.options["n_threads"]
        return Threads(available_threads() if asked is None else check_n_threads(asked))

    @property
    def by_error(self) -> bool:
        """Whether families are compared by their error."""
        return self.criterion == "error" and len(self.families) > 1


@dataclass(frozen=True)
class Choice:
    """Which family of the plan is best, and what its error is compared with.

    errors : of the families, None where BIC decides, or where Ctrl-C came before
    complete : False after Ctrl-C
    """

    index: int
    errors: tuple[float | None, ...]
    complete: bool = True


@dataclass(frozen=True, eq=False)
class Trainer:
    """Rows of known class, ready for one Gaussian per class.

    rows : Rows      labels 0 … K−1, −1 in rows of weight zero
    classes : (K,) names
    """

    plan: Plan
    rows: Rows
    classes: Array
    feature_names: tuple[str, ...] | None

    @cached_property
    def known(self) -> ClassMoments:
        """The moments of all rows."""
        backend = resolve(self.plan.options["backend"])
        return class_moments(self.rows, len(self.classes), backend, self.plan.executor)

    @cached_property
    def cells(self) -> tuple[Gaussians, ...]:
        """Every family of the plan on all rows."""
        return tuple(self._cell(self.known, family, None) for family in self.plan.families)

    @cached_property
    def whole(self) -> Choice:
        """The choice on all rows; after Ctrl-C among the families whose folds are done."""
        with StopRequest() as halt:
            return self._choose(self.cells, self.known, self.rows, halt)

    def log_joint_without(self, held: Array) -> Array:
        """(m, K) log π_c + log p(x | c) of the rows held out, learnt from the others."""
        out = self.rows.take(held)
        known = self.known.without(out)
        cells = self._cells_near(known)
        left = np.asarray(self.rows.labels) >= 0
        left[held] = False
        rows = self.rows.take(np.flatnonzero(left)) if self.plan.by_error else self.rows
        return log_joint(cells[self._choose(cells, known, rows).index], known, out.x)

    def _choose(
        self,
        cells: Sequence[Gaussians],
        known: ClassMoments,
        rows: Rows,
        halt: StopRequest | None = None,
    ) -> Choice:
        """``rows`` are those behind the moments; only the error of inner folds asks for them."""
        if not self.plan.by_error:
            ranks = [(not cell.healthy, cell.bic()) for cell in cells]
            return Choice(ranks.index(min(ranks)), (None,) * len(cells))
        order, errors = [], []
        for j, cell in enumerate(cells):
            told = self._inner(known, rows, j)
            order.append((not cell.healthy, told.error, told.brier))
            errors.append(told.error)
            if halt is not None and halt.outcome() is not None:
                break
        left = (None,) * (len(cells) - len(errors))
        return Choice(order.index(min(order)), (*errors, *left), not left)

    def _inner(self, known: ClassMoments, rows: Rows, j: int) -> Assessment:
        """The error of one family by folds of these rows."""
        codes = np.asarray(rows.labels)
        n_folds = min(INNER_FOLDS, int((codes >= 0).sum()))
        folds = stratified_folds(codes, n_folds, np.random.default_rng(self.plan.seed))

        def without(held: Array) -> Array:
            out = rows.take(held)
            near, left = self.cells[j].mixture.covariance, known.without(out)
            return log_joint(self._cell(left, self.plan.families[j], near), left, out.x)

        truth = TrueClasses(codes, rows.weights, self.classes, self.plan.costs)
        return cross_validate(without, truth, folds, stop=None)

    def _cells_near(self, known: ClassMoments) -> tuple[Gaussians, ...]:
        """Rules without a closed form begin where those of all rows have ended."""
        return tuple(self._cell(known, cell.family, cell.mixture.covariance) for cell in self.cells)

    def _cell(self, known: ClassMoments, family: Family, near: Structure | None) -> Gaussians:
        return gaussians(
            known, family, self.plan.priors, previous=near, feature_names=self.feature_names
        )


def log_joint(cell: Gaussians, known: ClassMoments, x: Array) -> Array:
    """(m, K) log π_c + log p(x | c); −inf for classes without rows, of which nothing is known."""
    joint = cell.mixture.log_joint(x)
    joint[:, known.moments.mass == 0.0] = -np.inf
    return joint


def check_numbers(n_components: int | Iterable[int] | None) -> tuple[int, ...] | None:
    """Each number of components once, or None. Raises InvalidParameterError."""
    if n_components is None:
        return None
    several = n_components if isinstance(n_components, Iterable) else [n_components]
    numbers = tuple(dict.fromkeys(check_n_components(k) for k in several))
    if not numbers:
        raise InvalidParameterError("n_components is empty: name numbers, such as range(1, 6)")
    return numbers


def check_criterion(criterion: str, n_components: object) -> str:
    """Raises InvalidParameterError unless "bic", or "error" of one Gaussian per class."""
    if criterion not in CRITERIA:
        raise InvalidParameterError(f"criterion is {criterion!r}: it must be 'bic' or 'error'")
    if criterion == "error" and n_components is not None:
        raise InvalidParameterError(
            "criterion='error' compares families of one Gaussian per class: leave n_components "
            "out, or choose mixtures by 'bic'"
        )
    return criterion
