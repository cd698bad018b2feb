"""`drumlin predict`: the component of every row."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli import arguments, console


def predict(
    model: arguments.Model,
    data: arguments.Data,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print also responsibility_1, responsibility_2, ...")
    ] = False,
    columns: arguments.Columns = None,
    as_json: arguments.Json = False,
    output: arguments.Output = None,
) -> None:
    """Print the most likely component of every row.

    The output is CSV with the header "label". Components are counted from 1, as in the table of
    the fit; a model fitted with --labels prints the names of the classes. Columns are matched by
    name, others are ignored.

    \b
    Example:
      drumlin predict model.json faithful.csv --proba
    """
    from drumlin.cli.csv_output import CsvColumns, number_columns, write_csv
    from drumlin.cli.reading import component_names, read_model, read_rows

    record = read_model(model)
    mixture, names = record.mixture, component_names(record)
    x = read_rows(mixture, data, columns)
    if as_json:
        answer: dict[str, object] = {"labels": [names[j] for j in mixture.labels(x).tolist()]}
        if proba:
            answer["responsibilities"] = mixture.responsibilities(x).tolist()
        console.print_json(answer, output)
        return

    def columns_of(block: slice) -> CsvColumns:
        labels = [names[j] for j in mixture.labels(x[block]).tolist()]
        soft = number_columns(mixture.responsibilities(x[block])) if proba else []
        return [labels, *soft]

    header = [f"responsibility_{j + 1}" for j in range(mixture.n_components)] if proba else []
    write_csv(output, ["label", *header], len(x), columns_of)
