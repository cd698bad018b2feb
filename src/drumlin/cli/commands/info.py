"""`drumlin info`: the content of a model file, or the state of this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments, console

if TYPE_CHECKING:
    from drumlin.storage import Record


def info(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="Model file; - is standard input.")
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Describe this installation and machine instead.")
    ] = False,
    as_json: arguments.Json = False,
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

    from drumlin.cli.json_objects import fields_of, mixture_as_json

    facts = record.facts
    return {
        **fields_of(record, "drumlin", "format_version"),
        **mixture_as_json(record.mixture, record.component_names),
        "facts": facts
        and {
            "family": record.family,
            "log_likelihood": facts.log_likelihood,
            **asdict(facts),
            "aic": facts.aic(),
            "bic": facts.bic(),
            "icl": facts.icl(),
        },
    }


def _lines(record: Record, model: str) -> list[str]:
    from drumlin.fitting.result import components
    from drumlin.tables import aligned

    mixture, facts = record.mixture, record.facts
    rows = [
        ["file", f"{model}, format {record.format_version}, written by drumlin {record.drumlin}"],
        ["mixture", f"{mixture.n_components} components in {mixture.n_features} dimensions, "
                    f"{mixture.covariance.name} covariance"],
    ]  # fmt: skip
    if facts is None:
        rows.append(["fit", "none: this mixture was not fitted by drumlin"])
    else:
        rows += facts.rows(str(record.family), mixture.n_features)
        rows.append(["seed", "not known" if facts.seed is None else str(facts.seed)])
    names = [f"component {j + 1} is {name}" for j, name in enumerate(record.component_names or ())]
    notes = [] if facts is None else [f"note: {note}" for note in facts.notes]
    return [*components(mixture), "", *aligned(rows), *names, *notes]


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
