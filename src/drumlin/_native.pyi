"""The compiled E and M pass; see native/types.hpp for the formulas.

Parameters are C-contiguous float64; ``x : (n, d)`` is float64 or float32 in native byte order with
any strides and alignment and is not copied. ``whitening`` is ``(k|1, d, d)``, lower triangles P_j
of which the upper part is not read, or ``(k|1, d)``, their diagonals; a first axis of 1 is shared
by all components. log_joint_j = constants_j - |P_j (x - mean_j)|^2 / 2. Wrong arguments raise
ValueError.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Real: TypeAlias = NDArray[np.floating[Any]]
_Float64: TypeAlias = NDArray[np.float64]
_Int64: TypeAlias = NDArray[np.int64]
_Int32: TypeAlias = NDArray[np.int32]

def instruction_sets() -> list[str]:
    """Compiled in and supported by this machine, slowest first."""

def expect(
    x: _Real,
    sample_weight: _Float64 | None,
    labels: _Int64 | None,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    form: str,
    n_threads: int,
    instruction_set: str,
) -> tuple[float, float, _Float64, _Float64, _Float64]:
    """log_likelihood, count, mass (k,), shift (k, d), scatter.

    scatter by form: "full" (k, d, d), "diagonal" (k, d), "means" (0, d, d).
    Arrays other than x are copied where they are not aligned.
    """

def expect_ordered(
    x: _Real,
    sample_weight: _Float64 | None,
    labels: _Int64 | None,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    rows: _Int32,
    edges: _Int64,
    form: str,
    n_threads: int,
    instruction_set: str,
) -> tuple[float, float, _Float64, _Float64, _Float64, float]:
    """The same along an order: rows[edges[j]:edges[j + 1]] are those nearest to component j.

    rows : (n,) each row once;  edges : (k + 1,) rising from 0 to n. Pairs of a row and a component
    that would not change the sums are left out; the last number returned counts the others.
    """

def order_rows(
    x: _Real,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    rows: _Int32,
    edges: _Int64,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill rows (n,) and edges (k + 1,): the rows by their most likely component."""

def log_joint(
    x: _Real,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    out: _Real,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill out (n, k), of the float type of x."""

def responsibilities(
    x: _Real,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    out: _Real,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill out (n, k), of the float type of x."""

def log_density(
    x: _Real,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    out: _Real,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill out (n,), of the float type of x."""

def labels(
    x: _Real,
    means: _Float64,
    whitening: _Float64,
    constants: _Float64,
    out: _Int64,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill out (n,) with the component of largest log_joint; ties give the lowest."""

def sample(
    key: int,
    cumulative: _Float64,
    means: _Float64,
    colouring: _Float64,
    x: _Float64,
    labels: _Int64,
    n_threads: int,
    instruction_set: str,
) -> None:
    """Fill x (n, d) and labels (n,); see Draws in native/types.hpp.

    key : 64 bits; cumulative : (k − 1,); colouring : (k|1, d, d) lower triangles L_j of which the
    upper part is not read, or (k|1, d), their diagonals: that form when d = 1.
    """

def merges(
    y: _Float64, mass: _Float64, offset: float, merges: _Int64, instruction_set: str
) -> None:
    """Fill merges (m − 1, 2) for rows y (m, d) of mass (m,); see native/driver/agglomerate.hpp."""

def multiply_add_rate(float32: bool, n_threads: int, seconds: float, instruction_set: str) -> float:
    """Floating-point operations per second of a register-only multiply-add loop (two each)."""

def exponential_rate(float32: bool, n_threads: int, seconds: float, instruction_set: str) -> float:
    """Exponentials per second, as the pass computes them, from and to the first-level cache."""

def read_rate(n_bytes: int, n_threads: int, seconds: float, instruction_set: str) -> float:
    """Bytes per second that a loop reads, again and again, from n_bytes of memory."""

def exp_nonpositive(x: _Real, out: _Real, instruction_set: str) -> None:
    """Fill out (n,) with e^x for x (n,) <= 0, as the pass computes it; 0 below 1e-307 (1e-37)."""

def factors_above(covariances: _Float64, floor: _Float64) -> _Float64 | None:
    """Lower Cholesky factors of (m, d, d), or None unless every one minus floor (d, d) has one."""

def lower_factor(roots: _Float64) -> _Float64:
    """Lower Cholesky factors of R R^T for roots R (m, d, d)."""

def inverse_lower(factors: _Float64) -> _Float64:
    """Inverses of lower triangles (m, d, d)."""

def log_determinants(factors: _Float64) -> _Float64:
    """(m,) log |L L^T| of lower triangles (m, d, d)."""

def principal_axes(covariances: _Float64) -> tuple[_Float64, _Float64]:
    """Eigenvalues (m, d), ascending, and eigenvectors in columns (m, d, d) of (m, d, d)."""

def common_axes(
    covariances: _Float64,
    shares: _Float64,
    axes: _Float64,
    equal_volume: bool,
    sweeps: int,
    gain: float,
) -> tuple[_Float64, _Float64]:
    """Variances (k, d) along axes (d, d), turned until a sweep over all planes gains less."""

def equal_shape(
    variances: _Float64, shares: _Float64, volumes: _Float64, steps: int, change: float
) -> _Float64 | None:
    """λ_j A (k, d) nearest to the variances (k, d), from volumes (k,); None: some are singular."""

def equal_matrix(
    covariances: _Float64, shares: _Float64, volumes: _Float64, steps: int, change: float
) -> tuple[_Float64, _Float64] | None:
    """λ (k,) and C (d, d) nearest to covariances (k, d, d), from volumes (k,); None if singular."""
