"""What a model file holds, and its layout as a document: a tree of JSON values and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from drumlin.covariance import structure_named
from drumlin.documents.fields import Fields
from drumlin.em import Cost, Outcome
from drumlin.errors import DrumlinError, InvalidParameterError, ModelFileError
from drumlin.fitting.result import Fit, FitFacts
from drumlin.mixture import Mixture
from drumlin.version import installed_version

FORMAT = "drumlin-mixture"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Record:
    """The content of a model file.

    mixture : Mixture
    family : str or None             code of the family of the fit
    facts : FitFacts or None         of the fit; None for a mixture that was never fitted
    component_names : k names or None
    drumlin : str                    the version that wrote the file
    format_version : int
    """

    mixture: Mixture
    family: str | None
    facts: FitFacts | None
    component_names: tuple[str, ...] | None
    drumlin: str
    format_version: int


def document_of(value: Fit | Mixture, component_names: Sequence[str] | None) -> dict[str, Any]:
    """The document of a fit or a mixture. Raises ModelFileError when the names are not k names.

    Raises InvalidParameterError for anything but a fit or a mixture.
    """
    if not isinstance(value, Fit | Mixture):
        raise InvalidParameterError(
            f"a {type(value).__name__} is not a model: save a Fit or a Mixture"
        )
    mixture = value.mixture if isinstance(value, Fit) else value
    names = None if component_names is None else [str(name) for name in component_names]
    if names is not None and len(names) != mixture.n_components:
        raise ModelFileError(
            f"component_names has {len(names)} names for {mixture.n_components} components"
        )
    return {
        "format": FORMAT,
        "version": VERSION,
        "drumlin": installed_version(),
        "mixture": mixture_document(mixture),
        "component_names": names,
        "facts": _facts(value) if isinstance(value, Fit) else None,
    }


def mixture_document(mixture: Mixture) -> dict[str, Any]:
    """The part of a document that describes a mixture."""
    return {
        "weights": mixture.weights,
        "means": mixture.means,
        "covariance": {"structure": mixture.covariance.name, **mixture.covariance.arrays()},
        "feature_names": mixture.feature_names and list(mixture.feature_names),
    }


def format_of(document: Any) -> Any:
    """The format that a document names; None where it is not one."""
    return document.get("format") if isinstance(document, dict) else None


@contextmanager
def no_valid(kind: str, place: str) -> Iterator[None]:
    """Errors of a value that is built from a file, as ModelFileError."""
    try:
        yield
    except ModelFileError:
        raise
    except DrumlinError as error:
        raise ModelFileError(f"{place} holds no valid {kind}: {error}") from None


def record_of(document: Any, place: str) -> Record:
    """The record in a document; ``place`` names the file in messages. Raises ModelFileError."""
    form = format_of(document)
    if form == "drumlin-classifier":
        raise ModelFileError(
            f"{place} holds a classifier, not a mixture: use drumlin.load_classifier, or the "
            "command drumlin discriminant"
        )
    if form != FORMAT:
        raise ModelFileError(
            f"{place} is not a drumlin model (no format {FORMAT!r}): models are written by "
            "drumlin.save and by drumlin fit -o"
        )
    top = Fields(document, place)
    version = top.version(VERSION)
    mixture = read_mixture(top.part("mixture"))
    facts = top.optional_part("facts")
    names = top.names("component_names")
    if names is not None and len(names) != mixture.n_components:
        raise top.wrong("component_names", names)
    return Record(
        mixture,
        None if facts is None else facts.take("family", str),
        None if facts is None else _read_facts(facts),
        names,
        top.take("drumlin", str),
        version,
    )


def _facts(fit: Fit) -> dict[str, Any]:
    """The facts by the names of version 1 of the format."""
    cost = fit.cost
    return {
        "family": fit.family.code,
        "n_parameters": fit.n_parameters,
        "n_samples": int(fit.n_samples),
        "count": float(fit.total_weight),
        "log_likelihood": float(fit.log_likelihood),
        "log_likelihoods": [float(value) for value in fit.log_likelihoods],
        "assignment": -float(fit.classification_entropy),
        "outcome": fit.outcome.name,
        "reason": fit.reason,
        "healthy": bool(fit.healthy),
        "seed": None if fit.seed is None else int(fit.seed),
        "notes": list(fit.notes),
        "effort": cost
        and {
            **{name: getattr(cost, name) for name in ("passes", "accepted", "refused")},
            "cost": cost.full_passes,
        },
        "equal_weights": bool(fit.equal_weights),
    }


def read_mixture(stored: Fields) -> Mixture:
    """The mixture in these fields. Raises ModelFileError."""
    weights, means = stored.array("weights"), stored.array("means")
    covariance = stored.part("covariance")
    names = stored.names("feature_names")
    with no_valid("mixture", stored.place):
        structure: Any = structure_named(covariance.take("structure", str))
        parts = covariance.declared(structure)
        arrays = [f.name for f in fields(structure) if f.init and f.name not in parts]
        parts |= {name: covariance.array(name) for name in arrays}
        return Mixture(weights, means, structure(**parts), feature_names=names)


def _read_facts(stored: Fields) -> FitFacts:
    stored.take("log_likelihood", float)  # the last of the path, for readers of the file
    values = stored.declared(FitFacts, total_weight="count", classification_entropy="assignment")
    values["classification_entropy"] *= -1.0
    cost = stored.optional_part("effort")
    return FitFacts(
        **values,
        log_likelihoods=stored.numbers("log_likelihoods"),
        outcome=read_outcome(stored),
        seed=stored.optional("seed", int),
        notes=stored.names("notes") or (),
        cost=None if cost is None else Cost(**cost.declared(Cost, full_passes="cost")),
        equal_weights=stored.optional("equal_weights", bool) or False,
    )


def read_outcome(facts: Fields) -> Outcome:
    """How the fit ended. Raises ModelFileError."""
    name = facts.take("outcome", str)
    if name not in Outcome.__members__:
        raise facts.wrong("outcome", name)
    return Outcome[name]
