"""The comparison of machines in tools/portable.py sees a difference."""

from __future__ import annotations

import pytest

from tools.portable import instruction_sets, largest_difference

REFERENCE = {"baseline,d=2,moments": (1e-12, [1.0, 200.0]), "cholesky": (1e-12, [0.5])}


def test_instruction_sets_are_those_of_the_build() -> None:
    """Assert that the flags of each processor are read from CMakeLists.txt."""
    assert list(instruction_sets("x86_64")) == ["baseline", "avx2", "avx512"]
    assert instruction_sets("aarch64") == instruction_sets("arm64")
    assert "-DDRUMLIN_REGISTERS=32" in instruction_sets("aarch64")["baseline"]


def test_a_difference_within_the_tolerance_is_reported() -> None:
    """Assert that any set is compared with the baseline, relative to the largest number."""
    got = {"avx2,d=2,moments": (1e-12, [1.0, 200.0 + 1e-10])}
    assert largest_difference(REFERENCE, got)[1e-12] == pytest.approx(5e-13, rel=1e-3)


@pytest.mark.parametrize("numbers", [[1.0, 200.0 + 1e-9], [1.0, float("nan")], [1.0]])
def test_more_than_the_tolerance_fails(numbers: list[float]) -> None:
    """Assert that a wrong, missing or undefined number ends the program with the case's name."""
    with pytest.raises(SystemExit, match="avx2,d=2,moments"):
        largest_difference(REFERENCE, {"avx2,d=2,moments": (1e-12, numbers)})
