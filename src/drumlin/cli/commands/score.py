"""`drumlin score`: the log-density of every row."""

from __future__ import annotations

import math

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Data, Json, Model, Output


def score(
    model: Model, data: Data, columns: Columns = None, as_json: Json = False, output: Output = None
) -> None:
    """Print the log-density of every row.

    As CSV with the header "log_density", natural logarithms; totals go to standard
    error. Columns are matched by name, and others ignored.

    \b
    Example:
      drumlin score model.json faithful.csv
    """
    from drumlin.cli.inputs import read_model, read_rows
    from drumlin.cli.rows import blocks, cells

    mixture = read_model(model).mixture
    x = read_rows(mixture, data, columns)
    if as_json:
        values = mixture.log_density(x).astype(float).tolist()
        total = math.fsum(values)
        told = {"sum": total, "mean": total / len(x), "rows": len(x), "log_density": values}
        console.print_json(told, output)
        return
    total = 0.0
    with console.output(output) as stream:
        print("log_density", file=stream)
        for block in blocks(x):
            values = mixture.log_density(block)
            total += math.fsum(values)
            stream.write("".join(f"{cell}\n" for (cell,) in cells(values[:, None])))
    console.say(f"sum {total:.6f}, mean {total / len(x):.6f}, rows {len(x)}")
