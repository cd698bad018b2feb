"""`drumlin plot`: a picture of a model, with data if given."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments
from drumlin.cli.picture_files import check_picture, save_picture
from drumlin.errors import InvalidParameterError

if TYPE_CHECKING:
    from drumlin._types import Array
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


OF_PLOT = (Kind.CLASSIFICATION, Kind.UNCERTAINTY, Kind.DENSITY, Kind.REGIONS)
"""Kinds of `plots.plot`, which draws any number of columns: on one Axes, or as pairs."""


def plot(
    model: arguments.Model,
    data: arguments.OptionalData = None,
    output: Annotated[
        str,
        arguments.option(
            "FILE",
            "The picture: a name ending in .png, .svg or .pdf; - is standard output, PNG.",
            "-o",
            "--output",
        ),
    ] = ...,  # type: ignore[assignment]
    kind: Annotated[
        Kind,
        typer.Option(
            help="auto: the density of 1 column, a scatter of 2, pairs of more; "
            "classification: hard labels; uncertainty: 1 - the largest responsibility; density: "
            "image and contours; regions: the smallest that hold 25, 50, 75, 95 %; projection: "
            "on the plane in which components differ most; story: EM on the data, step by step; "
            "path: the log-likelihood of the fit."
        ),
    ] = Kind.AUTO,
    columns: arguments.Columns = None,
) -> None:
    """Draw a model, and the data if given.

    \b
    Example:
      drumlin plot model.json faithful.csv -o figure.png
      drumlin plot model.json faithful.csv --kind uncertainty -o doubts.pdf
      drumlin plot model.json --kind regions -o regions.png
    """
    if output != "-":
        check_picture(output)
    if kind is Kind.STORY and data is None:
        raise typer.BadParameter("--kind story needs DATA")
    from drumlin.cli.reading import read_model, read_rows

    record = read_model(model)
    x = None if data is None else read_rows(record.mixture, data, columns)
    save_picture(lambda: _draw(kind, record, x), output)


def _draw(kind: Kind, record: Record, x: Array | None) -> Any:
    """The picture, as its first Axes."""
    from drumlin import plots

    mixture, facts = record.mixture, record.facts
    if kind is Kind.AUTO:
        return plots.plot(mixture, x)[0, 0]
    if kind in OF_PLOT:
        return plots.plot(mixture, x, kind=kind.value)[0, 0]
    if kind is Kind.PAIRS:
        return plots.pairs(mixture, x)[0, 0]
    if kind is Kind.STORY:
        family = record.family or mixture.covariance.name
        return plots.em_story(
            x, mixture.n_components, family=family, feature_names=mixture.feature_names
        )[0]
    if kind is Kind.PATH:
        if facts is None:
            raise InvalidParameterError(
                "--kind path needs a model that was fitted: this one was written by hand"
            )
        return plots.log_likelihood_path(facts)
    draw = plots.projection if kind is Kind.PROJECTION else plots.scatter_2d
    return draw(mixture, x)
