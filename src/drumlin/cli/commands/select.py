"""`drumlin select`: components and families, compared in one table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    EqualWeights,
    Json,
    MaxSeconds,
    SampleWeight,
    Seed,
    Threads,
    column_names,
    numbers_in,
)

if TYPE_CHECKING:
    from drumlin.data import FileTable
    from drumlin.selection import Progress, Selection

TABLES = (".csv", ".md")

ENOUGH_WORK = 1_000_000
"""Rows × cells, in all folds, from which it pays to start processes: about two seconds."""


def select(
    data: Data,
    k: Annotated[
        str,
        typer.Option(
            "-k", "--components", metavar="K", help="Numbers of components: 1-9, or 2,3,5-7."
        ),
    ] = "1-9",
    families: Annotated[
        str,
        typer.Option("--families", metavar="NAMES", help="all, or names with commas: VVV,EEE."),
    ] = "all",
    criterion: Annotated[
        str,
        typer.Option(
            "--criterion",
            metavar="NAME",
            help="bic, icl, aic, or held-out (log-likelihood of rows left out in turn).",
        ),
    ] = "bic",
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    equal_weights: EqualWeights = False,
    starts: Annotated[
        int,
        typer.Option("--starts", metavar="N", min=1, help="Clusterings that cells begin with."),
    ] = 2,
    folds: Annotated[
        int, typer.Option("--folds", metavar="N", min=2, help="Folds of --criterion held-out.")
    ] = 5,
    seed: Seed = None,
    max_seconds: MaxSeconds = None,
    threads: Threads = None,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            metavar="N",
            min=1,
            help="Processes that share the cells; unless given as many as processors where the "
            "table takes seconds, else 1.",
        ),
    ] = None,
    as_json: Json = False,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the chosen model: JSON, or npz when the name ends so; - is standard "
            "output.",
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="FILE", help="Write the whole table: .csv or .md."),
    ] = None,
    picture: Annotated[
        str | None,
        typer.Option(
            "--plot", metavar="FILE", help="Draw the criterion: a name in .png, .svg or .pdf."
        ),
    ] = None,
) -> None:
    """Choose the number of components and the family.

    Every number is fitted with every family, and the fit of the lowest criterion is chosen. One
    with a component that is nearly empty or collapsed is shown, and chosen only when there is no
    other. Ctrl-C (or SIGTERM) stops and keeps the table so far; the exit code is then 130.

    \b
    Example:
      drumlin select faithful.csv -k 1-9 -o model.json --plot bic.png
      drumlin select faithful.csv --families VVV,EEE --criterion icl --table icl.md
    """
    if as_json and output == "-":
        raise typer.BadParameter("--json and -o - both want standard output: choose one")
    numbers = numbers_in(k)
    if table is not None and Path(table).suffix.lower() not in TABLES:
        raise typer.BadParameter(f"{table}: the name must end in .csv or .md")
    from drumlin.cli.pictures import suffix_of
    from drumlin.data import read_table

    for path in (output, table):
        if path not in (None, "-"):
            console.check_writable(path)
    if picture is not None:
        suffix_of(picture)
    read = read_table(data, columns=column_names(columns), sample_weight=sample_weight)
    options: dict[str, Any] = {
        "equal_weights": equal_weights,
        "starts": starts,
        "n_folds": folds,
        "rng": seed,
        "max_seconds": max_seconds,
        "n_threads": threads,
    }
    selection = _run(read, numbers, families, criterion, processes, options)
    _show(selection, as_json=as_json, output=output)
    if table is not None:
        _write_table(selection, table)
    if picture is not None:
        from drumlin.cli.pictures import save_picture
        from drumlin.plots import criterion_curves

        save_picture(lambda: criterion_curves(selection), picture)
    _leave(selection)


def _run(
    table: FileTable,
    numbers: list[int],
    families: str,
    criterion: str,
    workers: int | None,
    options: dict[str, Any],
) -> Selection:
    import drumlin
    from drumlin.cli.processes import processes
    from drumlin.cli.progress import step_progress
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.covariance import families_named
    from drumlin.data import Table
    from drumlin.execution import available_threads
    from drumlin.selection.criterion import criterion_named

    x = Table(table.x, table.feature_names if table.named else None)
    if workers is None:
        tables = 1 + options["n_folds"] * criterion_named(criterion).in_folds
        cells = len(numbers) * len(families_named(families, table.x.shape[1]))
        large = len(table.x) * cells * tables >= ENOUGH_WORK
        workers = available_threads() if large else 1
    with (
        console.warnings_as_messages(),
        terminate_as_interrupt(),
        processes(workers, "selection") as pool,
        step_progress(_words) as bar,
    ):
        return drumlin.select(
            x,
            numbers,
            families,
            criterion,
            sample_weight=table.sample_weight,
            observers=bar.observers,
            pool=pool,
            **options,
        )


def _words(step: Progress) -> str:
    """The cell of the moment."""
    return f"{step.family}, {step.n_components}: {step.stage}"


def _show(selection: Selection, *, as_json: bool, output: str | None) -> None:
    """Write the model where it was asked for, and print the top of the table or the JSON object."""
    from drumlin.cli.records import fit_as_json
    from drumlin.storage import save, to_json

    if output not in (None, "-"):
        save(selection.best, output)
    if as_json:
        console.print_json(
            {
                "criterion": selection.criterion.name,
                "halted": None if selection.halted is None else selection.halted.value,
                "seed": selection.seed,
                "cells": selection.table("records"),
                "best": fit_as_json(selection.best, None, output),
            }
        )
        return
    print(selection, file=sys.stderr if output == "-" else sys.stdout)
    if output == "-":
        print(to_json(selection.best), end="")
    elif output is not None:
        console.say(f"the model is in {output}")


def _write_table(selection: Selection, path: str) -> None:
    import csv

    with console.output(path) as stream:
        if Path(path).suffix.lower() == ".md":
            print(selection.table("markdown"), file=stream)
        else:
            records = selection.table("records")
            writer = csv.DictWriter(stream, list(records[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)
    console.say(f"the table is in {path}")


def _leave(selection: Selection) -> None:
    from drumlin.em import Outcome

    if selection.halted is Outcome.INTERRUPTED:
        raise typer.Exit(console.INTERRUPTED)
