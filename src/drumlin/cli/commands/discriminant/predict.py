"""`drumlin discriminant predict`: the class of every row."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli import arguments, console


def predict(
    model: arguments.Model,
    data: arguments.Data,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print also probability_CLASS for each class.")
    ] = False,
    columns: arguments.Columns = None,
    as_json: arguments.Json = False,
    output: arguments.Output = None,
) -> None:
    """Print the class decided for in every row.

    The output is CSV with the header "label". Columns are matched by name, others are ignored.

    \b
    Example:
      drumlin discriminant predict model.json iris.csv --proba
    """
    from drumlin.cli.csv_output import CsvColumns, number_columns, write_csv
    from drumlin.cli.reading import read_classifier, read_rows

    classifier = read_classifier(model).classifier
    x = read_rows(classifier.mixtures[0], data, columns)
    classes = classifier.classes.tolist()
    if as_json:
        answer: dict[str, object] = {"labels": classifier.labels(x).tolist()}
        if proba:
            answer["classes"] = classes
            answer["probabilities"] = classifier.probabilities(x).tolist()
        console.print_json(answer, output)
        return

    def columns_of(block: slice) -> CsvColumns:
        labels = classifier.labels(x[block]).tolist()
        soft = number_columns(classifier.probabilities(x[block])) if proba else []
        return [labels, *soft]

    header = [f"probability_{name}" for name in classes] if proba else []
    write_csv(output, ["label", *header], len(x), columns_of)
