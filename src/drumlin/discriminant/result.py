"""The record of learning known classes, `DiscriminantFit`, and the table it prints as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.classifier import Classifier
from drumlin.covariance import Family
from drumlin.data import Rows, check_finite, prepare
from drumlin.data.class_labels import codes_of
from drumlin.discriminant.class_mixtures import log_joint_without
from drumlin.discriminant.family_choice import Plan, Trainer
from drumlin.discriminant.validation import (
    Assessment,
    Fold,
    Validation,
    cross_validate,
    stratified_folds,
)
from drumlin.em import Outcome, StopRequest
from drumlin.selection import Selection
from drumlin.tables import aligned

MOST_CLASSES, MOST_COLUMNS = 20, 6
"""Of a table for people."""


@dataclass(frozen=True)
class Candidate:
    """A family for one Gaussian per class, as it was compared.

    family : str               its code
    log_likelihood : ()        of rows and classes, in nats
    n_parameters : int         of priors unless given, means and covariances
    bic : ()                   lower is better
    healthy : bool             whether every class has rows enough and is off the floor
    error : () or None         of ten folds, where ``criterion`` was "error"
    """

    family: str
    log_likelihood: float
    n_parameters: int
    bic: float
    healthy: bool
    error: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class DiscriminantFit:
    """A fitted `Classifier`, and what is known about it.

    classifier : Classifier
    families : (K,) Family     of each class; all the same with one Gaussian per class
    log_likelihood : ()        Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾, z⁽ⁱ⁾), z the known class, in nats
    row_log_likelihood : ()    Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾), of the rows alone, as in mclust
    n_parameters : int         of priors unless given, weights, means and covariances
    n_samples : int            rows
    sizes : (K,)               weight of each class
    unhealthy : (K,) bool      classes too small for their family, or on the floor
    training : Assessment      decisions on the rows of the fit: too good, see `cross_validate`
    candidates : tuple         the families compared, for one Gaussian per class
    selections : (K,)          of a mixture per class, what `drumlin.select` returned; else empty
    outcome : Outcome          the least good of the fits
    plan : Plan                what was asked for, with the seed
    notes : tuple of str       what the fit met
    """

    classifier: Classifier
    families: tuple[Family, ...]
    log_likelihood: float
    row_log_likelihood: float
    n_parameters: int
    n_samples: int
    sizes: Array
    unhealthy: Array
    training: Assessment
    candidates: tuple[Candidate, ...]
    selections: tuple[Selection, ...]
    outcome: Outcome
    plan: Plan
    notes: tuple[str, ...] = ()

    @property
    def total_weight(self) -> float:
        """Σ_i s⁽ⁱ⁾, the sample weights."""
        return float(self.sizes.sum())

    @property
    def healthy(self) -> bool:
        """Whether every class has rows enough and is off the floor."""
        return not self.unhealthy.any()

    def aic(self) -> float:
        """−2ℓ + 2p, ℓ that of x and the labels; lower is better (Akaike 1974)."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    def bic(self) -> float:
        """−2ℓ + p log n, ℓ that of x and the labels; lower is better (Schwarz 1978)."""
        return -2.0 * self.log_likelihood + self.n_parameters * float(np.log(self.total_weight))

    def cross_validate(
        self,
        x: Any,
        labels: Any,
        folds: int | str = 10,
        *,
        sample_weight: Any = None,
        rng: int | np.random.Generator | None = None,
        observers: Sequence[Callable[[Fold], object]] = (),
    ) -> Validation:
        """Decide for each row by a classifier that was fitted without it: an honest error.

        x, labels, sample_weight : those of the fit
        folds : stratified by class, the rows shuffled by ``rng``; "loo" leaves out one row each
        rng : seed or NumPy generator; None takes the seed of the fit
        observers : callables that see every `Fold`

        One Gaussian per class is fitted from the moments of its class minus those of the rows left
        out, so no fold needs a pass over the data; the floor stays that of all rows, the family is
        chosen anew in each. A mixture per class is fitted again, from where it stood, with the
        family and number chosen on all rows. A class whose rows are all in one fold is not decided
        for there, whatever its prior: nothing is known of it.

        Raises InvalidDataError, InvalidParameterError. Ctrl-C returns the folds done, with
        InterruptedWarning.
        """
        names = self.classifier.classes
        data = prepare(
            x,
            sample_weight=sample_weight,
            columns=self.classifier.feature_names,
            n_features=self.classifier.n_features,
        )
        rows = data.rows()
        check_finite(rows.x, data.feature_names)
        codes = codes_of(labels, names, rows.sample_weight, len(rows))
        rows, plan = Rows(rows.x, rows.sample_weight, codes), self.plan
        seed = plan.seed if rng is None else rng
        held = stratified_folds(codes, folds, np.random.default_rng(seed))
        if self.selections:
            fits = [selection.best for selection in self.selections]
            without = log_joint_without(plan, rows, fits)
        else:
            without = Trainer(plan, rows, names, data.feature_names).log_joint_without
        with StopRequest() as stop:
            return cross_validate(without, rows, names, plan.costs, held, observers, stop=stop)

    def __str__(self) -> str:
        """The table: classes, families compared, criteria, errors on the rows of the fit."""
        return "\n".join(
            [
                *(*_classes(self), *_candidates(self), "", *_criteria(self), ""),
                str(self.training),
                *(f"note: {note}" for note in self.notes),
            ]
        )

    __repr__ = __str__


