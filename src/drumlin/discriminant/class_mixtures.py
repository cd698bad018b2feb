"""A mixture per class: each class has its own number of components and family (MclustDA).

Source: Hastie & Tibshirani 1996; Fraley & Raftery 2002.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family
from drumlin.data import Rows, Table
from drumlin.errors import DrumlinWarning, InterruptedWarning
from drumlin.fitting.fit import fit
from drumlin.fitting.result import Fit
from drumlin.selection import Selection, select

Options = Mapping[str, Any]
"""Of `drumlin.fit` and `drumlin.select`: tol and the like."""


def select_classes(
    rows: Rows,
    n_classes: int,
    n_components: Sequence[int],
    families: Sequence[Family],
    feature_names: tuple[str, ...] | None,
    options: Options,
) -> list[Selection]:
    """The mixture of lowest BIC in each class, healthy ones before others.

    After Ctrl-C the classes that were not reached have one Gaussian each, and InterruptedWarning
    says so.
    """
    selections: list[Selection] = []
    for c in range(n_classes):
        own = of_class(rows, c)
        interrupted = bool(selections) and selections[-1].halted is not None
        numbers, rules = ((1,), families[:1]) if interrupted else (n_components, families)
        with warnings.catch_warnings():  # the classifier tells of the faults of all classes
            warnings.simplefilter("ignore", DrumlinWarning)
            selection = select(
                Table(own.x, feature_names),
                numbers,
                rules,
                sample_weight=own.sample_weight,
                **options,
            )
        halted = selections[-1].halted if interrupted else selection.halted
        selections.append(replace(selection, halted=halted))
    if selections[-1].halted is not None:
        warnings.warn(
            "interrupted: classes that were not reached have one Gaussian each",
            InterruptedWarning,
            stacklevel=4,
        )
    return selections


def of_class(rows: Rows, c: int) -> Rows:
    """The rows of class c, without their labels."""
    own = rows.take(np.flatnonzero(np.asarray(rows.labels) == c))
    return Rows(own.x, own.sample_weight)


def log_joint_without(
    rows: Rows, fits: Sequence[Fit], priors: Array | None, options: Options
) -> Callable[[Array], Array]:
    """What `cross_validate` asks for: the classes that lose rows are fitted again.

    From where they stood, with the same family and number of components: choosing is not repeated.
    """
    codes = np.asarray(rows.labels)
    weight = rows.weights

    def log_joint(held: Array) -> Array:
        kept = np.ones(len(rows), dtype=bool)
        kept[held] = False
        columns = []
        for c, fitted in enumerate(fits):
            left = np.flatnonzero(kept & (codes == c))
            if not len(left):  # nothing is known of it
                columns.append(np.full(len(held), -np.inf))
                continue
            mixture = fitted.mixture
            if c in codes[held]:
                mixture = _refit(fitted, rows.take(left), options).mixture
            share = weight[left].sum() / weight[kept & (codes >= 0)].sum()
            prior = share if priors is None else priors[c]
            columns.append(mixture.log_density(rows.x[held]) + np.log(prior))
        return np.stack(columns, axis=1)

    return log_joint


def _refit(fitted: Fit, rows: Rows, options: Options) -> Fit:
    """The same number of components and family; fewer where fewer different rows are left."""
    n_components = min(fitted.mixture.n_components, len(np.unique(rows.x, axis=0)))
    options = dict(options)
    if n_components == fitted.mixture.n_components:
        options["starts"] = fitted.mixture
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        table = Table(rows.x, fitted.mixture.feature_names)
        return fit(table, n_components, fitted.family, sample_weight=rows.sample_weight, **options)
