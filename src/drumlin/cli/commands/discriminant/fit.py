"""`drumlin discriminant fit`: from known classes to a table and a model file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments, console
from drumlin.cli.arguments import option
from drumlin.cli.commands.discriminant.assess import assessment_lines
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin.discriminant import DiscriminantFit, Fold, Validation
    from drumlin.selection import Progress


def fit(
    data: arguments.Data,
    labels: Annotated[str, option("COLUMN", "Column of the classes, whole numbers or text.")],
    family: Annotated[
        str,
        option(
            "NAMES",
            "full (quadratic), tied (linear), diag, spherical, one of the fourteen, several "
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
        arguments.components_option(
            "With --mixture: numbers to try, 1-5 or 1,3; 1-5 unless given."
        ),
    ] = None,
    criterion: Annotated[str, option("NAME", "bic, or error (of ten folds).")] = "bic",
    priors: Annotated[
        str | None,
        option(
            "A=P,B=P", "Prior probabilities of the classes; their shares of the rows unless given."
        ),
    ] = None,
    cost: Annotated[
        list[str] | None,
        option(
            "TRUE,DECIDED=C",
            "Cost of one kind of error, others cost 1; may be given several times.",
        ),
    ] = None,
    folds: Annotated[
        str | None, option("N", "Cross-validate the error by N folds, or loo: leave one row out.")
    ] = None,
    columns: arguments.Columns = None,
    sample_weight: arguments.SampleWeight = None,
    seed: arguments.Seed = None,
    threads: arguments.Threads = None,
    as_json: arguments.Json = False,
    output: arguments.ModelOutput = None,
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
    numbers = arguments.parse_numbers(k or "1-5") if mixture else None
    n_folds = _parse_folds(folds)
    import drumlin
    from drumlin.cli.classes import complete_labels, parse_costs, parse_priors
    from drumlin.cli.progress import long_work
    from drumlin.cli.reading import read_samples
    from drumlin.em import Outcome

    x, weight, cells = read_samples(data, columns, sample_weight, labels)
    known = complete_labels(cells, data)
    validation = None
    with long_work(_describe_step) as observers:
        fitted = drumlin.discriminate(
            x,
            known,
            family,
            n_components=numbers,
            criterion=criterion,
            priors=parse_priors(priors, known),
            costs=parse_costs(cost, known),
            sample_weight=weight,
            n_threads=threads,
            rng=seed,
            observers=observers,
        )
    if n_folds is not None and fitted.outcome is not Outcome.INTERRUPTED:
        with long_work(_describe_fold) as observers:
            validation = fitted.cross_validate(
                x, known, n_folds, sample_weight=weight, observers=observers
            )
    json_object = partial(_as_json, fitted, validation, output) if as_json else None
    write_result(fitted, output, _text(fitted, validation), json_object)
    console.exit_if_interrupted(fitted.outcome)
    if validation is not None and not validation.complete:
        raise typer.Exit(console.INTERRUPTED)


def _describe_step(step: Progress) -> str:
    return f"{step.n_components} {step.family}"


def _describe_fold(fold: Fold) -> str:
    return f"error {fold.error:.4f}"


def _text(fitted: DiscriminantFit, validation: Validation | None) -> str:
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
    from drumlin.cli.json_objects import ASSESSMENT, classifier_as_json, fields_of

    sizes = ("n_parameters", "n_samples", "total_weight")
    return {
        **fields_of(fitted, "log_likelihood", "row_log_likelihood"),
        "bic": fitted.bic(),
        "aic": fitted.aic(),
        **fields_of(fitted, *sizes),
        "families": [family.code for family in fitted.families],
        **fields_of(fitted, "sizes", "healthy", "outcome"),
        "seed": fitted.plan.seed,
        "notes": fitted.notes,
        "model": model,
        "training": fields_of(fitted.training, *ASSESSMENT),
        "cross_validation": validation and fields_of(validation, *ASSESSMENT, "complete"),
        "candidates": fitted.candidates,
        **classifier_as_json(fitted.classifier),
    }


def _parse_folds(text: str | None) -> int | str | None:
    if text is None or text == "loo":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"--folds {text}: give a whole number, or loo")
    return int(text)
