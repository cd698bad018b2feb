"""`drumlin discriminant fit`: from known classes to a table and a model file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    Json,
    ModelOutput,
    SampleWeight,
    Seed,
    Threads,
    column_names,
    parse_numbers,
)
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin._types import Array
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
            "--mixture",
            help="A mixture in each class, its family and number of components chosen by BIC.",
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
            help="Prior probabilities of the classes; their shares of the rows unless given.",
        ),
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            "--cost",
            metavar="TRUE,DECIDED=C",
            help="Cost of one kind of error, others cost 1; may be given several times.",
        ),
    ] = None,
    folds: Annotated[
        str | None,
        typer.Option(
            "--folds",
            metavar="N",
            help="Cross-validate the error by N folds, or loo: leave one row out.",
        ),
    ] = None,
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    seed: Seed = None,
    threads: Threads = None,
    as_json: Json = False,
    output: ModelOutput = None,
) -> None:
    """Fit a classifier to the known classes of a data file.

    Without --mixture each class is one Gaussian: full is quadratic, tied linear discriminant
    analysis. Ctrl-C stops and keeps the result so far; the exit code is then 130.

    \b
    Example:
      drumlin discriminant fit iris.csv --labels Species --family all --folds loo -o model.json
      drumlin discriminant fit iris.csv --labels Species --mixture --cost setosa,virginica=5
    """
    check_model_output(output, as_json=as_json)
    if k is not None and not mixture:
        raise typer.BadParameter("-k needs --mixture: without it each class is one Gaussian")
    numbers = parse_numbers(k or "1-5") if mixture else None
    n_folds = _parse_folds(folds)
    from drumlin.cli.classes import complete_labels, parse_costs, parse_priors
    from drumlin.data import read_table

    table = read_table(
        data, columns=column_names(columns), sample_weight=sample_weight, labels=labels
    )
    known = complete_labels(table.labels, data)
    options: dict[str, Any] = {
        "n_components": numbers,
        "criterion": criterion,
        "priors": parse_priors(priors, known),
        "costs": parse_costs(cost, known),
        "rng": seed,
        "n_threads": threads,
    }
    fitted, validation = _run(table, known, family, n_folds, options)
    json_object = partial(_as_json, fitted, validation, output) if as_json else None
    write_result(fitted, output, _text(fitted, validation), json_object)
    console.exit_if_interrupted(fitted.outcome)
    if validation is not None and not validation.complete:
        raise typer.Exit(console.INTERRUPTED)


def _run(
    table: FileTable, labels: Array, family: str, folds: int | str | None, options: dict[str, Any]
) -> tuple[DiscriminantFit, Validation | None]:
    import drumlin
    from drumlin.cli.progress import ProgressLine, step_progress
    from drumlin.cli.reading import samples_of
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.em import Outcome

    x, weight = samples_of(table), table.sample_weight
    progress: ProgressLine[Progress] = step_progress(lambda s: f"{s.n_components} {s.family}")
    fold_progress: ProgressLine[Fold] = step_progress(lambda fold: f"error {fold.error:.4f}")
    validation = None
    with console.warnings_as_messages(), terminate_as_interrupt():
        with progress:
            fitted = drumlin.discriminate(
                x, labels, family, sample_weight=weight, observers=progress.observers, **options
            )
        if folds is not None and fitted.outcome is not Outcome.INTERRUPTED:
            with fold_progress:
                validation = fitted.cross_validate(
                    x, labels, folds, sample_weight=weight, observers=fold_progress.observers
                )
    return fitted, validation


def _text(fitted: DiscriminantFit, validation: Validation | None) -> str:
    from drumlin.cli.assessment import assessment_lines

    lines = [str(fitted)]
    if validation is not None:
        n_folds = int(validation.folds.max()) + 1
        single_rows = n_folds == (validation.folds >= 0).sum()
        rows = "on rows" if single_rows else f"on {n_folds} folds"
        rows += ", each left out in turn"
        lines += ["", *assessment_lines(validation, rows, fitted.classifier.costs)]
    return "\n".join(lines)


def _as_json(
    fitted: DiscriminantFit, validation: Validation | None, model: str | None
) -> dict[str, Any]:
    """Everything in the table, and the path of the model file."""
    from dataclasses import asdict

    from drumlin.cli.assessment import assessment_as_json
    from drumlin.cli.json_objects import classifier_as_json

    return {
        "log_likelihood": fitted.log_likelihood,
        "row_log_likelihood": fitted.row_log_likelihood,
        "bic": fitted.bic(),
        "aic": fitted.aic(),
        "n_parameters": fitted.n_parameters,
        "n_samples": fitted.n_samples,
        "total_weight": fitted.total_weight,
        "families": [family.code for family in fitted.families],
        "sizes": fitted.sizes.tolist(),
        "healthy": fitted.healthy,
        "outcome": fitted.outcome.value,
        "seed": fitted.plan.seed,
        "notes": list(fitted.notes),
        "model": model,
        "training": assessment_as_json(fitted.training),
        "cross_validation": None
        if validation is None
        else {**assessment_as_json(validation), "complete": validation.complete},
        "candidates": [asdict(one) for one in fitted.candidates],
        **classifier_as_json(fitted.classifier),
    }


def _parse_folds(text: str | None) -> int | str | None:
    if text is None or text == "loo":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"--folds {text}: give a whole number, or loo")
    return int(text)
