"""`drumlin summary`: how sure the estimates of a model are."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Data, Json, Model, Seed, Threads

if TYPE_CHECKING:
    from drumlin.cli.inputs import Used
    from drumlin.covariance import Family
    from drumlin.storage import Record
    from drumlin.uncertainty import Refit, Summary


class Method(Enum):
    """How errors are found."""

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
            help="information or sandwich, by curvature; bootstrap, 'weighted-likelihood "
            "bootstrap' or jackknife, by refits.",
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
            help="Refits: 500 of a bootstrap, all rows of the jackknife unless given.",
        ),
    ] = None,
    columns: Columns = None,
    sample_weight: Annotated[
        str | None,
        typer.Option(
            "--sample-weight", metavar="COLUMN", help="Column of weights, as for the fit."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="COLUMN", help="Column of classes, as for the fit."),
    ] = None,
    seed: Seed = None,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            "--max-seconds", metavar="SECONDS", help="Use the refits done after this time."
        ),
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Print parameters with standard errors and intervals.

    DATA are those that the model was fitted to; other columns than the model's are ignored. Ctrl-C
    stops the refits and uses those done; the exit code is then 130.

    \b
    Example:
      drumlin summary model.json faithful.csv
      drumlin summary model.json faithful.csv --method bootstrap --seed 1 --level 0.9
    """
    from drumlin.cli.inputs import read_model, read_used
    from drumlin.em import Outcome

    record = read_model(model)
    used = read_used(record, data, columns, sample_weight, labels)
    options = {
        "method": method.value,
        "replicates": replicates,
        "rng": seed,
        "max_seconds": max_seconds,
        "n_threads": threads,
    }
    told = _run(record, used, level, options)
    if as_json:
        console.print_json(_as_json(told))
    else:
        print(told)
        for j, name in enumerate(record.component_names or ()):
            print(f"component {j + 1} is {name}")
    refits = told.errors.replicates
    if refits is not None and refits.halted is Outcome.INTERRUPTED:
        raise typer.Exit(console.INTERRUPTED)


def _run(record: Record, used: Used, level: float, options: dict[str, Any]) -> Summary:
    from drumlin.cli.progress import step_progress
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.uncertainty import standard_errors

    with console.warnings_as_messages(), terminate_as_interrupt(), step_progress(_words) as bar:
        errors = standard_errors(
            record.mixture,
            _family(record),
            used.x,
            sample_weight=used.sample_weight,
            labels=used.labels,
            equal_weights=record.facts is not None and record.facts.equal_weights,
            observers=bar.observers,
            **options,
        )
    return errors.summary(level)


def _family(record: Record) -> str | Family:
    """That of the fit; of a mixture written by hand, the one of its structure."""
    if record.facts is not None:
        return record.facts.family
    return record.mixture.covariance.name


def _words(_refit: Refit) -> str:
    return "refitted"


def _as_json(told: Summary) -> dict[str, Any]:
    """The table, with nothing where a number is unknown."""
    from drumlin.cli.records import finite

    errors = told.errors
    refits = errors.replicates
    rows = [
        {name: finite(cell) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in told.table()
    ]
    return {
        "method": errors.method,
        "level": told.level,
        "intervals": errors.intervals(told.level).kind,
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
