"""The Typer application: all verbs."""

from __future__ import annotations

from typing import Annotated

import typer

from drumlin.cli.commands.bootstrap_test import bootstrap_test
from drumlin.cli.commands.discriminant.assess import assess
from drumlin.cli.commands.discriminant.fit import fit as discriminant_fit
from drumlin.cli.commands.discriminant.info import info as discriminant_info
from drumlin.cli.commands.discriminant.plot import plot as discriminant_plot
from drumlin.cli.commands.discriminant.predict import predict as discriminant_predict
from drumlin.cli.commands.fit import fit
from drumlin.cli.commands.info import info
from drumlin.cli.commands.merge import merge
from drumlin.cli.commands.plot import plot
from drumlin.cli.commands.predict import predict
from drumlin.cli.commands.sample import sample
from drumlin.cli.commands.score import score
from drumlin.cli.commands.select import select
from drumlin.cli.commands.summary import summary
from drumlin.cli.console import errors_as_exit_codes

app = typer.Typer(
    name="drumlin",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

discriminant = typer.Typer(
    no_args_is_help=True,
    help="""Classify by a Gaussian, or a mixture of them, in each known class.

    \b
    Example:
      drumlin discriminant fit iris.csv --labels Species -o model.json
      drumlin discriminant predict model.json iris.csv
    """,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from drumlin import __version__

        typer.echo(f"drumlin {__version__}")
        raise typer.Exit


@app.callback()
def drumlin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Gaussian mixture models: fit them to a data file, and use them.

    Results go to standard output, messages to standard error; as a file name, - is standard input
    or output. Rows, lines and components are counted from 1.

    \b
    Example:
      drumlin fit faithful.csv -k 2 -o model.json
      drumlin select faithful.csv -k 1-9 -o model.json
      drumlin predict model.json faithful.csv
      drumlin plot model.json faithful.csv -o figure.png
    """


for verb in (fit, select, predict, score, sample, info, summary, plot, merge, bootstrap_test):
    app.command()(errors_as_exit_codes(verb))
for class_verb in (
    discriminant_fit,
    discriminant_predict,
    assess,
    discriminant_plot,
    discriminant_info,
):
    discriminant.command()(errors_as_exit_codes(class_verb))
app.add_typer(discriminant, name="discriminant")
