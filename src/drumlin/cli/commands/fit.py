"""`drumlin fit`: from a data file to a table and a model file."""

from __future__ import annotations

from functools import partial
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
    parse_starts,
)
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin.cli.classes import NamedLabels
    from drumlin.data import FileTable
    from drumlin.fitting.result import Fit


def fit(
    data: Data,
    k: Annotated[
        int | None,
        typer.Option(
            "-k",
            "--components",
            metavar="K",
            min=1,
            help="Number of components; with --labels it is the number of classes.",
        ),
    ] = None,
    family: Annotated[
        str,
        typer.Option(
            "--family",
            metavar="NAME",
            help="full, tied, diag, spherical, or a code: EII VII EEI VEI EVI VVI EEE VEE EVE VVE "
            "EEV VEV EVV VVV.",
        ),
    ] = "full",
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="COLUMN",
            help="Column of known classes, whole numbers or text; an empty cell is unknown.",
        ),
    ] = None,
    equal_weights: EqualWeights = False,
    seed: Seed = None,
    starts: Annotated[
        Any,
        typer.Option(
            "--starts",
            metavar="N",
            parser=parse_starts,
            help="Number of starts; or agglomerative: one, by hierarchical clustering of the rows.",
        ),
    ] = 10,
    tol: Annotated[
        float,
        typer.Option(
            "--tol",
            metavar="NATS",
            min=0.0,
            help="Stop when about this much log-likelihood remains to be gained.",
        ),
    ] = 1e-3,
    max_iter: Annotated[
        int, typer.Option("--max-iter", metavar="N", min=1, help="Passes over the data, per start.")
    ] = 1000,
    max_seconds: MaxSeconds = None,
    acceleration: Annotated[
        str,
        typer.Option(
            "--acceleration",
            metavar="NAME",
            help="auto extrapolates where EM is slow, and begins large data on subsamples; "
            "none is plain EM.",
        ),
    ] = "auto",
    threads: Threads = None,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="auto, native or reference.")
    ] = "auto",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when the fit has not converged.")
    ] = False,
    as_json: Json = False,
    output: ModelOutput = None,
) -> None:
    """Fit a Gaussian mixture to a data file and print it.

    Ctrl-C (or SIGTERM) stops the fit and keeps the best so far; the exit code is then 130.

    \b
    Example:
      drumlin fit faithful.csv -k 2 -o model.json
      drumlin fit faithful.csv -k 3 --starts agglomerative
      drumlin fit iris.csv --labels Species --family tied --json
    """
    if k is None and labels is None:
        raise typer.BadParameter("how many components? Give -k, or --labels COLUMN")
    check_model_output(output, as_json=as_json)
    from drumlin.cli.classes import read_classes
    from drumlin.cli.json_objects import fit_as_json
    from drumlin.data import read_table

    table = read_table(
        data, columns=column_names(columns), sample_weight=sample_weight, labels=labels
    )
    classes = read_classes(table.labels, k, data)
    options: dict[str, Any] = {
        "equal_weights": equal_weights,
        "starts": starts,
        "tol": tol,
        "max_iter": max_iter,
        "max_seconds": max_seconds,
        "acceleration": acceleration,
        "backend": backend,
        "n_threads": threads,
        "rng": seed,
    }
    fitted = _run(table, k, classes, family, options)
    names = None if classes is None else classes.names
    lines = [str(fitted), *(f"component {j + 1} is {name}" for j, name in enumerate(names or ()))]
    json_object = partial(fit_as_json, fitted, names, output) if as_json else None
    write_result(fitted, output, "\n".join(lines), json_object, names)
    console.exit_if_interrupted(fitted.outcome)
    from drumlin.em import Outcome

    if strict and fitted.outcome is not Outcome.CONVERGED:
        console.say(f"not converged ({fitted.outcome.value}), which --strict counts as failure")
        raise typer.Exit(console.NOT_CONVERGED)


def _run(
    table: FileTable,
    k: int | None,
    classes: NamedLabels | None,
    family: str,
    options: dict[str, Any],
) -> Fit:
    import drumlin
    from drumlin.cli.progress import fit_progress
    from drumlin.cli.reading import samples_of
    from drumlin.cli.signals import terminate_as_interrupt

    n_components = k if classes is None else len(classes.names)
    assert n_components is not None  # there are classes where -k was not given
    with console.warnings_as_messages(), terminate_as_interrupt(), fit_progress() as progress:
        return drumlin.fit(
            samples_of(table),
            n_components,
            family,
            sample_weight=table.sample_weight,
            labels=None if classes is None else classes.labels,
            observers=progress.observers,
            **options,
        )
