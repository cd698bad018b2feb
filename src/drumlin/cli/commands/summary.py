"""`drumlin summary`: the estimates of a model with standard errors and intervals."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from drumlin.cli import arguments, console
from drumlin.cli.arguments import option

if TYPE_CHECKING:
    from drumlin.uncertainty import Summary


class Method(Enum):
    """Methods for standard errors."""

    INFORMATION = "information"
    SANDWICH = "sandwich"
    BOOTSTRAP = "bootstrap"
    WEIGHTED = "weighted-likelihood bootstrap"
    JACKKNIFE = "jackknife"


def summary(
    model: arguments.Model,
    data: arguments.Data,
    method: Annotated[
        Method,
        option(
            "NAME",
            "By curvature: information or sandwich; by refits: bootstrap, "
            "'weighted-likelihood bootstrap' or jackknife.",
        ),
    ] = Method.INFORMATION,
    level: Annotated[float, option("P", "Probability of the intervals.")] = 0.95,
    replicates: Annotated[
        int | None,
        option(
            "N", "Refits; unless given 500 of a bootstrap, one per row of the jackknife.", min=2
        ),
    ] = None,
    columns: arguments.Columns = None,
    sample_weight: arguments.SampleWeight = None,
    labels: Annotated[str | None, option("COLUMN", "Column of known classes.")] = None,
    seed: arguments.Seed = None,
    max_seconds: arguments.MaxSeconds = None,
    threads: arguments.Threads = None,
    as_json: arguments.Json = False,
) -> None:
    """Print parameters with standard errors and intervals.

    DATA, weights and labels are those that the model was fitted to; other columns are ignored.
    Ctrl-C stops the refits and uses those done; the exit code is then 130.

    \b
    Example:
      drumlin summary model.json faithful.csv
      drumlin summary model.json faithful.csv --method bootstrap --seed 1 --level 0.9
    """
    from drumlin.cli.progress import long_work
    from drumlin.cli.reading import read_fit_data, read_model
    from drumlin.uncertainty import standard_errors

    record = read_model(model)
    x, weight, known = read_fit_data(record, data, columns, sample_weight, labels)
    with long_work(lambda _: "refitted") as observers:
        errors = standard_errors(
            record.mixture,
            record.family or record.mixture.covariance.name,
            x,
            sample_weight=weight,
            labels=known,
            equal_weights=record.facts is not None and record.facts.equal_weights,
            method=method.value,
            replicates=replicates,
            rng=seed,
            max_seconds=max_seconds,
            n_threads=threads,
            observers=observers,
        )
    result = errors.summary(level)
    if as_json:
        console.print_json(_as_json(result))
    else:
        print(result)
        for j, name in enumerate(record.component_names or ()):
            print(f"component {j + 1} is {name}")
    refits = errors.replicates
    console.exit_if_interrupted(None if refits is None else refits.halted)


def _as_json(summary: Summary) -> dict[str, Any]:
    """The table, with null for unknown numbers."""
    from drumlin.cli.json_objects import fields_of, finite_or_none

    errors = summary.errors
    refits = errors.replicates
    ends = ("unhealthy", "ambiguous", "unfinished", "halted", "seed")
    return {
        "method": errors.method,
        "level": summary.level,
        "intervals": errors.intervals(summary.level).kind,
        "refits": refits
        and {"planned": refits.planned, "used": len(refits.weights), **fields_of(refits, *ends)},
        "parameters": [
            {
                name: finite_or_none(cell) if isinstance(cell, float) else cell
                for name, cell in row.items()
            }
            for row in summary.table()
        ],
    }
