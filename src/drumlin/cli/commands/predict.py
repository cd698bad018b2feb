"""`drumlin predict`: the component of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Data, Json, Model, Output

if TYPE_CHECKING:
    import numpy as np

    from drumlin.mixture import Mixture


def predict(
    model: Model,
    data: Data,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print also responsibility_1, responsibility_2, ...")
    ] = False,
    columns: Columns = None,
    as_json: Json = False,
    output: Output = None,
) -> None:
    """Print the most likely component of every row.

    As CSV with the header "label". Components are counted from 1, as in the table of the fit; a
    model fitted with --labels prints the names of the classes. Columns are matched by name, and
    others ignored.

    \b
    Example:
      drumlin predict model.json faithful.csv --proba
    """
    from drumlin.cli.inputs import component_names, read_model, read_rows

    record = read_model(model)
    x = read_rows(record.mixture, data, columns)
    names = component_names(record)
    if as_json:
        _print_object(record.mixture, x, names, proba=proba, path=output)
        return
    _print_rows(record.mixture, x, names, proba=proba, path=output)


def _print_object(
    mixture: Mixture, x: np.ndarray, names: list[str] | list[int], *, proba: bool, path: str | None
) -> None:
    answer: dict[str, object] = {"labels": [names[j] for j in mixture.labels(x).tolist()]}
    if proba:
        answer["responsibilities"] = mixture.responsibilities(x).tolist()
    console.print_json(answer, path)


def _print_rows(
    mixture: Mixture, x: np.ndarray, names: list[str] | list[int], *, proba: bool, path: str | None
) -> None:
    from drumlin.cli.rows import blocks, cells, quoted

    header = [f"responsibility_{j + 1}" for j in range(mixture.n_components)] if proba else []
    shown = [quoted(str(name)) for name in names]
    with console.output(path) as stream:
        print(",".join(["label", *header]), file=stream)
        for block in blocks(x):
            lines = [[shown[j]] for j in mixture.labels(block).tolist()]
            if proba:
                soft = cells(mixture.responsibilities(block))
                lines = [[*line, *row] for line, row in zip(lines, soft, strict=True)]
            stream.write("".join(",".join(line) + "\n" for line in lines))
