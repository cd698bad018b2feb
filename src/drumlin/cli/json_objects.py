"""Mixtures, classifiers and fits as JSON objects, with dense covariances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from drumlin.classifier import Classifier
    from drumlin.fitting.result import Fit
    from drumlin.mixture import Mixture


def mixture_as_json(mixture: Mixture, names: Sequence[str] | None) -> dict[str, Any]:
    """Weights, means, dense covariances, and the names of columns and components."""
    return {
        "structure": mixture.covariance.name,
        "n_components": mixture.n_components,
        "n_features": mixture.n_features,
        "feature_names": None if mixture.feature_names is None else list(mixture.feature_names),
        "component_names": None if names is None else list(names),
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "covariances": mixture.covariance.matrices().tolist(),
    }


def classifier_as_json(classifier: Classifier) -> dict[str, Any]:
    """Classes, priors, costs, and the mixture of each class."""
    return {
        "classes": classifier.classes.tolist(),
        "priors": classifier.priors.tolist(),
        "costs": None if classifier.costs is None else classifier.costs.tolist(),
        "mixtures": [mixture_as_json(mixture, None) for mixture in classifier.mixtures],
    }


def fit_as_json(fit: Fit, names: Sequence[str] | None, model: str | None) -> dict[str, Any]:
    """Everything in the table of a fit, the path of its model file, and every run."""
    return {
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic(),
        "bic": fit.bic(),
        "icl": fit.icl(),
        "family": fit.family.called(fit.mixture.n_features),
        "equal_weights": fit.equal_weights,
        "n_parameters": fit.n_parameters,
        "n_samples": fit.n_samples,
        "total_weight": fit.total_weight,
        "outcome": fit.outcome.value,
        "reason": fit.reason,
        "cost": fit.cost and asdict(fit.cost),
        "healthy": fit.healthy,
        "seed": fit.seed,
        "notes": list(fit.notes),
        "model": model,
        **mixture_as_json(fit.mixture, names),
        "log_likelihoods": list(fit.log_likelihoods),
        "runs": [
            {
                "start": run.start,
                "short_log_likelihood": finite_or_none(run.short_log_likelihood),
                "log_likelihood": run.log_likelihood,
                "passes": run.passes,
                "healthy": run.healthy,
                "outcome": None if run.outcome is None else run.outcome.value,
                "reason": run.reason,
            }
            for run in fit.runs
        ],
    }


def finite_or_none(value: float) -> float | None:
    """The number, or None for an infinite one or NaN, which JSON does not have."""
    return float(value) if np.isfinite(value) else None
