"""The house rules that a program can check: who may import whom, and what `import drumlin` costs.

A *room* is a top-level module or a folder of `src/drumlin`. A room may import what its arrows
reach, directly or through others; `errors` is open to all.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import drumlin

SOURCE = Path(__file__).resolve().parent.parent / "src" / "drumlin"
FILES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 250

ARROWS: dict[str, set[str]] = {
    "cli": {"selection", "discriminant", "storage", "plots", "merging", "ratio_test"},
    "estimators": {"discriminant"},
    # one Gaussian or a mixture per class; what it ends in is a value, like the mixture
    "discriminant": {"selection", "fitting", "classifier"},
    "classifier": {"classes", "mixture"},
    "classes": set(),
    "selection": {"conclusion", "starts", "growth", "options"},
    # fitting and its parts: the search over starts, one run, what is told of them
    "fitting": {"conclusion", "search", "options"},
    "conclusion": {"candidate"},
    "candidate": {"running", "report"},
    "search": {"starts", "growth", "budget", "candidate", "trial"},
    "trial": {"growth"},
    "growth": {"running", "data"},
    "budget": {"effort"},
    "running": {"acceleration", "effort", "em", "stopping"},
    "report": {"criteria", "mixture", "tables", "uncertainty"},
    "criteria": {"effort", "stopping"},
    # standard errors: the curvature of the log-likelihood, refits under other weights
    "uncertainty": {"running", "options", "tables"},
    "ratio_test": {"search", "options"},
    "merging": {"report"},
    "projection": {"report"},
    "storage": {"mixture", "report", "version", "classifier", "discriminant"},
    "plots": {"mixture", "fitting", "projection", "merging", "selection", "ratio_test",
              "classifier"},
    "starts": {"em", "data", "constraints"},
    "acceleration": {"coordinates", "em", "extrapolation", "stopping"},
    "coordinates": {"mixture", "covariance"},
    "stopping": set(),
    "em": {"mixture", "moments", "constraints", "covariance", "observation", "backends",
           "ordering", "iteration"},
    "iteration": {"mixture", "covariance"},
    "ordering": {"backends", "data", "execution", "moments"},
    # S₊, the scale of the floor, is one pass over the whole data
    "constraints": {"mixture", "covariance", "moments", "backends", "data", "execution"},
    "mixture": {"covariance", "backends", "data", "execution"},
    "observation": {"backends", "data"},
    # data: a pass may be told an order of its rows
    "backends": {"covariance", "moments", "data"},
    "covariance": {"moments"},
    "moments": set(),
    "effort": set(),
    "extrapolation": set(),
    "data": set(),
    "execution": {"effort"},
    "options": set(),
    "errors": set(),
    "tables": set(),
    "version": set(),
}  # fmt: skip

# Who calls the compiled core: the pass, and the factorisations of an M-step.
NATIVE_DOORS = {"backends", "covariance"}

# Packages that are not core dependencies, and the rooms that may import them.
HOMES: dict[str, set[str]] = {
    "sklearn": {"estimators"},
    "matplotlib": {"plots"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"data", "cli"},
    "dask": {"execution"},
    "pandas": set(),
    "polars": set(),
}
# Nothing of this is loaded by `import drumlin`.
LATE = {*HOMES, "scipy"}
VAGUE_NAMES = {"utils", "helpers", "common", "misc"}


def reachable(room: str) -> set[str]:
    """All rooms at the end of a path of arrows from `room`, itself and `errors` included."""
    seen: set[str] = set()
    waiting = [room, "errors"]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(ARROWS.get(here, ()))
    return seen


def imports(code: str, module: str) -> set[str]:
    """Dotted names of the modules that `code`, the text of `drumlin.<module>`, imports anywhere."""
    path = ["drumlin", *module.split(".")]
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from drumlin import em` names a room after `import`, all others before it
            found.update(f"{base}.{a.name}" if base == "drumlin" else base for a in node.names)
    return found


def offences(code: str, module: str) -> list[str]:
    """What `code`, the module `drumlin.<module>`, imports against the table above, in words."""
    room = module.partition(".")[0]
    if room not in ARROWS:
        return [f"{module}: room '{room}' is not in the table of arrows"]
    allowed = reachable(room) | ({"_native"} if room in NATIVE_DOORS else set())
    outermost = room in {"cli", "estimators"}
    found = []
    for name in sorted(imports(code, module)):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        is_room = target in ARROWS or target == "_native"  # else a public name, or drumlin itself
        if top == "drumlin" and target not in allowed and (is_room or not outermost):
            found.append(f"{module}: imports drumlin.{target}; {room} may not")
        elif top in HOMES and room not in HOMES[top]:
            found.append(f"{module}: imports {top}; its homes are {sorted(HOMES[top])}")
    return found


def module_name(file: Path) -> str:
    """covariance/full.py -> covariance.full; covariance/__init__.py -> covariance.__init__."""
    return ".".join(file.relative_to(SOURCE).with_suffix("").parts)


INNER = [file for file in FILES if file != SOURCE / "__init__.py"]


@pytest.mark.parametrize("file", INNER, ids=module_name)
def test_imports_follow_the_arrows(file: Path) -> None:
    """Assert that each module imports only what its room may, and optional packages at home."""
    assert offences(file.read_text(encoding="utf-8"), module_name(file)) == []


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("from drumlin.fitting import fit", "em"),
        ("import drumlin.em", "mixture"),
        ("from drumlin import em", "moments"),
        ("from ..em import expect", "backends.reference"),
        ("from . import em", "moments"),
        ("def f():\n    from drumlin._native import expect", "mixture"),
        ("from drumlin import fit", "em"),
        ("import matplotlib.pyplot as plt", "cli.plot"),
        ("if True:\n    import pyarrow.csv", "plots"),
        ("from sklearn.cluster import KMeans", "starts.plusplus"),
        ("x = 1", "misc"),
    ],
)
def test_a_wrong_import_is_reported(code: str, module: str) -> None:
    """Assert that the checker reports one offence for each made-up wrong import."""
    assert len(offences(code, module)) == 1


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("from drumlin.errors import DrumlinError", "moments"),
        ("from drumlin.covariance.full import Full", "covariance.tied"),
        ("from .full import Full", "covariance.__init__"),
        ("from drumlin.moments import Moments", "cli.fit"),
        ("from drumlin import __version__", "cli.info"),
        ("import pyarrow as pa", "data.parquet"),
        ("import numpy as np\nimport scipy.linalg", "em"),
    ],
)
def test_a_right_import_is_not_reported(code: str, module: str) -> None:
    """Assert that the checker lets pass what the table allows."""
    assert offences(code, module) == []


def test_arrows_have_no_cycle() -> None:
    """Assert that no room reaches itself through another one."""
    for room, targets in ARROWS.items():
        assert all(room not in reachable(target) for target in targets - {room}), room


def test_every_arrow_is_used() -> None:
    """Assert that the table tells no more than the rooms do: each arrow is of some import."""
    used: dict[str, set[str]] = {room: set() for room in ARROWS}
    for file in INNER:
        name = module_name(file)
        found = imports(file.read_text(encoding="utf-8"), name)
        used[name.partition(".")[0]] |= {f"{module}.".split(".")[1] for module in found}
    unused = {room: targets - used[room] for room, targets in ARROWS.items()}
    assert {room: targets for room, targets in unused.items() if targets} == {}


def test_files_are_short() -> None:
    """Assert that no source file has outgrown its one subject."""
    long = {}
    for file in FILES:
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            long[module_name(file)] = lines
    assert long == {}


def test_no_vague_names() -> None:
    """Assert that every module is named after its subject."""
    assert [name for name in map(module_name, FILES) if VAGUE_NAMES & set(name.split("."))] == []


@pytest.mark.parametrize(("call", "foreign"), [("hasattr", "data"), ("super", "estimators")])
def test_classes_are_abstract_or_final(call: str, foreign: str) -> None:
    """Assert that nothing probes for members or calls an overridden method.

    Two rooms meet classes that are not ours: `data` any table, `estimators` those of scikit-learn.
    """
    found = [
        f"{module_name(file)}:{node.lineno}"
        for file in FILES
        if foreign not in file.relative_to(SOURCE).parts
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call
    ]
    assert found == []


def loaded_by(statement: str) -> set[str]:
    """Top-level packages loaded in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_is_light() -> None:
    """Assert that `import drumlin` loads no optional package, nor SciPy."""
    assert LATE & loaded_by("import drumlin") == set()


