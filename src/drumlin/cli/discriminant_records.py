"""Classifiers and their errors as JSON objects and as lines of text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.cli.records import mixture_as_json
from drumlin.tables import aligned

if TYPE_CHECKING:
    from drumlin.classifier import Classifier
    from drumlin.discriminant import Assessment, DiscriminantFit, Validation
    from drumlin.storage import ClassifierRecord


def assessment_lines(told: Assessment, where: str, costs: np.ndarray | None) -> list[str]:
    """Error, Brier score and the confusion table."""
    rows = [["error", f"{told.error:.4f} {where}, Brier score {told.brier:.4f}"]]
    if costs is not None:
        rows.append(["mean cost", f"{told.cost:.4g}"])
    return [*aligned(rows), "", str(told)]


def assessment_as_json(told: Assessment) -> dict[str, Any]:
    """The same as an object."""
    return {
        "error": told.error,
        "brier": told.brier,
        "cost": told.cost,
        "classes": told.classes.tolist(),
        "confusion": told.confusion.tolist(),
    }


def fit_as_json(
    fit: DiscriminantFit, validation: Validation | None, model: str | None
) -> dict[str, Any]:
    """What the table of a fit says, in full."""
    return {
        "log_likelihood": fit.log_likelihood,
        "row_log_likelihood": fit.row_log_likelihood,
        "bic": fit.bic(),
        "aic": fit.aic(),
        "n_parameters": fit.n_parameters,
        "n_samples": fit.n_samples,
        "count": fit.count,
        "families": [family.code for family in fit.families],
        "sizes": fit.sizes.tolist(),
        "healthy": fit.healthy,
        "outcome": fit.outcome.value,
        "seed": fit.plan.seed,
        "notes": list(fit.notes),
        "model": model,
        "training": assessment_as_json(fit.training),
        "cross_validation": None
        if validation is None
        else {**assessment_as_json(validation), "complete": validation.complete},
        "candidates": [asdict(one) for one in fit.candidates],
        **_classifier_as_json(fit.classifier),
    }


def record_as_json(record: ClassifierRecord) -> dict[str, Any]:
    """What the file of a classifier tells."""
    facts = record.facts
    told = None
    if facts is not None:
        told = {
            **asdict(facts),
            "families": list(facts.families),
            "sizes": facts.sizes.tolist(),
            "confusion": facts.confusion.tolist(),
            "outcome": facts.outcome.value,
            "notes": list(facts.notes),
        }
    return {
        "drumlin": record.drumlin,
        "format_version": record.format_version,
        **_classifier_as_json(record.classifier),
        "facts": told,
    }


def record_lines(record: ClassifierRecord, path: str) -> list[str]:
    """The same as text."""
    facts = record.facts
    rows = [
        ["file", f"{path}, format {record.format_version}, written by drumlin {record.drumlin}"]
    ]
    if facts is None:
        rows.append(["fit", "none: this classifier was not fitted by drumlin"])
    else:
        rows += [
            ["families", ", ".join(facts.families)],
            ["rows", str(facts.n_samples)],
            ["parameters", f"{facts.n_parameters} free"],
            ["log-likelihood", f"{facts.log_likelihood:.2f} nats in total, of rows and classes"],
            ["error", f"{facts.error:.4f} on the rows of the fit, Brier score {facts.brier:.4f}"],
            ["health", "good" if facts.healthy else "unhealthy: a class is too small"],
        ]
    notes = [] if facts is None else [f"note: {note}" for note in facts.notes]
    return [str(record.classifier), "", *aligned(rows), *notes]


def _classifier_as_json(rule: Classifier) -> dict[str, Any]:
    return {
        "classes": rule.classes.tolist(),
        "priors": rule.priors.tolist(),
        "costs": None if rule.costs is None else rule.costs.tolist(),
        "mixtures": [mixture_as_json(mixture, None) for mixture in rule.mixtures],
    }
