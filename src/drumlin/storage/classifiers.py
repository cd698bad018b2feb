"""What the file of a classifier holds, and its layout as a document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.classifier import Classifier
from drumlin.documents.fields import Fields
from drumlin.em import Outcome
from drumlin.errors import DrumlinError, ModelFileError
from drumlin.storage.mixtures import mixture_document, read_mixture, read_outcome
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
    facts = ClassifierFacts(
        tuple(family.code for family in fit.families),
        float(fit.log_likelihood),
        fit.n_parameters,
        fit.n_samples,
        fit.sizes,
        fit.healthy,
        fit.outcome,
        fit.training.error,
        fit.training.brier,
        fit.training.cost,
        fit.training.confusion,
        fit.plan.seed,
        fit.notes,
    )
    return {
        **asdict(facts),
        "families": list(facts.families),
        "outcome": facts.outcome.name,
        "notes": list(facts.notes),
    }


def classifier_record_of(document: Any, place: str) -> ClassifierRecord:
    """The record in a document; ``place`` names the file in messages. Raises ModelFileError."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
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
    try:
        return Classifier(np.array(classes), stored.array("priors"), mixtures, costs)
    except ModelFileError:
        raise
    except DrumlinError as error:
        raise ModelFileError(f"{stored.place} holds no valid classifier: {error}") from None


def _read_facts(stored: Fields, classifier: Classifier) -> ClassifierFacts:
    n_classes = classifier.n_classes
    families, sizes = stored.names("families") or (), stored.array("sizes")
    confusion = stored.array("confusion")
    if len(families) != n_classes:
        raise stored.wrong("families", families)
    if sizes.shape != (n_classes,) or not np.isfinite(sizes).all():
        raise stored.wrong("sizes", sizes)
    if confusion.shape != (n_classes, n_classes) or not np.isfinite(confusion).all():
        raise stored.wrong("confusion", confusion)
    numbers = {name: stored.take(name, float) for name in ("error", "brier", "cost")}
    return ClassifierFacts(
        families=families,
        log_likelihood=stored.take("log_likelihood", float),
        n_parameters=stored.take("n_parameters", int),
        n_samples=stored.take("n_samples", int),
        sizes=sizes,
        healthy=stored.take("healthy", bool),
        outcome=read_outcome(stored),
        confusion=confusion,
        seed=stored.take("seed", int),
        notes=stored.names("notes") or (),
        **numbers,
    )
