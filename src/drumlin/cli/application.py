"""The verbs put together."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli.commands.bootstrap_test import bootstrap_test
from drumlin.cli.commands.discriminant import app as discriminant
from drumlin.cli.commands.fit import fit
from drumlin.cli.commands.info import info
from drumlin.cli.commands.merge import merge
from drumlin.cli.commands.plot import plot
from drumlin.cli.commands.predict import predict
from drumlin.cli.commands.sample import sample
from drumlin.cli.commands.score import score
from drumlin.cli.commands.select import select
from drumlin.cli.commands.summary import summary
from drumlin.cli.console import guarded

app = typer.Typer(
    name="drumlin",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from drumlin import __version__

        typer.echo(f"drumlin {__version__}")
        raise typer.Exit


@app.callback()
def drumlin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Gaussian mixture models: fit them to a data file, and use them.

    Results go to standard output, messages to standard error, and - stands for standard input or
    output. Rows, lines and components are counted from 1.

    \b
    Example:
      drumlin fit faithful.csv -k 2 -o model.json
      drumlin select faithful.csv -k 1-9 -o model.json
      drumlin predict model.json faithful.csv
      drumlin plot model.json faithful.csv -o figure.png
    """


for verb in (fit, select, predict, score, sample, info, summary, plot, merge, bootstrap_test):
    app.command()(guarded(verb))
app.add_typer(discriminant, name="discriminant")
