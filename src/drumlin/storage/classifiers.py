"""Files of classifiers: the same formats as of mixtures, with a document of their own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.classifier import Classifier
from drumlin.documents.fields import Fields
from drumlin.em import Outcome
from drumlin.errors import DrumlinError, ModelFileError
from drumlin.storage.record import mixture_document, read_mixture
from drumlin.version import installed_version

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit

FORMAT = "drumlin-classifier"
VERSION = 1


@dataclass(frozen=True, eq=False)
class ClassifierFacts:
    """What a file keeps of a `DiscriminantFit`; the names are those there.

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
    """The file of a classifier.

    classifier : Classifier
    facts : ClassifierFacts or None    None for a classifier that was never fitted
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
    told = asdict(facts)
    return {
        **told,
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
    top = Fields(document, place, "")
    number = top.version(VERSION)
    facts = top.optional("facts", dict)
    classifier = _read_classifier(Fields(top.take("classifier", dict), place, "classifier."))
    return ClassifierRecord(
        classifier,
        None if facts is None else _read_facts(Fields(facts, place, "facts."), classifier),
        top.take("drumlin", str),
        number,
    )


def _read_classifier(found: Fields) -> Classifier:
    classes = found.take("classes", list)
    kinds = {type(name) for name in classes}
    if not classes or len(kinds) > 1 or not kinds <= {bool, int, float, str}:
        raise found.wrong("classes", classes)
    stored = found.take("mixtures", dict)
    parts = Fields(stored, found.place, found.prefix + "mixtures.")
    mixtures = []
    for c in range(len(classes)):
        name = f"class_{c + 1}"
        mixtures.append(
            read_mixture(Fields(parts.take(name, dict), found.place, f"{parts.prefix}{name}."))
        )
    costs = None if found.values.get("costs") is None else found.array("costs")
    try:
        return Classifier(np.array(classes), found.array("priors"), mixtures, costs)
    except ModelFileError:
        raise
    except DrumlinError as error:
        raise ModelFileError(f"{found.place} holds no valid classifier: {error}") from None


def _read_facts(found: Fields, classifier: Classifier) -> ClassifierFacts:
    outcome = found.take("outcome", str)
    if outcome not in Outcome.__members__:
        raise found.wrong("outcome", outcome)
    n_classes = classifier.n_classes
    families, sizes = found.names("families") or (), found.array("sizes")
    confusion = found.array("confusion")
    if len(families) != n_classes:
        raise found.wrong("families", families)
    if sizes.shape != (n_classes,) or not np.isfinite(sizes).all():
        raise found.wrong("sizes", sizes)
    if confusion.shape != (n_classes, n_classes) or not np.isfinite(confusion).all():
        raise found.wrong("confusion", confusion)
    numbers = {name: found.take(name, float) for name in ("error", "brier", "cost")}
    return ClassifierFacts(
        families=families,
        log_likelihood=found.take("log_likelihood", float),
        n_parameters=found.take("n_parameters", int),
        n_samples=found.take("n_samples", int),
        sizes=sizes,
        healthy=found.take("healthy", bool),
        outcome=Outcome[outcome],
        confusion=confusion,
        seed=found.take("seed", int),
        notes=found.names("notes") or (),
        **numbers,
    )
