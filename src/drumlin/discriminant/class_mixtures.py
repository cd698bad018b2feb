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
from drumlin.data import Rows, Table
from drumlin.discriminant.family_choice import Plan
from drumlin.em import Outcome
from drumlin.errors import DrumlinWarning, InterruptedWarning
from drumlin.fitting.fit import fit
from drumlin.fitting.result import Fit
from drumlin.selection import Selection, select


def select_classes(
    plan: Plan,
    rows: Rows,
    n_classes: int,
    feature_names: tuple[str, ...] | None,
    observers: Sequence[Callable[..., object]],
) -> list[Selection]:
    """The mixture of lowest BIC in each class, healthy ones before others.

    After Ctrl-C the classes that were not reached have one Gaussian each, and InterruptedWarning
    says so.
    """
    selections: list[Selection] = []
    halted: Outcome | None = None
    for c in range(n_classes):
        own = of_class(rows, c)
        with warnings.catch_warnings():  # the classifier warns of the faults of all classes
            warnings.simplefilter("ignore", DrumlinWarning)
            selection = select(
                Table(own.x, feature_names),
                (plan.n_components or (1,)) if halted is None else (1,),
                plan.families if halted is None else plan.families[:1],
                sample_weight=own.sample_weight,
                observers=observers,
                **plan.fit_options,
            )
        halted = halted or selection.halted
        selections.append(replace(selection, halted=halted))
    if halted is not None:
        message = "interrupted: classes that were not reached have one Gaussian each"
        warnings.warn(message, InterruptedWarning, stacklevel=4)
    return selections


def of_class(rows: Rows, c: int) -> Rows:
    """The rows of class c, without their labels."""
    own = rows.take(np.flatnonzero(np.asarray(rows.labels) == c))
    return Rows(own.x, own.sample_weight)


def log_joint_without(plan: Plan, rows: Rows, fits: Sequence[Fit]) -> Callable[[Array], Array]:
    """What `cross_validate` asks for: the classes that lose rows are fitted again.

    From where they stood, with the same family and number of components: choosing is not repeated.
    """
    codes, weight = np.asarray(rows.labels), rows.weights

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
                mixture = _refit(fitted, rows.take(left), plan.fit_options).mixture
            share = weight[left].sum() / weight[kept & (codes >= 0)].sum()
            prior = share if plan.priors is None else plan.priors[c]
            columns.append(mixture.log_density(rows.x[held]) + np.log(prior))
        return np.stack(columns, axis=1)

    return log_joint


def _refit(fitted: Fit, rows: Rows, options: Mapping[str, Any]) -> Fit:
    """The same number of components and family; fewer where fewer different rows are left."""
    n_components = min(fitted.mixture.n_components, len(np.unique(rows.x, axis=0)))
    options = dict(options)
    if n_components == fitted.mixture.n_components:
        options["starts"] = fitted.mixture
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        table = Table(rows.x, fitted.mixture.feature_names)
        return fit(table, n_components, fitted.family, sample_weight=rows.sample_weight, **options)
