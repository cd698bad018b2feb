"""discriminate(): labelled rows -> the classifier, and how often it is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.backends import Backend
from drumlin.classifier import Classifier, log_probabilities_of
from drumlin.covariance import Family, families_named
from drumlin.data import Rows, SurveyPass, check_distinct_rows, prepare
from drumlin.data.class_labels import listed, read_costs, read_labels, read_priors
from drumlin.discriminant.class_mixtures import of_class, select_classes
from drumlin.discriminant.family_choice import Plan, Trainer
from drumlin.discriminant.result import Candidate, DiscriminantFit
from drumlin.discriminant.validation import Assessment, assess
from drumlin.em import Outcome, StopRequest
from drumlin.errors import (
    InterruptedWarning,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)
from drumlin.fitting.options import (
    check_limits,
    check_numbers,
    check_observers,
    check_whole_number,
    seeded,
)

Observers = tuple[Callable[..., object], ...]

SEVERITY = (
    Outcome.CONVERGED, Outcome.REACHED_LIMIT, Outcome.OUT_OF_TIME, Outcome.DECREASED,
    Outcome.INTERRUPTED,
)  # fmt: skip
"""Outcomes from good to bad: a classifier ended as the worst of its fits."""


def discriminate(  # noqa: PLR0913 - options of a public verb
    x: Any,
    labels: Any,
    family: str | Family | Iterable[str | Family] = "full",
    *,
    n_components: int | Iterable[int] | None = None,
    criterion: str = "bic",
    priors: Any = None,
    costs: Any = None,
    sample_weight: Any = None,
    starts: int = 2,
    tol: float = 1e-3,
    max_iter: int = 1000,
    backend: str | Backend = "auto",
    n_threads: int | None = None,
    rng: Seed = None,
    observers: Sequence[Callable[..., object]] = (),
) -> DiscriminantFit:
    """Learn to tell known classes apart: p(x | c) is a Gaussian, or a mixture, for each class c.

    Parameters
    ----------
    x : (n, d) array, (n,) when d = 1, or a pandas, polars or pyarrow table of numbers
    labels : (n,) the class of each row: whole numbers, truth values or texts; −1 is a class too
    family : of the covariances; "full" is quadratic, "tied" linear discriminant analysis. Several
        names, or "all": the best by ``criterion``
    n_components : None for one Gaussian per class, the family shared by all (EDDA: tied parts are
        tied among classes); a number or several for a mixture in each class, whose number and
        family are chosen by BIC in that class (MclustDA)
    criterion : "bic", or "error": that of ten stratified folds (seeded), for one Gaussian per class
    priors : (K,) in the order of the sorted classes, or a mapping; None for their shares
    costs : (K, K) the cost of deciding for column j where row i is true, or a mapping
        {(true, decided): cost} where other errors cost 1; None decides for the most probable class
    sample_weight : (n,) counts: an integer weight equals repeated rows, zero an absent row
    starts, tol, max_iter, observers : as in `drumlin.select`, for mixtures
    rng : seed or NumPy generator, for mixtures and folds; None draws a seed, which is reported

    One Gaussian per class is a closed form, or one M-step where the family has none. Healthy
    choices come before those with a class that is too small for the family or on the floor.

    Raises InvalidDataError and InvalidParameterError before any work. Warns with
    UnhealthyFitWarning, NotConvergedWarning, InterruptedWarning.

    >>> import numpy as np, drumlin
    >>> x = np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 3.0], [8.0, 9.0], [9.0, 7.0], [9.0, 9.0]])
    >>> fit = drumlin.discriminate(x, ["low"] * 3 + ["high"] * 3, "tied")
    >>> fit.classifier.labels([[0.0, 1.0], [10.0, 8.0]])
    array(['low', 'high'], dtype='<U4')

    Source: Bensmail & Celeux 1996 (EDDA); Hastie & Tibshirani 1996; Fraley & Raftery 2002.
    """
    data = prepare(x, sample_weight=sample_weight)
    rows = data.rows()
    survey = SurveyPass(feature_names=data.feature_names)(rows)
    survey.check(rows.x.dtype, data.feature_names)
    names, codes = read_labels(labels, rows.sample_weight, len(rows))
    rows = Rows(rows.x, rows.sample_weight, codes)
    seed, generator = seeded(rng)
    plan = Plan(
        families_named(family, data.n_features),
        None if n_components is None else check_numbers(n_components),
        _check_criterion(criterion, n_components),
        read_priors(priors, names),
        read_costs(costs, names),
        int(generator.integers(2**32)) if seed is None else seed,
        {"starts": starts, "tol": tol, "max_iter": max_iter, "backend": backend,
         "n_threads": n_threads},
    )  # fmt: skip
    check_limits(tol, max_iter, None)
    check_whole_number(starts, "starts", 1)
    if plan.n_components is not None:
        _check_room(rows, names, min(plan.n_components))
    learn = _gaussians if plan.n_components is None else _mixtures
    watching = check_observers(observers, "Progress")
    fitted = learn(plan, rows, names, data.feature_names, watching)
    if fitted.unhealthy.any():
        warnings.warn(
            f"not healthy: class {listed(names[fitted.unhealthy])} has too few rows for the "
            "family, or rests on the floor; choose a family with fewer parameters, such as 'tied'",
            UnhealthyFitWarning,
            stacklevel=2,
        )
    if any(late := [one.best.outcome is Outcome.REACHED_LIMIT for one in fitted.selections]):
        warnings.warn(
            f"not converged: the mixture of class {listed(names[late])} stopped at max_iter; "
            "raise it",
            NotConvergedWarning,
            stacklevel=2,
        )
    return fitted


def _gaussians(
    plan: Plan, rows: Rows, names: Array, columns: tuple[str, ...] | None, _observers: Observers
) -> DiscriminantFit:
    """One Gaussian per class, in all the families of the plan."""
    trainer = Trainer(plan, rows, names, columns)
    cells, known = trainer.cells, trainer.known
    with StopRequest() as stop:
        index, errors = trainer.choose(cells, known, rows, stop)
    best, complete = cells[index], not plan.by_error or len(errors) == len(cells)
    if not complete:
        message = "interrupted: families whose folds were not reached are not compared"
        warnings.warn(message, InterruptedWarning, stacklevel=3)
    mixtures = tuple(best.mixture.take(np.array([c])) for c in range(len(names)))
    classifier = Classifier(names, best.mixture.weights, mixtures, plan.costs)
    training, row_log_likelihood = _on_training(classifier, rows)
    return DiscriminantFit(
        classifier=classifier,
        families=(best.family,) * len(names),
        log_likelihood=best.log_likelihood,
        row_log_likelihood=row_log_likelihood,
        n_parameters=best.n_parameters,
        sizes=known.moments.mass,
        unhealthy=best.unhealthy,
        n_samples=len(rows),
        training=training,
        plan=plan,
        candidates=tuple(
            Candidate(
                one.family.code, one.log_likelihood, one.n_parameters, one.bic, one.healthy, error
            )
            for one, error in zip_longest(cells, errors)
        ),
        selections=(),
        outcome=Outcome.CONVERGED if complete else Outcome.INTERRUPTED,
        notes=tuple(
            f"column {columns[a] if columns else f'x{a + 1}'} hardly varies for its size, which "
            "sets its least variance"
            for a in np.flatnonzero(known.constant)
        ),
    )


def _mixtures(
    plan: Plan, rows: Rows, names: Array, columns: tuple[str, ...] | None, observers: Observers
) -> DiscriminantFit:
    """A mixture in each class."""
    selections = select_classes(plan, rows, len(names), columns, observers)
    fits = [selection.best for selection in selections]
    counted = rows.take(np.flatnonzero(np.asarray(rows.labels) >= 0))
    sizes = np.bincount(np.asarray(counted.labels), counted.weights)
    shares = sizes / sizes.sum() if plan.priors is None else plan.priors
    outcome = max((one.outcome for one in fits), key=SEVERITY.index)
    classifier = Classifier(names, shares, tuple(one.mixture for one in fits), plan.costs)
    training, row_log_likelihood = _on_training(classifier, rows)
    return DiscriminantFit(
        classifier=classifier,
        families=tuple(one.family for one in fits),
        log_likelihood=float(sum(one.log_likelihood for one in fits) + sizes @ np.log(shares)),
        row_log_likelihood=row_log_likelihood,
        n_parameters=sum(one.n_parameters for one in fits)
        + (len(names) - 1) * (plan.priors is None),
        sizes=sizes,
        unhealthy=np.array([not one.healthy for one in fits]),
        n_samples=len(rows),
        training=training,
        plan=plan,
        candidates=(),
        selections=tuple(selections),
        outcome=outcome if selections[-1].halted is None else Outcome.INTERRUPTED,
        notes=tuple(
            f"class {name}: {note}"
            for name, one in zip(names.tolist(), fits, strict=True)
            for note in one.notes
        ),
    )


def _on_training(classifier: Classifier, rows: Rows) -> tuple[Assessment, float]:
    """Decisions on the rows of the fit, and their Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾)."""
    own = rows.take(np.flatnonzero(np.asarray(rows.labels) >= 0))
    log_joint = classifier.log_joint(own.x)
    density = np.logaddexp.reduce(log_joint.astype(np.float64), axis=1)
    log_probabilities = log_probabilities_of(log_joint)
    training = assess(log_probabilities, own, classifier.classes, classifier.costs)
    return training, float(own.weights @ density)


def _check_room(rows: Rows, names: Array, n_components: int) -> None:
    """Raises InvalidParameterError when a class has fewer distinct rows than components."""
    for c, name in enumerate(names.tolist()):
        own = of_class(rows, c)
        try:
            check_distinct_rows(own, n_components)
        except InvalidParameterError as error:
            raise InvalidParameterError(f"class {name}: {error}") from None


def _check_criterion(criterion: str, n_components: object) -> str:
    """Raises InvalidParameterError unless "bic", or "error" of one Gaussian per class."""
    if criterion not in ("bic", "error"):
        raise InvalidParameterError(f"criterion is {criterion!r}: it must be 'bic' or 'error'")
    if criterion == "error" and n_components is not None:
        raise InvalidParameterError(
            "criterion='error' compares families of one Gaussian per class: leave n_components "
            "out, or choose mixtures by 'bic'"
        )
    return criterion
