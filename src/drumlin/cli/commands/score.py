"""`drumlin score`: the log-density of every row."""

from __future__ import annotations

import math

from drumlin.cli import arguments, console


def score(
    model: arguments.Model,
    data: arguments.Data,
    columns: arguments.Columns = None,
    as_json: arguments.Json = False,
    output: arguments.Output = None,
) -> None:
    """Print the log-density of every row.

    The output is CSV with the header "log_density", in natural logarithms; totals go to standard
    error. Columns are matched by name, others are ignored.

    \b
    Example:
      drumlin score model.json faithful.csv
    """
    from drumlin.cli.csv_output import CsvColumns, number_columns, write_csv
    from drumlin.cli.reading import read_model, read_rows

    mixture = read_model(model).mixture
    x = read_rows(mixture, data, columns)
    if as_json:
        values = mixture.log_density(x)
        total = math.fsum(values)
        answer = {"sum": total, "mean": total / len(x), "rows": len(x), "log_density": values}
        console.print_json(answer, output)
        return
    sums: list[float] = []

    def columns_of(block: slice) -> CsvColumns:
        log_density = mixture.log_density(x[block])
        sums.append(math.fsum(log_density))
        return number_columns(log_density[:, None])

    write_csv(output, ["log_density"], len(x), columns_of)
    total = math.fsum(sums)
    console.say(f"sum {total:.6f}, mean {total / len(x):.6f}, rows {len(x)}")
