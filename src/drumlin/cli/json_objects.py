"""Mixtures, classifiers and fits as JSON objects, with dense covariances."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drumlin.classifier import Classifier
    from drumlin.fitting.result import Fit
    from drumlin.mixture import Mixture

ASSESSMENT = ("error", "brier", "cost", "classes", "confusion")


def fields_of(value: object, *names: str) -> dict[str, Any]:
    """These attributes of a value, by name."""
    return {name: getattr(value, name) for name in names}


def mixture_as_json(mixture: Mixture, names: Sequence[str] | None) -> dict[str, Any]:
    """Weights, means, dense covariances, and the names of columns and components."""
    return {
        "structure": mixture.covariance.name,
        **fields_of(mixture, "n_components", "n_features", "feature_names"),
        "component_names": names,
        **fields_of(mixture, "weights", "means"),
        "covariances": mixture.covariance.matrices(),
    }


def classifier_as_json(classifier: Classifier) -> dict[str, Any]:
    """Classes, priors, costs, and the mixture of each class."""
    mixtures = [mixture_as_json(mixture, None) for mixture in classifier.mixtures]
    return {**fields_of(classifier, "classes", "priors", "costs"), "mixtures": mixtures}


def fit_as_json(fit: Fit, names: Sequence[str] | None, model: str | None) -> dict[str, Any]:
    """Everything in the table of a fit, the path of its model file, and every run."""
    sizes = ("equal_weights", "n_parameters", "n_samples", "total_weight")
    return {
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic(),
        "bic": fit.bic(),
        "icl": fit.icl(),
        "family": fit.family.called(fit.mixture.n_features),
        **fields_of(fit, *sizes, "outcome", "reason", "cost", "healthy", "seed", "notes"),
        "model": model,
        **mixture_as_json(fit.mixture, names),
        "log_likelihoods": fit.log_likelihoods,
        "runs": [
            {
                "start": run.start,
                "short_log_likelihood": finite_or_none(run.short_log_likelihood),
                **fields_of(run, "log_likelihood", "passes", "healthy", "outcome", "reason"),
            }
            for run in fit.runs
        ],
    }


def finite_or_none(value: float) -> float | None:
    """The number, or None for an infinite one or NaN, which JSON does not have."""
    return float(value) if isfinite(value) else None
