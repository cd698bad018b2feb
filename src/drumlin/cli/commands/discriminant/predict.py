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
    from drumlin.cli.csv_output import write_labels
    from drumlin.cli.reading import read_classifier, read_rows

    classifier = read_classifier(model).classifier
    x, classes = read_rows(classifier.mixtures[0], data, columns), classifier.classes.tolist()
    if as_json:
        soft = {"classes": classes, "probabilities": classifier.probabilities(x)} if proba else {}
        console.print_json({"labels": classifier.labels(x), **soft}, output)
        return
    header = [f"probability_{name}" for name in classes] if proba else []
    write_labels(
        output, x, lambda x: classifier.labels(x).tolist(), classifier.probabilities, header
    )
