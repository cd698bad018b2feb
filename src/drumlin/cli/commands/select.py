"""`drumlin select`: numbers of components and families, compared in one table."""

from __future__ import annotations

from functools import partial
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
    ModelOutput,
    SampleWeight,
    Seed,
    Threads,
    column_names,
    parse_numbers,
    picture_option,
)
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin.data import FileTable
    from drumlin.selection import Progress, Selection

TABLE_SUFFIXES = (".csv", ".md")

ENOUGH_WORK = 1_000_000
"""Rows × fits, in all folds, from which it pays to start processes: about two seconds."""


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
        typer.Option("--starts", metavar="N", min=1, help="Clusterings that fits start from."),
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
            help="Processes that share the fits; unless given, one per processor if the table "
            "takes seconds, else 1.",
        ),
    ] = None,
    as_json: Json = False,
    output: ModelOutput = None,
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="FILE", help="Write the whole table: .csv or .md."),
    ] = None,
    picture: Annotated[str | None, picture_option("Draw the criterion")] = None,
) -> None:
    """Choose the number of components and the family.

    Every number is fitted with every family, and the fit of the lowest criterion is chosen. A fit
    with a nearly empty or collapsed component is shown, but chosen only when there is no other.
    Ctrl-C (or SIGTERM) stops and keeps the table so far; the exit code is then 130.

    \b
    Example:
      drumlin select faithful.csv -k 1-9 -o model.json --plot bic.png
      drumlin select faithful.csv --families VVV,EEE --criterion icl --table icl.md
    """
    numbers = parse_numbers(k)
    if table is not None:
        if Path(table).suffix.lower() not in TABLE_SUFFIXES:
            raise typer.BadParameter(f"{table}: the name must end in .csv or .md")
        console.check_writable(table)
    check_model_output(output, as_json=as_json)
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.data import read_table

    check_picture(picture)
    rows = read_table(data, columns=column_names(columns), sample_weight=sample_weight)
    options: dict[str, Any] = {
        "equal_weights": equal_weights,
        "starts": starts,
        "n_folds": folds,
        "rng": seed,
        "max_seconds": max_seconds,
        "n_threads": threads,
    }
    selection = _run(rows, numbers, families, criterion, processes, options)
    json_object = partial(_as_json, selection, output) if as_json else None
    write_result(selection.best, output, str(selection), json_object)
    if table is not None:
        _write_table(selection, table)
    if picture is not None:
        from drumlin.plots import criterion_curves

        save_picture(lambda: criterion_curves(selection), picture)
    console.exit_if_interrupted(selection.halted)


def _run(
    table: FileTable,
    numbers: list[int],
    families: str,
    criterion: str,
    n_workers: int | None,
    options: dict[str, Any],
) -> Selection:
    import drumlin
    from drumlin.cli.progress import step_progress
    from drumlin.cli.reading import samples_of
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.cli.worker_pool import worker_pool
    from drumlin.covariance import families_named
    from drumlin.execution import available_threads
    from drumlin.selection.criterion import criterion_named

    if n_workers is None:
        tables = 1 + options["n_folds"] * criterion_named(criterion).in_folds
        cells = len(numbers) * len(families_named(families, table.x.shape[1]))
        large = len(table.x) * cells * tables >= ENOUGH_WORK
        n_workers = available_threads() if large else 1
    with (
        console.warnings_as_messages(),
        terminate_as_interrupt(),
        worker_pool(n_workers, "selection") as pool,
        step_progress(_describe) as progress,
    ):
        return drumlin.select(
            samples_of(table),
            numbers,
            families,
            criterion,
            sample_weight=table.sample_weight,
            observers=progress.observers,
            pool=pool,
            **options,
        )


def _describe(step: Progress) -> str:
    return f"{step.family}, {step.n_components}: {step.stage}"


def _as_json(selection: Selection, model: str | None) -> dict[str, Any]:
    from drumlin.cli.json_objects import fit_as_json

    return {
        "criterion": selection.criterion.name,
        "halted": None if selection.halted is None else selection.halted.value,
        "seed": selection.seed,
        "cells": selection.table("records"),
        "best": fit_as_json(selection.best, None, model),
    }


def _write_table(selection: Selection, path: str) -> None:
    import csv

    with console.open_output(path) as stream:
        if Path(path).suffix.lower() == ".md":
            print(selection.table("markdown"), file=stream)
        else:
            records = selection.table("records")
            writer = csv.DictWriter(stream, list(records[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)
    console.say(f"the table is in {path}")
