"""The house rules that a program can check: who may import whom, and what `import drumlin` costs.

A *room* is a top-level module or a folder of `src/drumlin`. A room may import the rooms that the
table lists for it, and the leaves; what is not listed is forbidden, what is not used is not listed.
Rooms stand in the table from the top down: no arrow runs upwards.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import drumlin

SOURCE = Path(__file__).resolve().parent.parent / "src" / "drumlin"
FILES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 250

ARROWS: dict[str, set[str]] = {
    "cli": {
        "backends", "classifier", "covariance", "data", "discriminant", "em", "execution",
        "fitting", "likelihood_ratio", "merging", "mixture", "plots", "selection", "storage",
        "tables", "uncertainty",
    },
    "estimators": {"covariance", "discriminant"},
    "plots": {
        "algebra", "classifier", "covariance", "data", "em", "fitting", "likelihood_ratio",
        "merging", "mixture", "selection",
    },
    "storage": {
        "classifier", "covariance", "discriminant", "documents", "em", "fitting", "mixture",
    },
    "discriminant": {
        "backends", "classifier", "covariance", "data", "em", "fitting", "mixture",
        "moments", "selection", "tables",
    },
    "likelihood_ratio": {
        "backends", "covariance", "data", "em", "execution", "fitting", "mixture", "starts",
        "tables",
    },
    "selection": {
        "backends", "covariance", "data", "em", "execution", "fitting", "mixture", "moments",
        "observation", "starts", "tables",
    },
    "merging": {"backends", "data", "em", "fitting", "mixture", "observation", "tables"},
    "uncertainty": {
        "backends", "covariance", "data", "em", "execution", "fitting", "mixture", "observation",
        "tables",
    },
    "algebra": {"covariance", "data", "fitting", "mixture", "tables"},
    "fitting": {
        "backends", "covariance", "data", "em", "execution", "mixture", "moments", "observation",
        "starts", "tables",
    },
    "starts": {"backends", "covariance", "data", "em", "mixture", "moments", "observation"},
    "em": {"backends", "covariance", "data", "execution", "mixture", "moments", "observation"},
    "classifier": {"backends", "data", "mixture"},
    "mixture": {"backends", "covariance", "data", "execution", "observation"},
    "observation": {"backends", "covariance", "data", "moments"},
    "backends": {"covariance", "data", "moments"},
    "covariance": {"moments"},
    "execution": set(),
    "data": set(),
    "documents": set(),
    "moments": set(),
    "tables": set(),
}  # fmt: skip

LEAVES = {"errors", "_types", "version"}
"""Open to all, and importing nothing of ours but each other."""

DOORS = {("fitting", "uncertainty")}
"""Late imports of a record's method that a subject above it computes: `Fit.standard_errors`."""

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
TESTS = SOURCE.parents[1] / "tests"
# Folders of tests that are of no one room.
ACROSS_ROOMS = {"golden", "hostile", "laws", "native", "reference", "statistical"}
VAGUE_NAMES = {"utils", "helpers", "common", "misc"}


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


def room_of(module: str) -> str:
    """em.acceleration.squarem -> em."""
    return module.partition(".")[0]


def offences(code: str, module: str) -> list[str]:
    """What `code`, the module `drumlin.<module>`, imports against the table above, in words."""
    room = room_of(module)
    if room not in ARROWS and room not in LEAVES:
        return [f"{module}: room '{room}' is not in the table of arrows"]
    doors = {upper for lower, upper in DOORS if lower == room}
    native = {"_native"} if room in NATIVE_DOORS else set()
    allowed = {room, *ARROWS.get(room, ()), *LEAVES, *doors, *native}
    known = {*ARROWS, *LEAVES, "_native"}
    found = []
    for name in sorted(imports(code, module)):
        top, _, rest = name.partition(".")
        target = room_of(rest)
        public = target not in known and room in {"cli", "estimators"}  # a name of `drumlin` itself
        if top == "drumlin" and target not in allowed and not public:
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
        ("from drumlin.mixture import Mixture", "cli.commands.fit"),
        ("from drumlin import __version__", "cli.info"),
        ("import pyarrow as pa", "data.parquet"),
        ("import numpy as np\nimport scipy.linalg", "em"),
    ],
)
def test_a_right_import_is_not_reported(code: str, module: str) -> None:
    """Assert that the checker lets pass what the table allows."""
    assert offences(code, module) == []


def test_no_arrow_runs_upwards() -> None:
    """Assert that every arrow of the table leads to a room further down in it."""
    order = list(ARROWS)
    upwards = [
        (room, target)
        for room, targets in ARROWS.items()
        for target in targets
        if order.index(target) <= order.index(room)
    ]
    assert upwards == []


