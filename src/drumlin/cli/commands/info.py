"""`drumlin info`: what a model file tells, or what this installation can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Json

if TYPE_CHECKING:
    from drumlin.storage import Facts, Record


def info(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="Model file; - is standard input."),
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Tell of this installation and machine instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print what a model file tells, or what this machine has.

    With --system: the backend, the instruction set, the number of threads, and versions.

    \b
    Example:
      drumlin info model.json
      drumlin info --system
    """
    if system == (model is not None):
        raise typer.BadParameter("give a model file or --system, one of the two")
    from drumlin.tables import aligned

    if system:
        told = _system()
        lines = aligned([[name, _words(value)] for name, value in told.items()])
    else:
        from drumlin.cli.inputs import read_model
        from drumlin.cli.records import record_as_json

        assert model is not None
        record = read_model(model)
        told, lines = record_as_json(record), _lines(record, model)
    if as_json:
        console.print_json(told)
    else:
        print("\n".join(lines))


def _lines(record: Record, model: str) -> list[str]:
    from drumlin.fitting.result import components
    from drumlin.tables import aligned

    mixture = record.mixture
    rows = [
        ["file", f"{model}, format {record.format_version}, written by drumlin {record.drumlin}"],
        ["mixture", f"{mixture.n_components} components in {mixture.n_features} dimensions, "
                    f"{mixture.covariance.name} covariance"],
    ]  # fmt: skip
    rows += (
        [["fit", "none: this mixture was not fitted by drumlin"]]
        if record.facts is None
        else _fit_rows(record.facts)
    )
    names = [f"component {j + 1} is {name}" for j, name in enumerate(record.component_names or ())]
    notes = [] if record.facts is None else [f"note: {note}" for note in record.facts.notes]
    return [*components(mixture), "", *aligned(rows), *names, *notes]


def _fit_rows(facts: Facts) -> list[list[str]]:
    from drumlin.fitting.result import health_row, outcome_rows, parameters_of, size_of

    return [
        ["family", f"{facts.family}, {parameters_of(facts)}"],
        ["data", size_of(facts)],
        *outcome_rows(facts),
        health_row(facts),
        ["seed", "not known" if facts.seed is None else str(facts.seed)],
    ]


def _system() -> dict[str, Any]:
    """Versions, and who does the arithmetic here."""
    import platform
    from importlib.metadata import version

    from drumlin import __version__
    from drumlin.backends import instruction_sets, resolve
    from drumlin.backends.native import chosen_instruction_set
    from drumlin.execution import available_threads

    sets = instruction_sets()
    return {
        "drumlin": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "platform": platform.platform(),
        "compiled core": bool(sets),
        "backend": resolve().name,
        "instruction set": chosen_instruction_set() if sets else None,
        "instruction sets": sets,
        "threads": available_threads(),
    }


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no: pip install with a C++17 compiler builds it"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
