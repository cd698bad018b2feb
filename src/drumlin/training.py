"""How a classifier was asked for, and one Gaussian per class trained so: on all rows, or on some.

Cross-validation repeats all of it without the rows held out, the choice of the family included, so
that the error it tells is that of the whole procedure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drumlin.backends import resolve
from drumlin.covariance import Family, Structure
from drumlin.data import Rows
from drumlin.execution import Executor, Threads, available_threads, check_n_threads
from drumlin.gaussians import ClassMoments, Gaussians, class_moments, gaussians
from drumlin.validation import Assessment, cross_validate, stratified_folds

Array = np.ndarray

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
    """Which family of the plan is best, and the errors of all, None where BIC decides."""

    index: int
    errors: tuple[float | None, ...]


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
        """The choice on all rows."""
        return self._choose(self.cells, self.known, self.rows)

    def log_joint_without(self, held: Array) -> Array:
        """(m, K) log π_c + log p(x | c) of the rows held out, learnt from the others."""
        out = self.rows.take(held)
        known = self.known.without(out)
        cells = self._cells_near(known)
        left = np.asarray(self.rows.labels) >= 0
        left[held] = False
        rows = self.rows.take(np.flatnonzero(left)) if self.plan.by_error else self.rows
        chosen = cells[self._choose(cells, known, rows).index]
        return chosen.mixture.log_joint(out.x)

    def _choose(self, cells: Sequence[Gaussians], known: ClassMoments, rows: Rows) -> Choice:
        """``rows`` are those behind the moments; only the error of inner folds asks for them."""
        if self.plan.by_error:
            told = [self._inner(known, rows, j) for j in range(len(cells))]
            order = [(not c.healthy, t.error, t.brier) for c, t in zip(cells, told, strict=True)]
            return Choice(order.index(min(order)), tuple(one.error for one in told))
        ranks = [(not cell.healthy, cell.bic()) for cell in cells]
        return Choice(ranks.index(min(ranks)), (None,) * len(cells))

    def _inner(self, known: ClassMoments, rows: Rows, j: int) -> Assessment:
        """The error of one family by folds of these rows."""
        codes = np.asarray(rows.labels)
        n_folds = min(INNER_FOLDS, int((codes >= 0).sum()))
        folds = stratified_folds(codes, n_folds, np.random.default_rng(self.plan.seed))

        def log_joint(held: Array) -> Array:
            out = rows.take(held)
            near = self.cells[j].mixture.covariance
            cell = self._cell(known.without(out), self.plan.families[j], near)
            return cell.mixture.log_joint(out.x)

        return cross_validate(
            log_joint, codes, weights_of(rows), self.classes, self.plan.costs, folds
        )

    def _cells_near(self, known: ClassMoments) -> tuple[Gaussians, ...]:
        """Rules without a closed form begin where those of all rows have ended."""
        return tuple(self._cell(known, cell.family, cell.mixture.covariance) for cell in self.cells)

    def _cell(self, known: ClassMoments, family: Family, near: Structure | None) -> Gaussians:
        return gaussians(
            known, family, self.plan.priors, previous=near, feature_names=self.feature_names
        )


def weights_of(rows: Rows) -> Array:
    """(n,) sample weights, ones where there are none."""
    return np.ones(len(rows)) if rows.sample_weight is None else rows.sample_weight
