"""Without a compiler the reference backend serves, unless the compiled one is required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def wheel_without_compiler(out: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`pip wheel` of this tree, with a compiler that fails."""
    pytest.importorskip("scikit_build_core", reason="needs the build backend")
    command = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
    environment = {k: v for k, v in os.environ.items() if k != "DRUMLIN_REQUIRE_NATIVE"}
    return subprocess.run(
        [*command, "-w", str(out), "-C", f"build-dir={out / 'build'}", str(ROOT)],
        env={**environment, "CC": "/bin/false", "CXX": "/bin/false", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_failed_build_falls_back_to_the_reference_backend(tmp_path: Path) -> None:
    """Assert that the wheel is one of pure Python."""
    done = wheel_without_compiler(tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    (wheel,) = tmp_path.glob("drumlin-*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")


@pytest.mark.slow
def test_a_failed_build_is_an_error_where_the_native_backend_is_required(tmp_path: Path) -> None:
    """Assert that DRUMLIN_REQUIRE_NATIVE=1 makes the failure of CMake the failure of pip."""
    done = wheel_without_compiler(tmp_path, DRUMLIN_REQUIRE_NATIVE="1")
    assert done.returncode != 0
    assert "CMake configuration failed" in done.stdout + done.stderr
    assert not list(tmp_path.glob("drumlin-*.whl"))
