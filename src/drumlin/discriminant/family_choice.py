"""How a classifier was asked for, and one Gaussian per class trained so: on all rows, or on some.

Cross-validation repeats all of it without the rows held out, the choice of the family included, so
that its error is that of the full procedure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family, Structure
from drumlin.data import Rows
from drumlin.discriminant.class_gaussians import ClassMoments, Gaussians, class_moments, gaussians
from drumlin.discriminant.validation import Assessment, cross_validate, stratified_folds
from drumlin.em import StopRequest
from drumlin.fitting.options import engine_of

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
    options : of `drumlin.fit`, but the seed
    """

    families: tuple[Family, ...]
    n_components: tuple[int, ...] | None
    criterion: str
    priors: Array | None
    costs: Array | None
    seed: int
    options: Mapping[str, Any]

    @property
    def fit_options(self) -> Mapping[str, Any]:
        """The options of `drumlin.fit` and `drumlin.select` for the mixture of a class."""
        return {**self.options, "rng": self.seed}

    @property
    def by_error(self) -> bool:
        """Whether families are compared by their error."""
        return self.criterion == "error" and len(self.families) > 1


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
        options = self.plan.options
        engine = engine_of(options["backend"], options["n_threads"], len(self.rows))
        return class_moments(self.rows, len(self.classes), engine)

    @cached_property
    def cells(self) -> tuple[Gaussians, ...]:
        """Every family of the plan on all rows."""
        return tuple(self._cell(self.known, family, None) for family in self.plan.families)

    def log_joint_without(self, held: Array) -> Array:
        """(m, K) log π_c + log p(x | c) of the rows held out, learnt from the others."""
        out = self.rows.take(held)
        known = self.known.without(out)
        # rules without a closed form begin where those of all rows have ended
        cells = [self._cell(known, cell.family, cell.mixture.covariance) for cell in self.cells]
        left = np.asarray(self.rows.labels) >= 0
        left[held] = False
        rows = self.rows.take(np.flatnonzero(left)) if self.plan.by_error else self.rows
        return log_joint(cells[self.choose(cells, known, rows)[0]], known, out.x)

    def choose(
        self,
        cells: Sequence[Gaussians],
        known: ClassMoments,
        rows: Rows,
        stop: StopRequest | None = None,
    ) -> tuple[int, list[float]]:
        """The index of the best family, and the errors of the families; none where BIC decides.

        rows : those behind the moments, for the error of inner folds
        stop : after Ctrl-C the choice is among the families whose folds are done
        """
        if not self.plan.by_error:
            ranks = [(not cell.healthy, cell.bic) for cell in cells]
            return ranks.index(min(ranks)), []
        order, errors = [], []
        for j, cell in enumerate(cells):
            inner = self._inner(known, rows, j)
            order.append((not cell.healthy, inner.error, inner.brier))
            errors.append(inner.error)
            if stop is not None and stop.outcome() is not None:
                break
        return order.index(min(order)), errors

    def _inner(self, known: ClassMoments, rows: Rows, j: int) -> Assessment:
        """The error of one family by folds of these rows."""
        codes = np.asarray(rows.labels)
        n_folds = min(INNER_FOLDS, int((codes >= 0).sum()))
        folds = stratified_folds(codes, n_folds, np.random.default_rng(self.plan.seed))

        def without(held: Array) -> Array:
            out = rows.take(held)
            near, left = self.cells[j].mixture.covariance, known.without(out)
            return log_joint(self._cell(left, self.plan.families[j], near), left, out.x)

        return cross_validate(without, rows, self.classes, self.plan.costs, folds, stop=None)

    def _cell(self, known: ClassMoments, family: Family, near: Structure | None) -> Gaussians:
        return gaussians(
            known, family, self.plan.priors, previous=near, feature_names=self.feature_names
        )


def log_joint(cell: Gaussians, known: ClassMoments, x: Array) -> Array:
    """(m, K) log π_c + log p(x | c); −inf for classes without rows, of which nothing is known."""
    joint = cell.mixture.log_joint(x)
    joint[:, known.moments.mass == 0.0] = -np.inf
    return joint
