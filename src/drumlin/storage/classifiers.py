"""What the file of a classifier holds, and its layout as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.classifier import Classifier
from drumlin.documents.fields import Fields
from drumlin.em import Outcome
from drumlin.errors import ModelFileError
from drumlin.storage.mixtures import (
    format_of,
    mixture_document,
    no_valid,
    read_mixture,
    read_outcome,
)
from drumlin.version import installed_version

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit

FORMAT = "drumlin-classifier"
VERSION = 1


@dataclass(frozen=True, eq=False)
class ClassifierFacts:
    """What a file keeps of a fit; the names are those of `DiscriminantFit`.

    families : (K,) codes
    sizes : (K,) weight of each class;  confusion : (K, K) on the rows of the fit
    error, brier, cost : () on the rows of the fit
    """

    families: tuple[str, ...]
    log_likelihood: float
    n_parameters: int
    n_samples: int
    sizes: np.ndarray
    healthy: bool
    outcome: Outcome
    error: float
    brier: float
    cost: float
    confusion: np.ndarray
    seed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ClassifierRecord:
    """The content of the file of a classifier.

    classifier : Classifier
    facts : ClassifierFacts or None    None for a classifier that was not fitted
    drumlin : str                      the version that wrote the file
    format_version : int
    """

    classifier: Classifier
    facts: ClassifierFacts | None
    drumlin: str
    format_version: int


def classifier_document(classifier: Classifier, fit: DiscriminantFit | None) -> dict[str, Any]:
    """The document of a classifier, and of the fit that made it if one did."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "drumlin": installed_version(),
        "classifier": {
            "classes": classifier.classes.tolist(),
            "priors": classifier.priors,
            "costs": classifier.costs,
            "mixtures": {
                f"class_{c + 1}": mixture_document(mixture)
                for c, mixture in enumerate(classifier.mixtures)
            },
        },
        "facts": None if fit is None else _facts(fit),
    }


def _facts(fit: DiscriminantFit) -> dict[str, Any]:
    of_fit = ("log_likelihood", "n_parameters", "n_samples", "sizes", "healthy")
    of_training = ("error", "brier", "cost", "confusion")
    return {
        "families": [family.code for family in fit.families],
        **{name: getattr(fit, name) for name in of_fit},
        "outcome": fit.outcome.name,
        **{name: getattr(fit.training, name) for name in of_training},
        "seed": fit.plan.seed,
        "notes": list(fit.notes),
    }


def classifier_record_of(document: Any, place: str) -> ClassifierRecord:
    """The record in a document; ``place`` names the file in messages. Raises ModelFileError."""
    if format_of(document) != FORMAT:
        raise ModelFileError(
            f"{place} is not a drumlin classifier (no format {FORMAT!r}): classifiers are written "
            "by drumlin.save and by drumlin discriminant fit -o; a mixture is read by drumlin.load"
        )
    top = Fields(document, place)
    version = top.version(VERSION)
    classifier = _read_classifier(top.part("classifier"))
    facts = top.optional_part("facts")
    return ClassifierRecord(
        classifier,
        None if facts is None else _read_facts(facts, classifier),
        top.take("drumlin", str),
        version,
    )


def _read_classifier(stored: Fields) -> Classifier:
    classes = stored.take("classes", list)
    kinds = {type(name) for name in classes}
    if not classes or len(kinds) > 1 or not kinds <= {bool, int, float, str}:
        raise stored.wrong("classes", classes)
    parts = stored.part("mixtures")
    mixtures = [read_mixture(parts.part(f"class_{c + 1}")) for c in range(len(classes))]
    costs = None if stored.values.get("costs") is None else stored.array("costs")
    with no_valid("classifier", stored.place):
        return Classifier(np.array(classes), stored.array("priors"), mixtures, costs)


def _read_facts(stored: Fields, classifier: Classifier) -> ClassifierFacts:
    k, families = classifier.n_classes, stored.names("families") or ()
    if len(families) != k:
        raise stored.wrong("families", families)
    return ClassifierFacts(
        **stored.declared(ClassifierFacts),
        families=families,
        sizes=stored.array("sizes", (k,)),
        outcome=read_outcome(stored),
        confusion=stored.array("confusion", (k, k)),
        notes=stored.names("notes") or (),
    )
