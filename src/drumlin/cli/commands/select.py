"""`drumlin select`: numbers of components and families, compared in one table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments, console
from drumlin.cli.arguments import option
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin._types import Array
    from drumlin.selection import Progress, Selection

TABLE_SUFFIXES = (".csv", ".md")

ENOUGH_WORK = 1_000_000
"""Rows × fits, in all folds, from which it pays to start processes: about two seconds."""


def select(
    data: arguments.Data,
    k: Annotated[
        str, arguments.components_option("Numbers of components: 1-9, or 2,3,5-7.")
    ] = "1-9",
    families: Annotated[str, option("NAMES", "all, or names with commas: VVV,EEE.")] = "all",
    criterion: Annotated[
        str, option("NAME", "bic, icl, aic, or held-out (log-likelihood of rows left out in turn).")
    ] = "bic",
    columns: arguments.Columns = None,
    sample_weight: arguments.SampleWeight = None,
    equal_weights: arguments.EqualWeights = False,
    starts: Annotated[int, option("N", "Clusterings that fits start from.", min=1)] = 2,
    folds: Annotated[int, option("N", "Folds of --criterion held-out.", min=2)] = 5,
    seed: arguments.Seed = None,
    max_seconds: arguments.MaxSeconds = None,
    threads: arguments.Threads = None,
    processes: Annotated[
        int | None,
        option(
            "N",
            "Processes that share the fits; unless given, one per processor if the table "
            "takes seconds, else 1.",
            min=1,
        ),
    ] = None,
    as_json: arguments.Json = False,
    output: arguments.ModelOutput = None,
    table: Annotated[str | None, option("FILE", "Write the whole table: .csv or .md.")] = None,
    picture: Annotated[str | None, arguments.picture_option("Draw the criterion")] = None,
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
    numbers = arguments.parse_numbers(k)
    if table is not None:
        if Path(table).suffix.lower() not in TABLE_SUFFIXES:
            raise typer.BadParameter(f"{table}: the name must end in .csv or .md")
        console.check_writable(table)
    check_model_output(output, as_json=as_json)
    import drumlin
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.cli.progress import long_work
    from drumlin.cli.reading import read_samples
    from drumlin.cli.worker_pool import worker_pool

    check_picture(picture)
    x, weight, _ = read_samples(data, columns, sample_weight)
    if processes is None:
        processes = _processes(x.x, numbers, families, criterion, folds)
    with long_work(_describe) as observers, worker_pool(processes, "selection") as pool:
        selection = drumlin.select(
            x,
            numbers,
            families,
            criterion,
            sample_weight=weight,
            equal_weights=equal_weights,
            starts=starts,
            n_folds=folds,
            rng=seed,
            max_seconds=max_seconds,
            n_threads=threads,
            observers=observers,
            pool=pool,
        )
    json_object = partial(_as_json, selection, output) if as_json else None
    write_result(selection.best, output, str(selection), json_object)
    if table is not None:
        _write_table(selection, table)
    if picture is not None:
        from drumlin.plots import criterion_curves

        save_picture(lambda: criterion_curves(selection), picture)
    console.exit_if_interrupted(selection.halted)


def _processes(x: Array, numbers: list[int], families: str, criterion: str, folds: int) -> int:
    """One per processor where the table takes seconds, else 1."""
    from drumlin.covariance import families_named
    from drumlin.execution import available_threads
    from drumlin.selection.criterion import criterion_named

    tables = 1 + folds * criterion_named(criterion).in_folds
    cells = len(numbers) * len(families_named(families, x.shape[1]))
    return available_threads() if len(x) * cells * tables >= ENOUGH_WORK else 1


def _describe(step: Progress) -> str:
    return f"{step.family}, {step.n_components}: {step.stage}"


def _as_json(selection: Selection, model: str | None) -> dict[str, Any]:
    from drumlin.cli.json_objects import fields_of, fit_as_json

    return {
        "criterion": selection.criterion.name,
        **fields_of(selection, "halted", "seed"),
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
