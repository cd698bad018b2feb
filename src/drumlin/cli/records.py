"""Fits and model files as JSON objects, with dense covariances for whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.storage import Record


def mixture_as_json(mixture: Mixture, names: Sequence[str] | None) -> dict[str, Any]:
    """Weights, means, dense covariances, and names."""
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


def fit_as_json(fit: Fit, names: Sequence[str] | None, model: str | None) -> dict[str, Any]:
    """What the table of a fit says, in full."""
    return {
        **_criteria(fit),
        "family": fit.family.called(fit.mixture.n_features),
        "equal_weights": fit.equal_weights,
        "n_parameters": fit.n_parameters,
        "n_samples": fit.n_samples,
        "count": fit.count,
        "outcome": fit.outcome.value,
        "reason": fit.reason,
        "effort": asdict(fit.effort),
        "healthy": fit.healthy,
        "seed": fit.seed,
        "notes": list(fit.notes),
        "model": model,
        **mixture_as_json(fit.mixture, names),
        "log_likelihoods": list(fit.log_likelihoods),
        "runs": [
            {
                "start": run.start,
                "short_log_likelihood": finite(run.short_log_likelihood),
                "log_likelihood": run.log_likelihood,
                "passes": run.passes,
                "healthy": run.healthy,
                "outcome": None if run.outcome is None else run.outcome.value,
                "reason": run.reason,
            }
            for run in fit.runs
        ],
    }


def record_as_json(record: Record) -> dict[str, Any]:
    """What a model file tells."""
    facts = record.facts
    return {
        "drumlin": record.drumlin,
        "format_version": record.format_version,
        **mixture_as_json(record.mixture, record.component_names),
        "facts": None
        if facts is None
        else {
            **asdict(facts),
            "outcome": facts.outcome.value,
            "aic": facts.aic(),
            "bic": facts.bic(),
            "icl": facts.icl(),
        },
    }


def _criteria(fit: Fit) -> dict[str, float]:
    return {
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic(),
        "bic": fit.bic(),
        "icl": fit.icl(),
    }


def finite(value: float) -> float | None:
    """The number, or None where JSON has no word for it."""
    return float(value) if np.isfinite(value) else None