def _classes(fit: DiscriminantFit) -> list[str]:
    """One line per class: its rows, prior, what it is made of, and mean ± sd of each column."""
    rule = fit.classifier
    names = rule.feature_names or tuple(f"x{a + 1}" for a in range(rule.n_features))
    header = ["class", "rows", "prior", "Gaussians", "family", *names[:MOST_COLUMNS]]
    rows = [header]
    for c, mixture in enumerate(rule.mixtures[:MOST_CLASSES]):
        sd = np.sqrt(np.diagonal(mixture.total_covariance()))
        rows.append(
            [
                str(rule.classes[c]),
                f"{fit.sizes[c]:g}",
                f"{rule.priors[c]:.4f}",
                str(mixture.n_components),
                fit.families[c].code,
                *map("{:.5g} ± {:.3g}".format, mixture.mean()[:MOST_COLUMNS], sd),
            ]
        )
    lines = aligned(rows)
    if rule.n_classes > MOST_CLASSES:
        lines.append(f"and {rule.n_classes - MOST_CLASSES} more classes")
    if rule.n_features > MOST_COLUMNS:
        lines.append(f"and {rule.n_features - MOST_COLUMNS} more columns")
    return lines


def _candidates(fit: DiscriminantFit) -> list[str]:
    """The families compared, the best first."""
    if len(fit.candidates) < 2:
        return []
    chosen = fit.families[0].code

    def rank(one: Candidate) -> tuple[bool, bool, float, float]:
        error = np.inf if one.error is None else one.error
        return one.family != chosen, not one.healthy, error, one.bic

    ranked = sorted(fit.candidates, key=rank)
    errors = ["error"] if ranked[0].error is not None else []
    header = ["family", "parameters", "log-likelihood", "BIC", *errors, ""]
    rows = [
        [
            one.family, str(one.n_parameters), f"{one.log_likelihood:.2f}", f"{one.bic:.2f}",
            *["" if one.error is None else f"{one.error:.4f}" for _ in errors],
            "" if one.healthy else "unhealthy",
        ]
        for one in ranked
    ]  # fmt: skip
    return ["", *aligned([header, *rows])]


def _criteria(fit: DiscriminantFit) -> list[str]:
    errors = fit.training
    costs = [] if fit.classifier.costs is None else [["mean cost", f"{errors.cost:.4g}"]]
    of = f"nats in total, of rows and classes; {fit.row_log_likelihood:.2f} of rows alone"
    rows = [
        ["parameters", f"{fit.n_parameters} free"],
        ["log-likelihood", f"{fit.log_likelihood:.2f} {of}"],
        ["BIC", f"{fit.bic():.2f}   AIC {fit.aic():.2f}   (lower is better)"],
        ["error", f"{errors.error:.4f} on the rows of the fit, Brier score {errors.brier:.4f}"],
        *costs,
    ]
    return aligned(rows)
