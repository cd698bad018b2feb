"""`drumlin fit`: from a data file to a table and a model file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments, console
from drumlin.cli.arguments import option
from drumlin.cli.model_output import check_model_output, write_result

if TYPE_CHECKING:
    from drumlin.em import Iteration

STAGES = {"start": "short run", "subsample": "some rows", "full": "all rows"}


def fit(
    data: arguments.Data,
    k: Annotated[
        int | None,
        arguments.components_option(
            "Number of components; with --labels it is the number of classes.", min=1
        ),
    ] = None,
    family: Annotated[
        str,
        option(
            "NAME",
            "full, tied, diag, spherical, or a code: EII VII EEI VEI EVI VVI EEE VEE EVE VVE "
            "EEV VEV EVV VVV.",
        ),
    ] = "full",
    columns: arguments.Columns = None,
    sample_weight: arguments.SampleWeight = None,
    labels: Annotated[
        str | None,
        option(
            "COLUMN", "Column of known classes, whole numbers or text; an empty cell is unknown."
        ),
    ] = None,
    equal_weights: arguments.EqualWeights = False,
    seed: arguments.Seed = None,
    starts: Annotated[
        Any,
        option(
            "N",
            "Number of starts; or agglomerative: one, by hierarchical clustering of the rows.",
            parser=arguments.parse_starts,
        ),
    ] = 10,
    tol: Annotated[
        float,
        option("NATS", "Stop when about this much log-likelihood remains to be gained.", min=0.0),
    ] = 1e-3,
    max_iter: Annotated[int, option("N", "Passes over the data, per start.", min=1)] = 1000,
    max_seconds: arguments.MaxSeconds = None,
    acceleration: Annotated[
        str,
        option(
            "NAME",
            "auto extrapolates where EM is slow, and begins large data on subsamples; "
            "none is plain EM.",
        ),
    ] = "auto",
    threads: arguments.Threads = None,
    backend: Annotated[str, option("NAME", "auto, native or reference.")] = "auto",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when the fit has not converged.")
    ] = False,
    as_json: arguments.Json = False,
    output: arguments.ModelOutput = None,
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
    import drumlin
    from drumlin.cli.classes import read_classes
    from drumlin.cli.json_objects import fit_as_json
    from drumlin.cli.progress import long_work
    from drumlin.cli.reading import read_samples
    from drumlin.em import Outcome

    x, weight, cells = read_samples(data, columns, sample_weight, labels)
    classes = read_classes(cells, k, data)
    names = None if classes is None else classes.names
    with long_work(_describe, counted=False) as observers:
        fitted = drumlin.fit(
            x,
            k or len(names or ()),
            family,
            sample_weight=weight,
            labels=None if classes is None else classes.labels,
            equal_weights=equal_weights,
            starts=starts,
            tol=tol,
            max_iter=max_iter,
            max_seconds=max_seconds,
            acceleration=acceleration,
            backend=backend,
            n_threads=threads,
            rng=seed,
            observers=observers,
        )
    lines = [str(fitted), *(f"component {j + 1} is {name}" for j, name in enumerate(names or ()))]
    json_object = partial(fit_as_json, fitted, names, output) if as_json else None
    write_result(fitted, output, "\n".join(lines), json_object, names)
    console.exit_if_interrupted(fitted.outcome)
    if strict and fitted.outcome is not Outcome.CONVERGED:
        console.say(f"not converged ({fitted.outcome.value}), which --strict counts as failure")
        raise typer.Exit(console.NOT_CONVERGED)


def _describe(iteration: Iteration) -> str:
    stage = STAGES.get(iteration.stage, iteration.stage)
    return (
        f"run {iteration.run + 1}, {stage}, pass {iteration.index + 1}, "
        f"log-likelihood {iteration.log_likelihood:.3f}"
    )