def test_every_arrow_is_used() -> None:
    """Assert that the table tells no more than the rooms do: each arrow is of some import."""
    used: dict[str, set[str]] = {}
    for file in INNER:
        name = module_name(file)
        found = imports(file.read_text(encoding="utf-8"), name)
        used.setdefault(room_of(name), set()).update(f"{each}.".split(".")[1] for each in found)
    unused = {room: targets - used.get(room, set()) for room, targets in ARROWS.items()}
    assert {room: targets for room, targets in unused.items() if targets} == {}
    assert [(lower, upper) for lower, upper in DOORS if upper not in used[lower]] == []


def test_the_longest_chain_is_short() -> None:
    """Assert that no chain of imports passes through more than 13 rooms."""
    longest: dict[str, int] = dict.fromkeys(LEAVES, 1)
    for room in reversed(ARROWS):
        longest[room] = 1 + max((longest[target] for target in ARROWS[room]), default=1)
    assert max(longest.values()) <= 13


def imported_files(file: Path) -> set[Path]:
    """The files of drumlin that a file imports anywhere, doors left out."""
    room, found = room_of(module_name(file)), set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not f"{node.module}.".startswith("drumlin."):
            continue
        place = SOURCE.joinpath(*str(node.module).split(".")[1:])
        if (room, place.relative_to(SOURCE).parts[:1]) in {(low, (up,)) for low, up in DOORS}:
            continue
        for alias in node.names:  # a module of the package, or a name in it
            inner = place / f"{alias.name}.py"
            found.add(inner if inner.exists() and place != SOURCE else place.with_suffix(".py"))
    return {each if each.exists() else each.with_suffix("") / "__init__.py" for each in found}


def test_files_have_no_circle() -> None:
    """Assert that the imports of all files can be put in an order."""
    top = SOURCE / "__init__.py"  # loads public names when they are first used
    graph = {file: imported_files(file) - {file, top} for file in INNER}
    assert tuple(TopologicalSorter(graph).static_order())


def test_few_files_lie_at_the_top() -> None:
    """Assert that a top-level file is a value or a leaf: there are at most ten."""
    assert len(list(SOURCE.glob("*.py"))) <= 10


KINDS = ("ONE RUN", "ONE FIT", "AXIS", "SUBJECT", "FACE", "BYTES")


@pytest.mark.parametrize("folder", sorted(each.parent for each in SOURCE.glob("*/__init__.py")))
def test_a_folder_says_what_it_is(folder: Path) -> None:
    """Assert that the first words of a folder's `__init__` are one of the kinds."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert str(text).startswith(KINDS), folder.name


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


def borrowed(code: str) -> list[str]:
    """Modules of tests or of fixtures from which `code` imports."""
    return re.findall(
        r"^ *(?:from|import) tests\b.*\b(?:test_\w+|conftest)\b.*$", code, re.MULTILINE
    )


def test_tests_share_only_ingredients() -> None:
    """Assert that no test or benchmark imports another test, or fixtures by name."""
    files = [*TESTS.rglob("*.py"), *TESTS.with_name("benchmarks").rglob("*.py")]
    found = {str(file): borrowed(file.read_text(encoding="utf-8")) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    ["from tests.em.test_steps import x", "from tests import conftest", "import tests.conftest"],
)
def test_a_borrowed_test_is_seen(code: str) -> None:
    """Assert that the check above sees each way to import one."""
    assert borrowed(code) == [code]


def test_the_folders_of_tests_are_those_of_the_source() -> None:
    """Assert that `tests/` mirrors `src/drumlin`, but for tests across rooms."""
    folders = {file.parent.relative_to(TESTS) for file in TESTS.rglob("*.py")}
    strange = {each for each in folders if not (SOURCE / each).is_dir()}
    assert {each.parts[0] for each in strange} <= ACROSS_ROOMS


def loaded_by(statement: str) -> set[str]:
    """Top-level packages loaded in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_is_light() -> None:
    """Assert that `import drumlin` loads no optional package, nor SciPy."""
    assert LATE & loaded_by("import drumlin") == set()


def test_help_does_not_wait_for_numpy() -> None:
    """Assert that the command line is put together without NumPy."""
    pytest.importorskip("typer")
    assert "numpy" not in loaded_by("import drumlin.cli.application")


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


def test_the_reference_lists_every_public_name() -> None:
    """Assert that docs/api.md has the whole public surface: what is not there is private."""
    page = (SOURCE.parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    public = {name for name in drumlin.__all__ if not name.startswith("_")}
    assert {name for name in public if f"drumlin.{name}" not in page} == set()


def test_public_modules_need_no_import_of_their_own() -> None:
    """Assert that `import drumlin` is enough to name an error, a plot, or storage.read."""
    code = (
        "import drumlin; drumlin.errors.DrumlinError; drumlin.plots.scatter_2d; "
        "drumlin.storage.read; print(sorted(set(drumlin.__all__) - set(dir(drumlin))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
