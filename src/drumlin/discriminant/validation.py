"""How often a classifier is wrong: on the rows it was fitted to, and on rows it did not see."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.classifier import decisions, log_probabilities_of
from drumlin.data import Rows
from drumlin.em import StopRequest
from drumlin.errors import InterruptedWarning, InvalidParameterError
from drumlin.tables import aligned

MOST_SHOWN = 12
"""Classes in a table for people."""


@dataclass(frozen=True, eq=False, repr=False)
class Assessment:
    """Decisions beside the truth.

    classes : (K,)
    confusion : (K, K)   weight of the rows of class i (row) decided for as class j (column)
    error : ()           fraction of the weight that is decided wrongly
    brier : ()           ½ Σ_c (p_c⁽ⁱ⁾ − [z⁽ⁱ⁾ = c])², its weighted mean: 0 is best, 1 is worst
    cost : ()            mean cost of the decisions; without costs the error
    """

    classes: Array
    confusion: Array
    error: float
    brier: float
    cost: float

    def __str__(self) -> str:
        """The confusion table, its rows the truth."""
        names = [str(name) for name in self.classes.tolist()]
        shown = range(min(len(names), MOST_SHOWN))
        rows = [[names[i], *(f"{self.confusion[i, j]:g}" for j in shown)] for i in shown]
        lines = aligned([["true \\ decided", *(names[j] for j in shown)], *rows])
        more = len(names) - len(shown)
        return "\n".join([*lines, *([f"and {more} more classes"] if more else [])])

    __repr__ = __str__


@dataclass(frozen=True, eq=False, repr=False)
class Validation(Assessment):
    """Each row decided for by a classifier that was fitted without it.

    labels : (n,)            the decisions; they mean nothing where folds is −1
    probabilities : (n, K)   p(c | x⁽ⁱ⁾); nan in rows of weight zero, and where it was interrupted
    folds : (n,) int         which fold held the row; −1 where none did
    complete : bool          False when interrupted: the figures are those of the folds done
    """

    labels: Array
    probabilities: Array
    folds: Array
    complete: bool


@dataclass(frozen=True)
class Fold:
    """What observers see after each fold: how many are done, of how many, and the error so far."""

    done: int
    total: int
    error: float


def assess(log_probabilities: Array, rows: Rows, classes: Array, costs: Array | None) -> Assessment:
    """Decisions by these log p(c | x) (n, K) beside the labels of the rows, 0 … K−1."""
    codes, weight, n_classes = np.asarray(rows.labels), rows.weights, len(classes)
    decided = decisions(log_probabilities, costs)
    confusion = np.bincount(
        codes * n_classes + decided, weights=weight, minlength=n_classes**2
    ).reshape(n_classes, n_classes)
    total = confusion.sum()
    error = float((total - np.trace(confusion)) / total)
    misses = np.exp(log_probabilities.astype(np.float64)) - np.eye(n_classes)[codes]
    brier = float(0.5 * weight @ (misses**2).sum(axis=1) / total)
    cost = error if costs is None else float((confusion * costs).sum() / total)
    return Assessment(classes, confusion, error, brier, cost)


def stratified_folds(codes: Array, folds: int | str, rng: np.random.Generator) -> Array:
    """(n,) the number of each row's fold: every class spread over the folds as evenly as it goes.

    codes : (n,) classes, −1 for rows that do not count, which are in fold −1
    folds : how many, or "loo" for one row each
    Raises InvalidParameterError.
    """
    counted = np.flatnonzero(codes >= 0)
    assigned = np.full(len(codes), -1, dtype=np.int64)
    if isinstance(folds, str) and folds == "loo":
        assigned[counted] = np.arange(len(counted))
        return assigned
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer):
        raise InvalidParameterError(f"folds is {folds!r}: it must be a whole number, or 'loo'")
    if not 2 <= folds <= len(counted):
        raise InvalidParameterError(
            f"folds is {folds}: from 2 to the {len(counted)} rows that count, or 'loo'"
        )
    shuffled = rng.permutation(counted)
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    assigned[by_class] = np.arange(len(by_class)) % folds
    return assigned


def cross_validate(
    log_joint_without: Callable[[Array], Array],
    rows: Rows,
    classes: Array,
    costs: Array | None,
    folds: Array,
    observers: Sequence[Callable[[Fold], object]] = (),
    *,
    stop: StopRequest | None,
) -> Validation:
    """Every fold decided by a classifier that is fitted without it.

    log_joint_without : from row numbers (m,) to log π_c + log p(x | c) of these rows (m, K), all
        of it learnt from the other rows
    rows : whose labels are the true classes, −1 in rows that do not count
    classes : (K,) their names;  costs : (K, K) or None
    folds : (n,) the fold of each row, −1 for rows that do not count
    stop : asked after each fold whether to go on; None to go through all
    Asked to stop, it ends after the fold at hand: the figures of the folds done, and
    InterruptedWarning.
    """
    codes, weight = np.asarray(rows.labels), rows.weights
    n_folds = int(folds.max()) + 1
    held = np.argsort(folds, kind="stable")
    edges = np.searchsorted(folds[held], np.arange(n_folds + 1))
    log_probabilities = np.full((len(codes), len(classes)), np.nan)
    decided = np.zeros(len(codes), dtype=np.int64)
    wrong = seen = 0.0
    for f in range(n_folds):
        out = held[edges[f] : edges[f + 1]]
        log_probabilities[out] = log_probabilities_of(log_joint_without(out))
        decided[out] = decisions(log_probabilities[out], costs)
        wrong += float(weight[out] @ (decided[out] != codes[out]))
        seen += float(weight[out].sum())
        if stop is not None:
            stop.notify(observers, Fold(f + 1, n_folds, wrong / seen))
            if stop.outcome() is not None:
                break
    done = (folds >= 0) & (folds <= f)
    if f + 1 < n_folds:
        warnings.warn(
            f"interrupted after {f + 1} of {n_folds} folds: the error is that of their rows",
            InterruptedWarning,
            stacklevel=3,
        )
    assessed = assess(log_probabilities[done], rows.take(np.flatnonzero(done)), classes, costs)
    return Validation(
        **vars(assessed),
        labels=classes[decided],
        probabilities=np.exp(log_probabilities),
        folds=np.where(done, folds, -1),
        complete=f + 1 == n_folds,
    )
