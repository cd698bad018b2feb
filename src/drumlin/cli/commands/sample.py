"""`drumlin sample`: rows drawn from a mixture."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli import arguments, console


def sample(
    model: arguments.Model,
    n: Annotated[int, arguments.option("N", "Rows to draw.", "-n", "--rows", min=0)],
    seed: arguments.Seed = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Print also the component of each row.")
    ] = False,
    as_json: arguments.Json = False,
    output: arguments.Output = None,
) -> None:
    """Draw rows from a mixture.

    The output is CSV with the names of the columns.

    \b
    Example:
      drumlin sample model.json -n 1000 --seed 1 > drawn.csv
    """
    from drumlin.cli.csv_output import CsvColumns, number_columns, write_csv
    from drumlin.cli.reading import component_names, read_model

    record = read_model(model)
    mixture, names = record.mixture, component_names(record)
    x, components = mixture.sample(n, seed)
    classes = [names[j] for j in components.tolist()] if labels else []
    if as_json:
        console.print_json({"x": x, **({"labels": classes} if labels else {})}, output)
        return

    def columns_of(block: slice) -> CsvColumns:
        return [*number_columns(x[block]), *([classes[block]] if labels else [])]

    header = mixture.feature_names or [f"x{a + 1}" for a in range(mixture.n_features)]
    write_csv(output, [*header, *(["label"] if labels else [])], n, columns_of)
