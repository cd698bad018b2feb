"""`drumlin info`: the content of a model file, or the state of this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Json

if TYPE_CHECKING:
    from drumlin.fitting.result import FitFacts
    from drumlin.storage import Record


def info(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="Model file; - is standard input."),
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Describe this installation and machine instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Describe a model file, or this installation.

    With --system: the backend, the instruction set, the number of threads, and versions.

    \b
    Example:
      drumlin info model.json
      drumlin info --system
    """
    if system == (model is not None):
        raise typer.BadParameter("give a model file or --system, one of the two")
    from drumlin.tables import aligned

    if model is None:
        facts = _system()
        lines = aligned([[name, _text(value)] for name, value in facts.items()])
    else:
        from drumlin.cli.reading import read_model

        record = read_model(model)
        facts, lines = _as_json(record), _lines(record, model)
    if as_json:
        console.print_json(facts)
    else:
        print("\n".join(lines))


def _as_json(record: Record) -> dict[str, Any]:
    from dataclasses import asdict

    from drumlin.cli.json_objects import mixture_as_json

    facts = record.facts
    return {
        "drumlin": record.drumlin,
        "format_version": record.format_version,
        **mixture_as_json(record.mixture, record.component_names),
        "facts": None
        if facts is None
        else {
            "family": record.family,
            "log_likelihood": facts.log_likelihood,
            **asdict(facts),
            "outcome": facts.outcome.value,
            "aic": facts.aic(),
            "bic": facts.bic(),
            "icl": facts.icl(),
        },
    }


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
        else _fit_rows(record.facts, record)
    )
    names = [f"component {j + 1} is {name}" for j, name in enumerate(record.component_names or ())]
    notes = [] if record.facts is None else [f"note: {note}" for note in record.facts.notes]
    return [*components(mixture), "", *aligned(rows), *names, *notes]


def _fit_rows(facts: FitFacts, record: Record) -> list[list[str]]:
    seed = ["seed", "not known" if facts.seed is None else str(facts.seed)]
    return [*facts.rows(str(record.family), record.mixture.n_features), seed]


def _system() -> dict[str, Any]:
    """Versions, and the backend that does the arithmetic."""
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


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no: pip install with a C++17 compiler builds it"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
