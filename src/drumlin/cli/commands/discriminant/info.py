"""`drumlin discriminant info`: the content of the file of a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drumlin.cli import arguments, console

if TYPE_CHECKING:
    from drumlin.storage import ClassifierRecord


def info(model: arguments.Model, as_json: arguments.Json = False) -> None:
    """Describe the file of a classifier.

    \b
    Example:
      drumlin discriminant info model.json
    """
    from drumlin.cli.reading import read_classifier

    record = read_classifier(model)
    if as_json:
        console.print_json(_as_json(record))
    else:
        print("\n".join(_lines(record, model)))


def _as_json(record: ClassifierRecord) -> dict[str, Any]:
    from drumlin.cli.json_objects import classifier_as_json, fields_of

    return {
        **fields_of(record, "drumlin", "format_version"),
        **classifier_as_json(record.classifier),
        "facts": record.facts,
    }


def _lines(record: ClassifierRecord, path: str) -> list[str]:
    from drumlin.tables import aligned

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
