"""The exponential of the compiled core against exact values: below two units in the last place."""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np
import pytest

native = pytest.importorskip("drumlin._native", reason="built without a compiler")

SETS = native.instruction_sets()


def exponentials(x, instruction_set):
    out = np.full(len(x), np.nan, dtype=x.dtype)
    native.exp_nonpositive(x, out, instruction_set)
    return out


@cache
def exact() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, e^x rounded to float64, and what the rounding left, in units in the last place.

    Everywhere down to the smallest, close to 0, and on both sides of the places where the reduced
    argument jumps, odd multiples of ln 2 / 32.
    """
    rng = np.random.default_rng(0)
    jumps = -(2 * rng.integers(0, 10_000, size=4000) + 1) * (np.log(2) / 32)
    x = np.concatenate(
        [
            rng.uniform(-700, 0, size=8000),
            rng.uniform(-2, 0, size=8000),
            -(10.0 ** rng.uniform(-20, 0, size=2000)),
            jumps,
            jumps * (1 + rng.uniform(-1e-9, 1e-9, size=len(jumps))),
            [0.0, -707.9],
        ]
    )
    with mpmath.workdps(40):
        values = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
        rounded = np.array([float(v) for v in values])
        rest = [
            float((v - mpmath.mpf(r)) / s)
            for v, r, s in zip(values, rounded.tolist(), np.spacing(rounded).tolist(), strict=True)
        ]
    return x, rounded, np.array(rest)


@pytest.mark.parametrize("instruction_set", SETS)
def test_float64_is_within_two_units(instruction_set):
    """Assert that the worst error in float64 is below 2 units in the last place."""
    x, rounded, rest = exact()
    error = (exponentials(x, instruction_set) - rounded) / np.spacing(rounded) - rest
    assert np.abs(error).max() < 2


@pytest.mark.parametrize("instruction_set", SETS)
def test_float32_is_within_two_units(instruction_set):
    """Assert the same in float32, where float64 is exact enough to compare with."""
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [rng.uniform(-86, 0, size=200_000), rng.uniform(-1, 0, size=200_000), np.zeros(1)]
    ).astype(np.float32)
    want = np.exp(x.astype(np.float64))
    error = (exponentials(x, instruction_set) - want) / np.spacing(want.astype(np.float32))
    assert np.abs(error).max() < 2


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_ends_are_exact(instruction_set, dtype):
    """Assert that e^0 is 1 to the bit, and that what is far below, or no number at all, gives 0."""
    largest = float(np.finfo(dtype).max)
    far = np.array([-709.0, -1e4, -1e10, -1e30, -largest, -np.inf, np.nan], dtype)
    assert not exponentials(far, instruction_set).any()
    assert (exponentials(np.zeros(100, dtype), instruction_set) == 1).all()


def test_the_check_of_units_can_fail():
    """Assert that an exponential of three units' error would be found out."""
    _, rounded, rest = exact()
    assert np.abs((rounded * (1 + 3 * 2.0**-52) - rounded) / np.spacing(rounded) - rest).max() >= 2


@pytest.mark.parametrize("instruction_set", SETS)
def test_rates_are_told(instruction_set):
    """Assert that the rates a pass is compared with are numbers above zero."""
    assert native.exponential_rate(False, 2, 0.001, instruction_set) > 0
    assert native.exponential_rate(True, 1, 0.001, instruction_set) > 0
    assert native.read_rate(100_000, 2, 0.001, instruction_set) > 0
    with pytest.raises(ValueError, match="n_threads must be at least 1"):
        native.read_rate(1000, 0, 0.001, instruction_set)
    with pytest.raises(ValueError, match="n_bytes must be at least 1"):
        native.read_rate(0, 1, 0.001, instruction_set)


def test_outputs_must_fit():
    """Assert that an output of another type or length is refused."""
    with pytest.raises(ValueError, match="out must be of the float type of x"):
        native.exp_nonpositive(np.zeros(3), np.zeros(3, np.float32), "baseline")
    with pytest.raises(ValueError, match=r"out must have shape \(3\)"):
        native.exp_nonpositive(np.zeros(3), np.zeros(4), "baseline")
