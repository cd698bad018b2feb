"""`drumlin bootstrap-test`: are k components enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import (
    Columns,
    Data,
    Json,
    MaxSeconds,
    SampleWeight,
    Seed,
    column_names,
    parse_numbers,
    picture_option,
)

if TYPE_CHECKING:
    from drumlin.data import FileTable
    from drumlin.likelihood_ratio import BootstrapTest

ENOUGH_SAMPLES = 100
"""From so many samples on it pays to start processes."""


def bootstrap_test(
    data: Data,
    k: Annotated[
        str,
        typer.Option(
            "-k",
            "--components",
            metavar="K",
            help="Numbers to test, in turn: 2, 1-4, or 2,3,5-7.",
        ),
    ],
    family: Annotated[
        str, typer.Option("--family", metavar="NAME", help="The family of both models, as in fit.")
    ] = "full",
    samples: Annotated[
        int, typer.Option("--samples", metavar="N", min=1, help="Samples for each number.")
    ] = 999,
    level: Annotated[
        float, typer.Option("--level", metavar="P", help="Reject when p is no larger.")
    ] = 0.05,
    columns: Columns = None,
    sample_weight: SampleWeight = None,
    seed: Seed = None,
    max_seconds: MaxSeconds = None,
    threads: Annotated[
        int | None,
        typer.Option("--threads", metavar="N", min=1, help="Processors to use; all unless given."),
    ] = None,
    as_json: Json = False,
    picture: Annotated[str | None, picture_option("Draw the samples")] = None,
) -> None:
    """Test k components against k + 1 by the bootstrap.

    Numbers are tested in turn until one is not rejected. The gain in log-likelihood is compared
    with its gains on samples drawn from the k components that fit the data (McLachlan 1987).
    Ctrl-C (or SIGTERM) stops and keeps the samples so far; the exit code is then 130.

    \b
    Example:
      drumlin bootstrap-test faithful.csv -k 1-2 --samples 39 --plot null.png
    """
    numbers = parse_numbers(k)
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.data import read_table

    check_picture(picture)
    table = read_table(data, columns=column_names(columns), sample_weight=sample_weight)
    options: dict[str, Any] = {
        "n_bootstrap": samples,
        "level": level,
        "rng": seed,
        "max_seconds": max_seconds,
        "n_threads": threads,
    }
    result = _run(table, numbers, family, options)
    if as_json:
        console.print_json(_as_json(result))
    else:
        print(result)
    if picture is not None:
        from drumlin.plots import null_distributions

        save_picture(lambda: null_distributions(result)[0, 0], picture)
    console.exit_if_interrupted(result.halted)


def _run(
    table: FileTable, numbers: list[int], family: str, options: dict[str, Any]
) -> BootstrapTest:
    import drumlin
    from drumlin.cli.progress import step_progress
    from drumlin.cli.reading import samples_of
    from drumlin.cli.signals import terminate_as_interrupt
    from drumlin.cli.worker_pool import worker_pool
    from drumlin.execution import available_threads
    from drumlin.likelihood_ratio import Replicate

    def describe(replicate: Replicate) -> str:
        return (
            f"samples of {replicate.n_components} components: {replicate.statistic:.2f}, "
            f"data {replicate.observed:.2f}"
        )

    n_workers = options["n_threads"] or available_threads()
    if options["n_bootstrap"] < ENOUGH_SAMPLES:
        n_workers = 1
    with (
        console.warnings_as_messages(),
        terminate_as_interrupt(),
        worker_pool(n_workers, "likelihood_ratio") as pool,
        step_progress(describe) as progress,
    ):
        return drumlin.bootstrap_test(
            samples_of(table),
            numbers,
            family,
            sample_weight=table.sample_weight,
            observers=progress.observers,
            pool=pool,
            **options,
        )


def _as_json(result: BootstrapTest) -> dict[str, Any]:
    return {
        "family": result.family.code,
        "level": result.level,
        "n_components": result.n_components,
        "halted": None if result.halted is None else result.halted.value,
        "seed": result.seed,
        "tests": [
            {
                "n_components": test.n_components,
                "statistic": test.statistic,
                "p_value": test.p_value,
                "standard_error": test.standard_error,
                "healthy": test.healthy,
                "replicates": test.replicates.tolist(),
            }
            for test in result.tests
        ],
    }
