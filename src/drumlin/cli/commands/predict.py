"""`drumlin predict`: the component of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from drumlin.cli import arguments, console

if TYPE_CHECKING:
    from drumlin._types import Array


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
    from drumlin.cli.csv_output import write_labels
    from drumlin.cli.reading import component_names, read_model, read_rows

    record = read_model(model)
    mixture, names = record.mixture, component_names(record)
    x = read_rows(mixture, data, columns)

    def labels_of(x: Array) -> list[int | str]:
        return [names[j] for j in mixture.labels(x).tolist()]

    if as_json:
        soft = {"responsibilities": mixture.responsibilities(x)} if proba else {}
        console.print_json({"labels": labels_of(x), **soft}, output)
        return
    header = [f"responsibility_{j + 1}" for j in range(mixture.n_components)] if proba else []
    write_labels(output, x, labels_of, mixture.responsibilities, header)
