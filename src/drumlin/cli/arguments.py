"""Arguments and options that several verbs share, and the parsers of their values."""

from __future__ import annotations

import csv
from typing import Annotated, Any

import typer

from drumlin.errors import InvalidParameterError


def option(metavar: str, text: str, *names: str, **more: Any) -> Any:
    """An option with a value; without ``names`` it has that of its parameter."""
    return typer.Option(*names, metavar=metavar, help=text, **more)


def components_option(text: str, **more: Any) -> Any:
    """The option -k, which is --components too."""
    return option("K", text, "-k", "--components", **more)


def picture_option(text: str, *names: str) -> Any:
    """The option ``names``, else --plot, of a file to draw to; ``text`` begins its help."""
    return option("FILE", f"{text}: a name in .png, .svg or .pdf.", *(names or ("--plot",)))


Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, Parquet or NPY file; - is standard input. A file without names has the "
        "columns x1, x2, ...",
    ),
]
OptionalData = Annotated[
    str | None, typer.Argument(metavar="DATA", help="Data to draw with it; - is standard input.")
]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="Model file; - is standard input.")]
Columns = Annotated[str | None, option("A,B,...", "Columns of the data to use, by name.")]
EqualWeights = Annotated[
    bool, typer.Option("--equal-weights", help="Give every component the weight 1/k.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
Seed = Annotated[int | None, option("N", "Seed of the random numbers.", min=0)]
SampleWeight = Annotated[str | None, option("COLUMN", "Column of weights: 3 counts as three rows.")]
MaxSeconds = Annotated[float | None, option("SECONDS", "Stop after this time; use what is done.")]
Threads = Annotated[int | None, option("N", "Threads; all unless given.", min=1)]
Output = Annotated[str | None, option("FILE", "Write to this file.", "-o", "--output")]
ModelOutput = Annotated[
    str | None,
    option(
        "FILE",
        "Write the model: JSON, or npz if the name ends in .npz; - is standard output.",
        "-o",
        "--output",
    ),
]


def parse_starts(value: object) -> int | str:
    """A number of starts, or the name of the one start that has a name. Raises BadParameter."""
    text = str(value)
    if text.isdecimal() and int(text) > 0:
        return int(text)
    if text == "agglomerative":
        return text
    raise typer.BadParameter(f"{text} is neither a number from 1 on nor agglomerative")


def column_names(text: str | None) -> list[str] | None:
    """The names in A,B,...; a name with a comma is quoted. Raises InvalidParameterError."""
    if text is None:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(names) or not names:
        raise InvalidParameterError(f"--columns {text!r}: give names separated by commas")
    return names


def parse_numbers(text: str) -> list[int]:
    """The numbers of 1-9 or 2,3,5-7. Raises BadParameter."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise typer.BadParameter(f"-k {text}: write numbers as in 1-9, or 2,3,5-7")
        numbers += range(int(first), int(last or first) + 1)
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(f"-k {text}: it must name numbers from 1 upwards, as in 1-9")
    return numbers
