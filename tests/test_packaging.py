"""The way to a user: sdist, wheel, a clean environment, a fit."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import drumlin

ROOT = Path(__file__).resolve().parent.parent

FIT = """
import sys
import numpy as np
import drumlin

x = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
print(drumlin.fit(x, 2, rng=1).log_likelihood)
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, keeping what was printed; the caller looks at the exit code."""
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )


def succeed(*command: str | Path, cwd: Path) -> str:
    """Run, insist on exit code 0, and return the standard output."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def quick_compiler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C++ compiler that does not optimise: half the time, and the package is the same."""
    compiler = tmp_path_factory.mktemp("compiler") / "c++"
    compiler.write_text(f'#!/bin/sh\nexec {os.environ.get("CXX", "c++")} "$@" -O0\n')
    compiler.chmod(0o755)
    return compiler


@pytest.fixture(scope="module")
def distributions(
    tmp_path_factory: pytest.TempPathFactory, quick_compiler: Path
) -> tuple[Path, Path]:
    """The sdist, and the wheel built from it: what is not in the one is not in the other."""
    pytest.importorskip("build", reason="needs the package `build`")
    out = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        if os.name == "posix":
            patch.setenv("CXX", str(quick_compiler))
        succeed(sys.executable, "-m", "build", "--outdir", out, ROOT, cwd=out)
    (sdist,) = out.glob("drumlin-*.tar.gz")
    (wheel,) = out.glob("drumlin-*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def clean(distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment that holds the wheel and its core dependencies only."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder)
    binaries = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(binaries / "python")]
    succeed(*pip, "install", "-q", "--no-compile", distributions[1], cwd=folder)
    return binaries


def test_version_has_one_source() -> None:
    """Assert that the version in the code is the one of the installed metadata."""
    assert drumlin.__version__ == version("drumlin")


@pytest.mark.slow
def test_sdist_is_complete(distributions: tuple[Path, Path]) -> None:
    """Assert that the sdist holds all that is needed to build and to test, and no binaries."""
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = ["pyproject.toml", "CMakeLists.txt", "LICENSE", "README.md", "native/types.hpp",
              "native/python/module.cpp", "native/simd/ordered/pass.hpp", "src/drumlin/py.typed",
              "tests/conftest.py", "examples/faithful.csv"]  # fmt: skip
    assert [name for name in needed if name not in names] == []
    assert [name for name in names if name.endswith((".so", ".pyd", ".pyc"))] == []


@pytest.mark.slow
def test_wheel_holds_the_package_only(distributions: tuple[Path, Path]) -> None:
    """Assert that the wheel holds drumlin, typed, its licence, and one native module at most."""
    with zipfile.ZipFile(distributions[1]) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"drumlin"}
    assert {"drumlin/py.typed", "drumlin/_native.pyi"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert sum(name.endswith((".so", ".pyd")) for name in names) <= 1


@pytest.mark.slow
@pytest.mark.native
def test_wheel_is_compiled(distributions: tuple[Path, Path]) -> None:
    """Assert that a machine with a compiler builds the native module into the wheel."""
    with zipfile.ZipFile(distributions[1]) as archive:
        assert any(name.startswith("drumlin/_native.c") for name in archive.namelist())


@pytest.mark.slow
def test_installed_wheel_fits(clean: Path, tmp_path: Path) -> None:
    """Assert that Old Faithful, k = 2, gives mclust's −1130.26396 in a clean environment.

    The tolerance is the default `tol`: nats of total log-likelihood still to be gained.
    """
    out = succeed(clean / "python", "-c", FIT, ROOT / "examples" / "faithful.csv", cwd=tmp_path)
    assert float(out) == pytest.approx(-1130.26396, abs=1e-3)


@pytest.mark.slow
def test_command_without_its_extra(clean: Path, tmp_path: Path) -> None:
    """Assert that the bare command names the extra to install, in one line, and fails."""
    done = run(clean / "drumlin", "--help", cwd=tmp_path)
    assert done.returncode == 1
    assert "drumlin[cli]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
