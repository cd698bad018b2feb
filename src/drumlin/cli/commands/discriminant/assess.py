"""`drumlin discriminant assess`: the errors of a classifier on other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from drumlin.cli import arguments, console

if TYPE_CHECKING:
    from drumlin._types import Array
    from drumlin.discriminant import Assessment


def assess(
    model: arguments.Model,
    data: arguments.Data,
    labels: Annotated[str, arguments.option("COLUMN", "Column of the true classes.")],
    columns: arguments.Columns = None,
    as_json: arguments.Json = False,
) -> None:
    """Print how often the classes of other data are decided wrongly.

    \b
    Example:
      drumlin discriminant assess model.json new.csv --labels Species
    """
    from drumlin.cli.json_objects import ASSESSMENT, fields_of
    from drumlin.cli.reading import read_classifier, read_labelled_rows
    from drumlin.data import Rows
    from drumlin.discriminant import validation

    classifier = read_classifier(model).classifier
    x, codes = read_labelled_rows(classifier, data, columns, labels)
    log_probabilities, rows = classifier.log_probabilities(x), Rows(x, labels=codes)
    assessment = validation.assess(log_probabilities, rows, classifier.classes, classifier.costs)
    if as_json:
        console.print_json(fields_of(assessment, *ASSESSMENT))
    else:
        print("\n".join(assessment_lines(assessment, f"on {len(x)} rows", classifier.costs)))


def assessment_lines(assessment: Assessment, rows: str, costs: Array | None) -> list[str]:
    """Error, Brier score and confusion table.

    rows : the rows it was made on, in words
    costs : (K, K) of the classifier, or None when all errors cost the same
    """
    from drumlin.tables import aligned

    table = [["error", f"{assessment.error:.4f} {rows}, Brier score {assessment.brier:.4f}"]]
    if costs is not None:
        table.append(["mean cost", f"{assessment.cost:.4g}"])
    return [*aligned(table), "", str(assessment)]
