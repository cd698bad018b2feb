"""Known classes: labels of any type become whole numbers, and decisions become labels again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidDataError, InvalidParameterError

PRIORS_OFF = 1e-6
"""Priors may miss a sum of one by this much, and are then divided by their sum."""


def read_labels(labels: Any, sample_weight: Array | None, n_samples: int) -> tuple[Array, Array]:
    """The names (K,) of the classes, sorted, and the number (n,) of each row's class.

    labels : (n,) whole numbers, truth values or texts, one for each row

    Rows of weight zero are absent, with the number −1, and so is a class that only they have. A
    label −1 is a class like any other. Raises InvalidDataError for a label that is missing, a
    number that is not whole, labels of mixed types, a wrong shape, or fewer than two classes.
    """
    given = _as_column(labels, n_samples)
    present = np.ones(n_samples, dtype=bool) if sample_weight is None else sample_weight > 0
    names, codes = np.unique(given[present], return_inverse=True)
    if len(names) < 2:
        raise InvalidDataError(
            f"labels have one class only ({names[0]}): to tell classes apart two are needed; for "
            "one, use drumlin.fit"
        )
    numbers = np.full(n_samples, -1, dtype=np.int64)
    numbers[present] = codes
    names.flags.writeable = numbers.flags.writeable = False
    return names, numbers


def codes_of(labels: Any, names: Array, sample_weight: Array | None, n_samples: int) -> Array:
    """(n,) the number of each label among ``names``, −1 in rows of weight zero.

    Raises InvalidDataError for a label that is none of them in a row that counts.
    """
    given = _as_column(labels, n_samples).tolist()
    known = {name: c for c, name in enumerate(names.tolist())}
    codes = np.array([known.get(label, -1) for label in given], dtype=np.int64)
    present = np.ones(n_samples, dtype=bool) if sample_weight is None else sample_weight > 0
    if (strange := np.flatnonzero(present & (codes < 0))).size:
        i = int(strange[0])
        raise InvalidDataError(f"label of row {i} is {given[i]!r}: the classes are {listed(names)}")
    return np.where(present, codes, -1)


def read_priors(priors: Any, names: Array) -> Array | None:
    """(K,) positive, summing to one, from a sequence in the order of the classes or a mapping.

    Raises InvalidParameterError.
    """
    if priors is None:
        return None
    if isinstance(priors, Mapping):
        if set(priors) != set(names.tolist()):
            raise InvalidParameterError(
                f"priors are for {listed(list(priors))}, the classes are {listed(names)}: give one "
                "for each"
            )
        priors = [priors[name] for name in names.tolist()]
    values = _numbers(priors, "priors", (len(names),))
    if not (values > 0).all():
        c = int(np.argmin(values))
        raise InvalidParameterError(
            f"prior of class {names[c]} is {values[c]:g}: it must be positive; leave the class out"
        )
    if abs(values.sum() - 1.0) > PRIORS_OFF:
        raise InvalidParameterError(f"priors sum to {values.sum():.6g}: divide them by their sum")
    return values / values.sum()


def read_costs(costs: Any, names: Array) -> Array | None:
    """(K, K) what it costs to decide for class j (column) where the truth is i (row).

    From such a matrix, or from a mapping {(true, decided): cost}, where errors that it does not
    name cost one and right decisions nothing. Raises InvalidParameterError.
    """
    if costs is None:
        return None
    n_classes = len(names)
    if isinstance(costs, Mapping):
        table = np.ones((n_classes, n_classes)) - np.eye(n_classes)
        index = {name: c for c, name in enumerate(names.tolist())}
        for pair, cost in costs.items():
            if not isinstance(pair, tuple) or len(pair) != 2 or not set(pair) <= set(index):
                raise InvalidParameterError(
                    f"costs names {pair!r}: give pairs (true, decided) of the classes "
                    f"{listed(names)}"
                )
            table[index[pair[0]], index[pair[1]]] = cost
        costs = table
    values = _numbers(costs, "costs", (n_classes, n_classes))
    if (values < 0).any():
        i, j = np.argwhere(values < 0)[0]
        raise InvalidParameterError(
            f"the cost of {names[j]} where the truth is {names[i]} is {values[i, j]:g}: costs are "
            "not negative; a gain on one decision is a cost on the others"
        )
    return values


def listed(names: Any) -> str:
    """The first ten names, for messages."""
    shown = [str(name) for name in names]
    return ", ".join(shown[:10]) + (", …" if len(shown) > 10 else "")


def _as_column(labels: Any, n_samples: int) -> Array:
    given = np.ma.filled(labels.astype(object), None) if np.ma.isMA(labels) else np.asarray(labels)
    if given.shape != (n_samples,):
        raise InvalidDataError(
            f"labels have shape {given.shape}: give one label for each row, shape ({n_samples},)"
        )
    if given.dtype.kind == "O":
        given = _from_objects(given)
    if given.dtype.kind == "f":
        if (missing := np.flatnonzero(np.isnan(given))).size:
            raise _missing(int(missing[0]))
        if (broken := np.flatnonzero(given != np.floor(given))).size:
            raise InvalidDataError(
                f"label of row {broken[0]} is {given[broken[0]]:g}: labels are classes, not "
                "measurements; give whole numbers or texts"
            )
    if given.dtype.kind not in "biufU":
        raise InvalidDataError(
            f"labels are of type {given.dtype}: give whole numbers, truth values or texts"
        )
    return given


def _from_objects(given: Array) -> Array:
    """Objects that are all texts, or all numbers, as an array of these."""
    values = given.tolist()
    for i, value in enumerate(values):
        if value is None or type(value).__name__ == "NAType" or value != value:
            raise _missing(i)
    kinds = {_kind(value) for value in values}
    if len(kinds) > 1 or None in kinds:
        shown = sorted({type(value).__name__ for value in values})
        raise InvalidDataError(
            f"labels are of types {', '.join(shown)}: give whole numbers, truth values or texts"
        )
    return np.array(values)


def _kind(value: object) -> type | None:
    if isinstance(value, bool | np.bool_):
        return bool
    if isinstance(value, int | float | np.integer | np.floating):
        return float
    return str if isinstance(value, str) else None


def _missing(row: int) -> InvalidDataError:
    return InvalidDataError(
        f"label of row {row} is missing: drop the row; drumlin.fit(x, k, labels=...) can learn "
        "from rows of unknown class too"
    )


def _numbers(values: Any, name: str, shape: tuple[int, ...]) -> Array:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{name} must be numbers, not {values!r}") from None
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise InvalidParameterError(
            f"{name} must be finite numbers of shape {shape}, in the order of the classes; got "
            f"shape {numbers.shape}"
        )
    return numbers
