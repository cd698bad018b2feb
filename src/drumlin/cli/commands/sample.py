"""`drumlin sample`: draws from a mixture."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Json, Model, Output, Seed


def sample(
    model: Model,
    n: Annotated[
        int,
        typer.Option("-n", "--rows", metavar="N", min=0, help="Rows to draw."),
    ],
    seed: Seed = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Print also the component each row came from.")
    ] = False,
    as_json: Json = False,
    output: Output = None,
) -> None:
    """Draw rows from a mixture.

    As CSV with the names of its columns.

    \b
    Example:
      drumlin sample model.json -n 1000 --seed 1 > drawn.csv
    """
    from drumlin.cli.inputs import component_names, read_model
    from drumlin.cli.rows import blocks, cells, quoted

    record = read_model(model)
    mixture, names = record.mixture, component_names(record)
    x, subsample = mixture.sample(n, seed)
    if as_json:
        answer: dict[str, object] = {"x": x.tolist()}
        if labels:
            answer["labels"] = [names[j] for j in subsample.tolist()]
        console.print_json(answer, output)
        return
    columns = mixture.feature_names or [f"x{a + 1}" for a in range(mixture.n_features)]
    with console.output(output) as stream:
        header = [quoted(name) for name in columns] + (["label"] if labels else [])
        print(",".join(header), file=stream)
        for block, origin in zip(blocks(x), blocks(subsample), strict=True):
            lines = cells(block)
            if labels:
                ends = [quoted(str(names[j])) for j in origin.tolist()]
                lines = [[*line, end] for line, end in zip(lines, ends, strict=True)]
            stream.write("".join(",".join(line) + "\n" for line in lines))
