"""What a model file tells, and its layout as a document: a tree of JSON values and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from drumlin.covariance import Structure, structure_named
from drumlin.documents.fields import Fields
from drumlin.em import Cost, Outcome
from drumlin.errors import DrumlinError, InvalidParameterError, ModelFileError
from drumlin.fitting.criteria import Criteria
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.version import installed_version

FORMAT = "drumlin-mixture"
VERSION = 1


@dataclass(frozen=True)
class Facts(Criteria):
    """What a file keeps of a fit; the names are those of `Fit`.

    family : str             code of the family, such as "VVV"
    n_parameters : int       free parameters p
    n_samples : int          rows
    count : ()               Σ_i s⁽ⁱ⁾, the sample weights
    log_likelihood : ()      ℓ in nats, in total
    log_likelihoods : tuple  ℓ of each full-data pass of the chosen run
    assignment : ()          Σ_i s⁽ⁱ⁾ log w[i, MAP(i)]
    outcome, reason          how the fit ended, and why in words
    healthy : bool           enough mass everywhere, nothing on the floor
    seed : int or None       None when a generator was given
    notes : tuple of str     what the fit met and mended
    effort : Effort or None  what it cost in passes; None in a file that does not tell
    equal_weights : bool     whether φ_j = 1/k was given; False in a file that does not tell
    """

    family: str
    n_parameters: int
    n_samples: int
    count: float
    log_likelihood: float
    log_likelihoods: tuple[float, ...]
    assignment: float
    outcome: Outcome
    reason: str
    healthy: bool
    seed: int | None
    notes: tuple[str, ...]
    effort: Cost | None = None
    equal_weights: bool = False


@dataclass(frozen=True, eq=False)
class Record:
    """A model file: the mixture and what is known about it.

    mixture : Mixture
    facts : Facts or None            of the fit; None for a mixture that was never fitted
    component_names : k names or None
    drumlin : str                    the version that wrote the file
    format_version : int
    """

    mixture: Mixture
    facts: Facts | None
    component_names: tuple[str, ...] | None
    drumlin: str
    format_version: int


def document_of(value: Fit | Mixture, component_names: Sequence[str] | None) -> dict[str, Any]:
    """The document of a fit or a mixture. Raises ModelFileError when the names are not k names.

    Raises InvalidParameterError for anything but a fit or a mixture.
    """
    if not isinstance(value, Fit | Mixture):
        raise InvalidParameterError(
            f"a {type(value).__name__} is no model: save a Fit or a Mixture"
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
    """What a file keeps of a mixture."""
    return {
        "weights": mixture.weights,
        "means": mixture.means,
        "covariance": {"structure": mixture.covariance.name, **mixture.covariance.arrays()},
        "feature_names": mixture.feature_names and list(mixture.feature_names),
    }


def record_of(document: Any, place: str) -> Record:
    """The record in a document; ``place`` names the file in messages. Raises ModelFileError."""
    if isinstance(document, dict) and document.get("format") == "drumlin-classifier":
        raise ModelFileError(
            f"{place} holds a classifier, not a mixture: use drumlin.load_classifier, or the "
            "command drumlin discriminant"
        )
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelFileError(
            f"{place} is not a drumlin model (no format {FORMAT!r}): models are written by "
            "drumlin.save and by drumlin fit -o"
        )
    top = Fields(document, place, "")
    number = top.version(VERSION)
    facts = top.optional("facts", dict)
    mixture = read_mixture(Fields(top.take("mixture", dict), place, "mixture."))
    names = top.names("component_names")
    if names is not None and len(names) != mixture.n_components:
        raise top.wrong("component_names", names)
    return Record(
        mixture,
        None if facts is None else _read_facts(Fields(facts, place, "facts.")),
        names,
        top.take("drumlin", str),
        number,
    )


def _facts(fit: Fit) -> dict[str, Any]:
    facts = Facts(
        family=fit.family.code,
        n_parameters=fit.n_parameters,
        n_samples=int(fit.n_samples),
        count=float(fit.count),
        log_likelihood=float(fit.log_likelihood),
        log_likelihoods=tuple(float(value) for value in fit.log_likelihoods),
        assignment=float(fit.assignment),
        outcome=fit.outcome,
        reason=fit.reason,
        healthy=bool(fit.healthy),
        seed=None if fit.seed is None else int(fit.seed),
        notes=fit.notes,
        effort=fit.effort,
        equal_weights=bool(fit.equal_weights),
    )
    return {
        **asdict(facts),
        "log_likelihoods": list(facts.log_likelihoods),
        "outcome": fit.outcome.name,
        "notes": list(fit.notes),
    }


def read_mixture(found: Fields) -> Mixture:
    """The mixture in these fields. Raises ModelFileError."""
    weights, means = found.array("weights"), found.array("means")
    stored = found.take("covariance", dict)
    covariance = Fields(stored, found.place, found.prefix + "covariance.")
    names = found.names("feature_names")
    try:
        structure = structure_named(covariance.take("structure", str))
        return Mixture(weights, means, _read_structure(structure, covariance), feature_names=names)
    except ModelFileError:
        raise
    except DrumlinError as error:
        raise ModelFileError(f"{found.place} holds no valid mixture: {error}") from None


def _read_structure(structure: type[Structure], found: Fields) -> Structure:
    """``structure(**arrays)``, with the fields it takes as declared: arrays, or whole numbers."""
    return structure(
        **{
            field.name: found.take(field.name, int)
            if field.type == "int"
            else found.array(field.name)
            for field in fields(structure)  # type: ignore[arg-type]
            if field.init
        }
    )


def _read_facts(found: Fields) -> Facts:
    name = found.take("outcome", str)
    if name not in Outcome.__members__:
        raise found.wrong("outcome", name)
    return Facts(
        family=found.take("family", str),
        n_parameters=found.take("n_parameters", int),
        n_samples=found.take("n_samples", int),
        count=found.take("count", float),
        log_likelihood=found.take("log_likelihood", float),
        log_likelihoods=found.numbers("log_likelihoods"),
        assignment=found.take("assignment", float),
        outcome=Outcome[name],
        reason=found.take("reason", str),
        healthy=found.take("healthy", bool),
        seed=found.optional("seed", int),
        notes=found.names("notes") or (),
        effort=_read_effort(found),
        equal_weights=found.optional("equal_weights", bool) or False,
    )


def _read_effort(found: Fields) -> Cost | None:
    stored = found.optional("effort", dict)
    if stored is None:
        return None
    told = Fields(stored, found.place, found.prefix + "effort.")
    whole = {name: told.take(name, int) for name in ("passes", "accepted", "refused")}
    return Cost(**whole, cost=told.take("cost", float))
