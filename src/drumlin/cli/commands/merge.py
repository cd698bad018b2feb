"""`drumlin merge`: overlapping components united to clusters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments, console

if TYPE_CHECKING:
    from drumlin.merging import Merging


def merge(
    model: arguments.Model,
    data: arguments.Data,
    clusters: Annotated[
        int | None,
        arguments.option(
            "N", "Print the cluster of every row instead of the table, for so many clusters.", min=1
        ),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="With --clusters: print also responsibility_1, ...")
    ] = False,
    picture: Annotated[
        str | None, arguments.picture_option("Draw the entropy, with --clusters the clusters")
    ] = None,
    columns: arguments.Columns = None,
    as_json: arguments.Json = False,
    output: arguments.Output = None,
) -> None:
    """Merge components that overlap into clusters.

    A cluster that is not Gaussian takes several components. Each step merges the two clusters
    whose union lowers the entropy of the assignment most (Baudry et al. 2010); the bend of the
    entropy suggests the number of clusters. Components are counted from 1, as in the table of the
    fit.

    \b
    Example:
      drumlin merge model.json faithful.csv --plot entropy.png
      drumlin merge model.json faithful.csv --clusters 2 --plot clusters.png -o labels.csv
    """
    if proba and clusters is None:
        raise typer.BadParameter("--proba needs --clusters N")
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.cli.reading import read_model, read_rows
    from drumlin.merging import merge

    check_picture(picture)
    mixture = read_model(model).mixture
    merging = merge(mixture, read_rows(mixture, data, columns))
    if picture is not None:
        save_picture(lambda: _draw(merging, clusters), picture)
    if as_json:
        console.print_json(_as_json(merging, clusters, proba=proba), output)
    elif clusters is None:
        with console.open_output(output) as stream:
            print(merging, file=stream)
    else:
        from drumlin.cli.csv_output import write_labels

        merging.members(clusters)  # refuses a wrong number before a file is begun
        header = [f"responsibility_{c + 1}" for c in range(clusters)] if proba else []
        write_labels(
            output,
            merging.x.x,
            lambda x: (merging.labels(clusters, x) + 1).tolist(),
            partial(merging.responsibilities, clusters),
            header,
        )


def _draw(merging: Merging, clusters: int | None) -> Any:
    """The entropy of all numbers of clusters, or the clusters of the number given."""
    from drumlin import plots

    if clusters is None:
        return plots.entropy_of_merging(merging)
    return plots.merged_clusters(merging, clusters)


def _as_json(merging: Merging, clusters: int | None, *, proba: bool) -> dict[str, Any]:
    from drumlin.cli.json_objects import fields_of

    answer: dict[str, Any] = {
        **fields_of(merging, "entropies", "merged_rows"),
        "merged": [[c + 1 for c in step.pair] for step in merging.merges],
        **fields_of(merging, "suggested", "suggested_by_rows"),
    }
    if clusters is not None:
        answer["members"] = merging.members(clusters) + 1
        answer["labels"] = merging.labels(clusters) + 1
        if proba:
            answer["responsibilities"] = merging.responsibilities(clusters)
    return answer
