"""`drumlin merge`: components become clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Data, Json, Model, Output

if TYPE_CHECKING:
    from drumlin.merging import Merging


def merge(
    model: Model,
    data: Data,
    clusters: Annotated[
        int | None,
        typer.Option(
            "--clusters",
            metavar="N",
            min=1,
            help="Print the cluster of every row instead of the table, for so many clusters.",
        ),
    ] = None,
    proba: Annotated[
        bool,
        typer.Option("--proba", help="With --clusters: print also responsibility_1, ..."),
    ] = False,
    picture: Annotated[
        str | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the entropy, with --clusters the clusters: a name in .png, .svg or .pdf.",
        ),
    ] = None,
    columns: Columns = None,
    as_json: Json = False,
    output: Output = None,
) -> None:
    """Merge components that overlap into clusters.

    A cluster that is not Gaussian takes several components. Each step merges the two clusters
    whose union makes the assignment of the rows surer than any other (Baudry et al. 2010); where
    the entropy bends, the numbers of clusters are suggested. Components are counted from 1, as in
    the table of the fit.

    \b
    Example:
      drumlin merge model.json faithful.csv --plot entropy.png
      drumlin merge model.json faithful.csv --clusters 2 --plot clusters.png -o labels.csv
    """
    if proba and clusters is None:
        raise typer.BadParameter("--proba needs --clusters N")
    from drumlin.cli.inputs import read_model, read_rows
    from drumlin.cli.pictures import save_picture, suffix_of
    from drumlin.merging import merge

    if picture is not None:
        suffix_of(picture)
    mixture = read_model(model).mixture
    merging = merge(mixture, read_rows(mixture, data, columns))
    if picture is not None:
        save_picture(lambda: _drawn(merging, clusters), picture)
    if as_json:
        console.print_json(_as_json(merging, clusters, proba=proba), output)
    elif clusters is None:
        with console.output(output) as stream:
            print(merging, file=stream)
    else:
        _print_rows(merging, clusters, proba=proba, path=output)


def _drawn(merging: Merging, clusters: int | None) -> Any:
    """The entropy of every number of clusters, or the clusters of one."""
    from drumlin import plots

    if clusters is None:
        return plots.entropy_of_merging(merging)
    return plots.merged_clusters(merging, clusters)


def _as_json(merging: Merging, clusters: int | None, *, proba: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "entropies": merging.entropies.tolist(),
        "merged_rows": merging.merged_rows.tolist(),
        "merged": [[c + 1 for c in step.pair] for step in merging.merges],
        "suggested": merging.suggested,
        "suggested_by_rows": merging.suggested_by_rows,
    }
    if clusters is not None:
        told["members"] = (merging.members(clusters) + 1).tolist()
        told["labels"] = (merging.labels(clusters) + 1).tolist()
    if proba and clusters is not None:
        told["responsibilities"] = merging.responsibilities(clusters).tolist()
    return told


def _print_rows(merging: Merging, clusters: int, *, proba: bool, path: str | None) -> None:
    from drumlin.cli.rows import blocks, cells

    merging.members(clusters)  # a wrong number is told before a file is begun
    header = [f"responsibility_{c + 1}" for c in range(clusters)] if proba else []
    with console.output(path) as stream:
        print(",".join(["label", *header]), file=stream)
        for block in blocks(merging.x.x):
            lines = [[str(c + 1)] for c in merging.labels(clusters, block).tolist()]
            if proba:
                soft = cells(merging.responsibilities(clusters, block))
                lines = [[*line, *row] for line, row in zip(lines, soft, strict=True)]
            stream.write("".join(",".join(line) + "\n" for line in lines))
