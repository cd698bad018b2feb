"""The arguments and options that several verbs have."""

from __future__ import annotations

import csv
from typing import Annotated

import typer

from drumlin.errors import InvalidParameterError

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, Parquet or NPY file; - is standard input. A file without names has the "
        "columns x1, x2, ...",
    ),
]
Model = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="Model file; - is standard input."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="A,B,...", help="Columns of the data to use, by name.",
    ),
]  # fmt: skip
EqualWeights = Annotated[
    bool, typer.Option("--equal-weights", help="Give every component the weight 1/k.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Seed of the random numbers."),
]
SampleWeight = Annotated[
    str | None,
    typer.Option(
        "--sample-weight", metavar="COLUMN", help="Column of weights: 3 counts as three rows."
    ),
]
MaxSeconds = Annotated[
    float | None,
    typer.Option("--max-seconds", metavar="SECONDS", help="Return what is done after this time."),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="Threads; all unless given."),
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to this file."),
]


def number_or_name(starts: object) -> int | str:
    """A number of starts, or the one that has a name."""
    text = str(starts)
    if text.isdecimal() and int(text) > 0:
        return int(text)
    if text == "agglomerative":
        return text
    raise typer.BadParameter(f"{text} is neither a number from 1 on nor agglomerative")


def column_names(text: str | None) -> list[str] | None:
    """The names in A,B,...; a name with a comma is quoted."""
    if text is None:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(names) or not names:
        raise InvalidParameterError(f"--columns {text!r}: give names separated by commas")
    return names


def numbers_in(text: str) -> list[int]:
    """The numbers that 1-9 or 2,3,5-7 mean. Raises BadParameter."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise typer.BadParameter(f"-k {text}: write numbers as in 1-9, or 2,3,5-7")
        numbers += range(int(first), int(last or first) + 1)
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(f"-k {text}: it must name numbers from 1 upwards, as in 1-9")
    return numbers
