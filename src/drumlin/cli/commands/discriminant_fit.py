"""`drumlin discriminant fit`: classes in a data file in, a table and a model file out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    Json,
    SampleWeight,
    Seed,
    Threads,
    column_names,
    numbers_in,
)

if TYPE_CHECKING:
    import numpy as np

    from drumlin.data import FileTable
    from drumlin.discriminant import DiscriminantFit, Fold, Validation
    from drumlin.selection import Progress


def fit(
    data: Data,
    labels: Annotated[
        str,
        typer.Option(
            "--labels", metavar="COLUMN", help="Column of the classes, whole numbers or text."
        ),
    ],
    family: Annotated[
        str,
        typer.Option(
            "--family",
            metavar="NAMES",
            help="full (quadratic), tied (linear), diag, spherical, one of the fourteen, several "
            "with commas, or all: the best by --criterion.",
        ),
    ] = "full",
    mixture: Annotated[
        bool,
        typer.Option(
            "--mixture", help="A mixture in each class, its family and number chosen by BIC."
        ),
    ] = False,
    k: Annotated[
        str | None,
        typer.Option(
            "-k",
            "--components",
            metavar="K",
            help="With --mixture: numbers to try, 1-5 or 1,3; 1-5 unless given.",
        ),
    ] = None,
    criterion: Annotated[
        str,
        typer.Option("--criterion", metavar="NAME", help="bic, or error (of ten folds)."),
    ] = "bic",
    priors: Annotated[
        str | None,
        typer.Option(
            "--priors",
            metavar="A=P,B=P",
            help="Prior probabilities of the classes; their shares unless given.",
        ),
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            "--cost",
            metavar="TRUE,DECIDED=C",
            help="Cost of an error, where others cost 1; may be given several times.",
        ),
    ] = None,
    folds: Annotated[
        str | None,
        typer.Option(
            "--folds",
            metavar="N",
            help="Cross-validate the error by N folds, or loo: leave out one row each.",
        ),
    ] = None,
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    seed: Seed = None,
    threads: Threads = None,
    as_json: Json = False,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the classifier: JSON, or npz when the name ends so; - is standard output.",
        ),
    ] = None,
) -> None:
    """Learn to tell the classes of a data file apart.

    Without --mixture one Gaussian per class: full is quadratic, tied linear discriminant analysis.
    Ctrl-C stops and keeps what there is; the exit code is then 130.

    \b
    Example:
      drumlin discriminant fit iris.csv --labels Species --family all --folds loo -o model.json
      drumlin discriminant fit iris.csv --labels Species --mixture --cost setosa,virginica=5
    """
    if as_json and output == "-":
        raise typer.BadParameter("--json and -o - both want standard output: choose one")
    if k is not None and not mixture:
        raise typer.BadParameter("-k needs --mixture: without it each class is one Gaussian")
    numbers = numbers_in(k or "1-5") if mixture else None
    n_folds = _folds(folds)
    if output not in (None, "-"):
        console.check_writable(output)
    from drumlin.cli.class_options import costs_in, labels_of, priors_in
    from drumlin.data import read_table

    table = read_table(
        data, columns=column_names(columns), sample_weight=sample_weight, labels=labels
    )
    known = labels_of(table.labels, data)
    options: dict[str, Any] = {
        "n_components": numbers,
        "criterion": criterion,
        "priors": priors_in(priors, known),
        "costs": costs_in(cost, known),
        "rng": seed,
        "n_threads": threads,
    }
    fitted, validation = _run(table, known, family, n_folds, options)
    _show(fitted, validation, as_json=as_json, output=output)
    _leave(fitted, validation)


def _run(
    table: FileTable,
    known: np.ndarray,
    family: str,
    folds: int | str | None,
    options: dict[str, Any],
) -> tuple[DiscriminantFit, Validation | None]:
    import drumlin
    from drumlin.cli.progress import Line, step_progress
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.data import Table
    from drumlin.em import Outcome

    x = Table(table.x, table.feature_names if table.named else None)
    weight = table.sample_weight
    validation = None
    with console.warnings_as_messages(), terminate_as_interrupt():
        bar: Line[Progress] = step_progress(lambda step: f"{step.n_components} {step.family}")
        with bar:
            fitted = drumlin.discriminate(
                x, known, family, sample_weight=weight, observers=bar.observers, **options
            )
        if folds is not None and fitted.outcome is not Outcome.INTERRUPTED:
            rest: Line[Fold] = step_progress(lambda fold: f"error {fold.error:.4f}")
            with rest:
                validation = fitted.cross_validate(
                    x, known, folds, sample_weight=weight, observers=rest.observers
                )
    return fitted, validation


def _show(
    fitted: DiscriminantFit, validation: Validation | None, *, as_json: bool, output: str | None
) -> None:
    """Write the classifier where it was asked for, and print the table or the JSON object."""
    from drumlin.cli.discriminant_records import assessment_lines, fit_as_json
    from drumlin.storage import save, to_json

    if output not in (None, "-"):
        save(fitted, output)
    if as_json:
        console.print_json(fit_as_json(fitted, validation, output))
        return
    lines = [str(fitted)]
    if validation is not None:
        n_folds = int(validation.folds.max()) + 1
        single = n_folds == (validation.folds >= 0).sum()
        where = "on rows" if single else f"on {n_folds} folds"
        where += ", each left out in turn"
        lines += ["", *assessment_lines(validation, where, fitted.classifier.costs)]
    print("\n".join(lines), file=sys.stderr if output == "-" else sys.stdout)
    if output == "-":
        print(to_json(fitted), end="")
    elif output is not None:
        console.say(f"the classifier is in {output}")


def _leave(fitted: DiscriminantFit, validation: Validation | None) -> None:
    from drumlin.em import Outcome

    cut = validation is not None and not validation.complete
    if cut or fitted.outcome is Outcome.INTERRUPTED:
        raise typer.Exit(console.INTERRUPTED)


def _folds(text: str | None) -> int | str | None:
    if text is None or text == "loo":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"--folds {text}: give a whole number, or loo")
    return int(text)
