"""`drumlin plot`: a picture of a model, with data if given."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Model
from drumlin.cli.pictures import DOTS_PER_INCH, suffix_of
from drumlin.errors import InvalidParameterError

if TYPE_CHECKING:
    import numpy as np

    from drumlin.storage import Record


class Kind(Enum):
    """What to draw."""

    AUTO = "auto"
    SCATTER = "scatter"
    PAIRS = "pairs"
    CLASSIFICATION = "classification"
    UNCERTAINTY = "uncertainty"
    DENSITY = "density"
    REGIONS = "regions"
    PROJECTION = "projection"
    STORY = "story"
    PATH = "path"


MANY = (Kind.CLASSIFICATION, Kind.UNCERTAINTY, Kind.DENSITY, Kind.REGIONS)
"""Kinds for any number of columns: one Axes, or pairs."""


def plot(
    model: Model,
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Data to draw with it; - is standard input."),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The picture: a name ending in .png, .svg or .pdf; - is standard output, PNG.",
        ),
    ] = ...,  # type: ignore[assignment]
    kind: Annotated[
        Kind,
        typer.Option(
            "--kind",
            help="auto: the density of 1 column, a scatter of 2, pairs of more; "
            "classification: hard labels; uncertainty: 1 - the largest responsibility; density: "
            "image and contours; regions: the smallest that hold 25, 50, 75, 95 %; projection: "
            "the plane in which components differ most; story: EM on the data, step by step; "
            "path: the log-likelihood of the fit.",
        ),
    ] = Kind.AUTO,
    columns: Columns = None,
) -> None:
    """Draw a model, and the data if given.

    \b
    Example:
      drumlin plot model.json faithful.csv -o figure.png
      drumlin plot model.json faithful.csv --kind uncertainty -o doubts.pdf
      drumlin plot model.json --kind regions -o regions.png
    """
    suffix = "png" if output == "-" else suffix_of(output)
    if kind is Kind.STORY and data is None:
        raise typer.BadParameter("--kind story needs DATA")
    from drumlin.cli.inputs import read_model, read_rows

    os.environ.setdefault("MPLBACKEND", "Agg")  # no window, and no need of a screen
    record = read_model(model)
    x = None if data is None else read_rows(record.mixture, data, columns)
    with console.warnings_as_messages():
        axes = _draw(kind, record, x)
        _write(axes, output, suffix)
    if output != "-":
        console.say(f"the picture is in {output}")


def _draw(kind: Kind, record: Record, x: np.ndarray | None) -> np.ndarray:
    """The Axes of the picture, as an array."""
    import numpy as np

    from drumlin import plots

    mixture = record.mixture
    if kind is Kind.AUTO:
        return plots.plot(mixture, x)
    if kind in MANY:
        return plots.plot(mixture, x, kind=kind.value)
    if kind is Kind.PAIRS:
        return plots.pairs(mixture, x)
    if kind is Kind.STORY:
        family = mixture.covariance.name if record.facts is None else record.facts.family
        return plots.em_story(
            x, mixture.n_components, family=family, feature_names=mixture.feature_names
        )
    if kind is Kind.PATH:
        if record.facts is None:
            raise InvalidParameterError(
                "--kind path needs a model that was fitted: this one was written by hand"
            )
        return np.array([plots.log_likelihood_path(record.facts)])
    single = plots.projection if kind is Kind.PROJECTION else plots.scatter_2d
    return np.array([single(mixture, x)])


def _write(axes: np.ndarray, output: str, suffix: str) -> None:
    import sys

    figure = axes.flat[0].figure
    target = sys.stdout.buffer if output == "-" else output
    figure.savefig(target, format=suffix, dpi=DOTS_PER_INCH)
