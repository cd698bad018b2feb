"""`drumlin bootstrap-test`: are k components enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from drumlin.cli import arguments, console
from drumlin.cli.arguments import option

if TYPE_CHECKING:
    from drumlin.likelihood_ratio import BootstrapTest, Replicate

ENOUGH_SAMPLES = 100
"""From so many samples on it pays to start processes."""


def bootstrap_test(
    data: arguments.Data,
    k: Annotated[str, arguments.components_option("Numbers to test, in turn: 2, 1-4, or 2,3,5-7.")],
    family: Annotated[str, option("NAME", "The family of both models, as in fit.")] = "full",
    samples: Annotated[int, option("N", "Samples for each number.", min=1)] = 999,
    level: Annotated[float, option("P", "Reject when p is no larger.")] = 0.05,
    columns: arguments.Columns = None,
    sample_weight: arguments.SampleWeight = None,
    seed: arguments.Seed = None,
    max_seconds: arguments.MaxSeconds = None,
    threads: Annotated[
        int | None, option("N", "Processors to use; all unless given.", min=1)
    ] = None,
    as_json: arguments.Json = False,
    picture: Annotated[str | None, arguments.picture_option("Draw the samples")] = None,
) -> None:
    """Test k components against k + 1 by the bootstrap.

    Numbers are tested in turn until one is not rejected. The gain in log-likelihood is compared
    with its gains on samples drawn from the k components that fit the data (McLachlan 1987).
    Ctrl-C (or SIGTERM) stops and keeps the samples so far; the exit code is then 130.

    \b
    Example:
      drumlin bootstrap-test faithful.csv -k 1-2 --samples 39 --plot null.png
    """
    numbers = arguments.parse_numbers(k)
    import drumlin
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.cli.progress import long_work
    from drumlin.cli.reading import read_samples
    from drumlin.cli.worker_pool import worker_pool
    from drumlin.execution import available_threads

    check_picture(picture)
    x, weight, _ = read_samples(data, columns, sample_weight)
    n_workers = 1 if samples < ENOUGH_SAMPLES else threads or available_threads()
    with long_work(_describe) as observers, worker_pool(n_workers, "likelihood_ratio") as pool:
        result = drumlin.bootstrap_test(
            x,
            numbers,
            family,
            sample_weight=weight,
            n_bootstrap=samples,
            level=level,
            rng=seed,
            max_seconds=max_seconds,
            n_threads=threads,
            observers=observers,
            pool=pool,
        )
    if as_json:
        console.print_json(_as_json(result))
    else:
        print(result)
    if picture is not None:
        from drumlin.plots import null_distributions

        save_picture(lambda: null_distributions(result)[0, 0], picture)
    console.exit_if_interrupted(result.halted)


def _describe(replicate: Replicate) -> str:
    return (
        f"samples of {replicate.n_components} components: {replicate.statistic:.2f}, "
        f"data {replicate.observed:.2f}"
    )


def _as_json(result: BootstrapTest) -> dict[str, Any]:
    from drumlin.cli.json_objects import fields_of

    figures = ("n_components", "statistic", "p_value", "standard_error", "healthy", "replicates")
    return {
        "family": result.family.code,
        **fields_of(result, "level", "n_components", "halted", "seed"),
        "tests": [fields_of(test, *figures) for test in result.tests],
    }
