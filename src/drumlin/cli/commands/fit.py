"""`drumlin fit`: a data file in, a table and a model file out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    EqualWeights,
    Json,
    SampleWeight,
    Seed,
    Threads,
    column_names,
    number_or_name,
)

if TYPE_CHECKING:
    from drumlin.cli.classes import Classes
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
            parser=number_or_name,
            help="Starts to try, or agglomerative: one, from a tree of merged rows.",
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
    max_seconds: Annotated[
        float | None,
        typer.Option(
            "--max-seconds",
            metavar="SECONDS",
            help="Return the best so far after this time.",
        ),
    ] = None,
    acceleration: Annotated[
        str,
        typer.Option(
            "--acceleration",
            metavar="NAME",
            help="auto jumps ahead where EM is slow, and sees large data last; none is plain EM.",
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
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the model: JSON, or npz when the name ends so; - is standard output.",
        ),
    ] = None,
) -> None:
    """Fit a Gaussian mixture to a data file and print it.

    Ctrl-C (or SIGTERM) stops the fit and keeps the best so far; the exit code is then 130.

    \b
    Example:
      drumlin fit faithful.csv -k 2 -o model.json
      drumlin fit faithful.csv -k 3 --starts agglomerative
      drumlin fit iris.csv --labels Species --family tied --json
    """
    if as_json and output == "-":
        raise typer.BadParameter("--json and -o - both want standard output: choose one")
    if k is None and labels is None:
        raise typer.BadParameter("how many components? Give -k, or --labels COLUMN")
    if output not in (None, "-"):
        console.check_writable(output)
    from drumlin.cli.classes import read_classes
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
    _show(fitted, names, as_json=as_json, output=output)
    _leave(fitted, strict=strict)


def _run(
    table: FileTable, k: int | None, classes: Classes | None, family: str, options: dict[str, Any]
) -> Fit:
    import drumlin
    from drumlin.cli.progress import fit_progress
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.data import Table

    x = Table(table.x, table.feature_names if table.named else None)
    n_components = k if classes is None else len(classes.names)
    assert n_components is not None  # there are classes where -k was not given
    with console.warnings_as_messages(), terminate_as_interrupt(), fit_progress() as progress:
        return drumlin.fit(
            x,
            n_components,
            family,
            sample_weight=table.sample_weight,
            labels=None if classes is None else classes.labels,
            observers=progress.observers,
            **options,
        )


def _show(fitted: Fit, names: tuple[str, ...] | None, *, as_json: bool, output: str | None) -> None:
    """Write the model where it was asked for, and print the table or the JSON object."""
    import sys

    from drumlin.cli.records import fit_as_json
    from drumlin.storage import save, to_json

    if output not in (None, "-"):
        save(fitted, output, component_names=names)
    if as_json:
        console.print_json(fit_as_json(fitted, names, output))
        return
    lines = [str(fitted)]
    if names is not None:
        lines += [f"component {j + 1} is {name}" for j, name in enumerate(names)]
    print("\n".join(lines), file=sys.stderr if output == "-" else sys.stdout)
    if output == "-":
        print(to_json(fitted, component_names=names), end="")
    elif output is not None:
        console.say(f"the model is in {output}")


def _leave(fitted: Fit, *, strict: bool) -> None:
    from drumlin.em import Outcome

    if fitted.outcome is Outcome.INTERRUPTED:
        raise typer.Exit(console.INTERRUPTED)
    if strict and fitted.outcome is not Outcome.CONVERGED:
        console.say(f"not converged ({fitted.outcome.value}), which --strict counts as failure")
        raise typer.Exit(console.NOT_CONVERGED)
