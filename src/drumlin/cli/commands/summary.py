"""`drumlin summary`: the estimates of a model with standard errors and intervals."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    Json,
    MaxSeconds,
    Model,
    SampleWeight,
    Seed,
    Threads,
)

if TYPE_CHECKING:
    from drumlin.cli.reading import FitData
    from drumlin.covariance import Family
    from drumlin.storage import Record
    from drumlin.uncertainty import Refit, Summary


class Method(Enum):
    """Methods for standard errors."""

    INFORMATION = "information"
    SANDWICH = "sandwich"
    BOOTSTRAP = "bootstrap"
    WEIGHTED = "weighted-likelihood bootstrap"
    JACKKNIFE = "jackknife"


def summary(
    model: Model,
    data: Data,
    method: Annotated[
        Method,
        typer.Option(
            "--method",
            metavar="NAME",
            help="By curvature: information or sandwich; by refits: bootstrap, "
            "'weighted-likelihood bootstrap' or jackknife.",
        ),
    ] = Method.INFORMATION,
    level: Annotated[
        float,
        typer.Option("--level", metavar="P", help="Probability of the intervals."),
    ] = 0.95,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            metavar="N",
            min=2,
            help="Refits; unless given 500 of a bootstrap, one per row of the jackknife.",
        ),
    ] = None,
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="COLUMN", help="Column of known classes."),
    ] = None,
    seed: Seed = None,
    max_seconds: MaxSeconds = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Print parameters with standard errors and intervals.

    DATA, weights and labels are those that the model was fitted to; other columns are ignored.
    Ctrl-C stops the refits and uses those done; the exit code is then 130.

    \b
    Example:
      drumlin summary model.json faithful.csv
      drumlin summary model.json faithful.csv --method bootstrap --seed 1 --level 0.9
    """
    from drumlin.cli.reading import read_fit_data, read_model

    record = read_model(model)
    fit_data = read_fit_data(record, data, columns, sample_weight, labels)
    options = {
        "method": method.value,
        "replicates": replicates,
        "rng": seed,
        "max_seconds": max_seconds,
        "n_threads": threads,
    }
    result = _run(record, fit_data, level, options)
    if as_json:
        console.print_json(_as_json(result))
    else:
        print(result)
        for j, name in enumerate(record.component_names or ()):
            print(f"component {j + 1} is {name}")
    refits = result.errors.replicates
    console.exit_if_interrupted(None if refits is None else refits.halted)


def _run(record: Record, data: FitData, level: float, options: dict[str, Any]) -> Summary:
    from drumlin.cli.progress import step_progress
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.uncertainty import standard_errors

    with console.warnings_as_messages(), terminate_as_interrupt(), step_progress(_describe) as bar:
        errors = standard_errors(
            record.mixture,
            _family(record),
            data.x,
            sample_weight=data.sample_weight,
            labels=data.labels,
            equal_weights=record.facts is not None and record.facts.equal_weights,
            observers=bar.observers,
            **options,
        )
    return errors.summary(level)


def _family(record: Record) -> str | Family:
    """The family of the fit; of a mixture written by hand, that of its structure."""
    return record.family or record.mixture.covariance.name


def _describe(_refit: Refit) -> str:
    return "refitted"


def _as_json(summary: Summary) -> dict[str, Any]:
    """The table, with null for unknown numbers."""
    from drumlin.cli.json_objects import finite_or_none

    errors = summary.errors
    refits = errors.replicates
    rows = [
        {
            name: finite_or_none(cell) if isinstance(cell, float) else cell
            for name, cell in row.items()
        }
        for row in summary.table()
    ]
    return {
        "method": errors.method,
        "level": summary.level,
        "intervals": errors.intervals(summary.level).kind,
        "refits": None
        if refits is None
        else {
            "planned": refits.planned,
            "used": len(refits.weights),
            "unhealthy": refits.unhealthy,
            "ambiguous": refits.ambiguous,
            "unfinished": refits.unfinished,
            "halted": None if refits.halted is None else refits.halted.value,
            "seed": refits.seed,
        },
        "parameters": rows,
    }
