"""The compiled core: one fused pass per call, on the widest vectors that the machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.backends import agglomeration
from drumlin.backends.protocol import Density, cumulative, log_constants
from drumlin.covariance.compiled import COMPILED
from drumlin.data import RowOrder
from drumlin.errors import BackendUnavailableError
from drumlin.moments import Form, Moments

if COMPILED:
    from drumlin.covariance.compiled import core

INSTRUCTION_SET_VARIABLE = "DRUMLIN_INSTRUCTION_SET"


def instruction_sets() -> list[str]:
    """The instruction sets that were compiled in and that this machine has, slowest first."""
    return list(core.instruction_sets()) if COMPILED else []


def chosen_instruction_set() -> str:
    """The one of DRUMLIN_INSTRUCTION_SET, else the widest.

    Raises BackendUnavailableError when there is no compiled core, or not that set.
    """
    known = instruction_sets()
    if not known:
        raise BackendUnavailableError(
            "the native backend is not installed (no compiler was found): install a C++17 compiler "
            "and reinstall drumlin, or use backend='reference'"
        )
    wanted = os.environ.get(INSTRUCTION_SET_VARIABLE, "") or known[-1]
    if wanted not in known:
        raise BackendUnavailableError(
            f"instruction set {wanted!r} (from {INSTRUCTION_SET_VARIABLE}) is not available here: "
            f"choose one of {', '.join(known)}, or unset the variable"
        )
    return wanted


@dataclass(frozen=True)
class NativeBackend:
    """C++ with SIMD and threads; ``instruction_set`` is one of `instruction_sets`."""

    instruction_set: str
    name: str = "native"

    def expect(
        self,
        mixture: Density,
        x: Array,
        *,
        sample_weight: Array | None,
        labels: Array | None,
        form: Form,
        n_threads: int,
        order: RowOrder | None = None,
    ) -> Moments:
        """E-step and moments, fused tile by tile."""
        given = x, sample_weight, labels, *_parameters(mixture)
        how = _filled(form, mixture.means.shape[1]), n_threads, self.instruction_set
        if order is None:
            log_likelihood, count, mass, shift, scatter = core.expect(*given, *how)
            evaluated = float(len(x) * len(mass))
        else:
            log_likelihood, count, mass, shift, scatter, evaluated = core.expect_ordered(
                *given, order.rows, order.edges, *how
            )
        if form in (Form.FULL, Form.POOLED) and mixture.means.shape[1] == 1:
            scatter = scatter.reshape(-1, 1, 1)
        moments = Moments(log_likelihood, count, mass, shift, scatter, mixture.means, evaluated)
        return moments.in_form(form)

    def row_order(self, mixture: Density, x: Array, *, n_threads: int) -> RowOrder:
        """The rows by their most likely component; 2 bytes a row are needed on the way."""
        rows = np.empty(len(x), dtype=np.int32)
        edges = np.empty(len(mixture.weights) + 1, dtype=np.int64)
        core.order_rows(x, *_parameters(mixture), rows, edges, n_threads, self.instruction_set)
        return RowOrder(rows, edges)

    def log_joint(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n, k), in x's float type."""
        out = np.empty((len(x), len(mixture.weights)), dtype=x.dtype)
        core.log_joint(x, *_parameters(mixture), out, n_threads, self.instruction_set)
        return out

    def log_density(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n,), in x's float type."""
        out = np.empty(len(x), dtype=x.dtype)
        core.log_density(x, *_parameters(mixture), out, n_threads, self.instruction_set)
        return out

    def responsibilities(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n, k), in x's float type."""
        out = np.empty((len(x), len(mixture.weights)), dtype=x.dtype)
        core.responsibilities(x, *_parameters(mixture), out, n_threads, self.instruction_set)
        return out

    def labels(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """(n,) int64."""
        out = np.empty(len(x), dtype=np.int64)
        core.labels(x, *_parameters(mixture), out, n_threads, self.instruction_set)
        return out

    def sample(self, mixture: Density, n: int, key: int, *, n_threads: int) -> tuple[Array, Array]:
        """Uniforms, components, normals and their colouring, fused tile by tile."""
        means, colouring = mixture.means, mixture.covariance.colouring
        if means.shape[1] == 1:
            colouring = colouring.reshape(-1, 1)
        x, labels = np.empty((n, means.shape[1])), np.empty(n, dtype=np.int64)
        parameters = cumulative(mixture), means, colouring
        core.sample(key, *parameters, x, labels, n_threads, self.instruction_set)
        return x, labels

    def merges(self, y: Array, mass: Array) -> Array:
        """Each merge computes the costs of one group with all others, a vector of them at once."""
        steps = np.empty((len(y) - 1, 2), dtype=np.int64)
        offset = agglomeration.offset(y, mass)
        core.merges(y, mass, offset, steps, self.instruction_set)
        return steps


def _filled(form: Form, n_features: int) -> str:
    """What the core is asked for: it knows no pooled form, and one column has a diagonal only."""
    if form is Form.MEANS:
        return "means"
    return "diagonal" if form is Form.DIAGONAL or n_features == 1 else "full"


def _parameters(mixture: Density) -> tuple[Array, Array, Array]:
    """Means, whitening and constants, as the core reads them; one column needs no matrices."""
    whitening = mixture.covariance.whitening
    if mixture.means.shape[1] == 1:
        whitening = whitening.reshape(-1, 1)
    return mixture.means, whitening, log_constants(mixture)