def test_a_heavy_import_is_seen() -> None:
    """Assert that the check above would see SciPy."""
    assert "scipy" in loaded_by("import drumlin, scipy.linalg")


def members(name: str) -> list[tuple[str, object]]:
    """The public object `name` and, of a class, the public members it defines itself."""
    thing = getattr(drumlin, name)
    if not inspect.isclass(thing):
        return [(name, thing)]
    own = [
        (f"{name}.{key}", value)
        for key, value in vars(thing).items()
        if not key.startswith("_")
        and (callable(value) or isinstance(value, (property, classmethod, staticmethod)))
    ]
    return [(name, thing), *own]


def undocumented(name: str) -> list[str]:
    """Labels of those members without a docstring; the one that dataclass makes up is none."""
    return [
        label
        for label, thing in members(name)
        if (doc := inspect.getdoc(thing) or "") == "" or doc.startswith(f"{label}(")
    ]


@pytest.mark.parametrize("name", [n for n in drumlin.__all__ if not n.startswith("_")])
def test_public_names_are_documented(name: str) -> None:
    """Assert that every public function, class and public member of it has a docstring."""
    assert undocumented(name) == []


def test_a_missing_docstring_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that the check above sees a bare dataclass and a bare method."""

    @dataclass
    class Bare:
        def method(self) -> None: ...

    monkeypatch.setattr(drumlin, "Bare", Bare, raising=False)
    assert undocumented("Bare") == ["Bare", "Bare.method"]


def test_public_modules_need_no_import_of_their_own() -> None:
    """Assert that `import drumlin` is enough to name an error, a plot, or storage.read."""
    code = (
        "import drumlin; drumlin.errors.DrumlinError; drumlin.plots.scatter_2d; "
        "drumlin.storage.read; print(sorted(set(drumlin.__all__) - set(dir(drumlin))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
