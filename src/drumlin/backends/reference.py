"""Plain NumPy, written to be read beside the formulas: the oracle of all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.backends import agglomeration
from drumlin.backends.protocol import Density, cumulative, log_constants
from drumlin.backends.stream import NORMALS, UNIFORMS, normals, uniforms
from drumlin.data import RowOrder
from drumlin.moments import Form, Moments

BLOCK_ROWS = 1024
"""Rows at a time, so that nothing of size n × k is ever stored."""


@dataclass(frozen=True)
class ReferenceBackend:
    """The formulas in float64, block by block, on one thread."""

    name: str = "reference"

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
        """E-step: w = softmax of the log-joint; then the weighted moments about the means."""
        del n_threads, order
        means = mixture.means
        nothing = np.zeros(len(means)), np.zeros_like(means), _no_scatter(means.shape, form)
        total = Moments(0.0, 0.0, *nothing, means)
        for rows in _blocks(len(x)):
            weight = np.ones(len(x[rows])) if sample_weight is None else sample_weight[rows]
            present = weight > 0  # a weight of zero is an absent row, whatever it holds
            block, weight = x[rows][present], weight[present]
            joint = _log_joint(mixture, block)
            if labels is not None:
                joint = _keep_known(joint, labels[rows][present])
            density, responsibilities = _log_sum_exp(joint), _softmax(joint)
            total = total + Moments(
                float(weight @ density),
                float(weight.sum()),
                *moments_of(block, responsibilities * weight[:, None], means, form),
                means,
                float(joint.size),
            )
        return total

    def row_order(self, mixture: Density, x: Array, *, n_threads: int) -> RowOrder:
        """A stable sort by label."""
        labels = self.labels(mixture, x, n_threads=n_threads)
        edges = np.searchsorted(np.sort(labels), np.arange(len(mixture.weights) + 1))
        return RowOrder(np.argsort(labels, kind="stable").astype(np.int32), edges)

    def log_joint(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """log φ_j + log N(x; μ_j, Σ_j), in x's float type."""
        del n_threads
        out = np.empty((len(x), len(mixture.weights)), dtype=x.dtype)
        return _by_block(lambda joint: joint, mixture, x, out)

    def log_density(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """log Σ_j exp(log-joint_j), in x's float type."""
        del n_threads
        out = np.empty(len(x), dtype=x.dtype)
        return _by_block(_log_sum_exp, mixture, x, out)

    def responsibilities(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """exp(log-joint) over its sum, in x's float type."""
        del n_threads
        out = np.empty((len(x), len(mixture.weights)), dtype=x.dtype)
        return _by_block(_softmax, mixture, x, out)

    def labels(self, mixture: Density, x: Array, *, n_threads: int) -> Array:
        """argmax over components of the log-joint."""
        del n_threads
        out = np.empty(len(x), dtype=np.int64)
        return _by_block(lambda joint: joint.argmax(axis=1), mixture, x, out)

    def sample(self, mixture: Density, n: int, key: int, *, n_threads: int) -> tuple[Array, Array]:
        """x = μ_z + L_z e, block by block."""
        del n_threads
        d, edges = mixture.means.shape[1], cumulative(mixture)
        factors = mixture.covariance.colouring
        x, labels = np.empty((n, d)), np.empty(n, dtype=np.int64)
        for rows in _blocks(n):
            count = len(x[rows])
            u = uniforms(key, UNIFORMS, rows.start, count)
            z = np.searchsorted(edges, u, side="right")
            noise = normals(key, NORMALS, rows.start * d, count * d).reshape(count, d)
            chosen = factors[z if len(factors) > 1 else np.zeros_like(z)]
            form = "ia,ia->ia" if chosen.ndim == 2 else "iab,ib->ia"
            x[rows] = mixture.means[z] + np.einsum(form, chosen, noise)
            labels[rows] = z
        return x, labels

    def merges(self, y: Array, mass: Array) -> Array:
        """All costs in a table, of which the smallest is looked for at each step."""
        return agglomeration.merges(y, mass)


def _by_block(score: Callable[[Array], Array], mixture: Density, x: Array, out: Array) -> Array:
    """``out``, filled with a score of the log-joint in float64."""
    for rows in _blocks(len(x)):
        out[rows] = score(_log_joint(mixture, x[rows]))
    return out


def _log_joint(mixture: Density, x: Array) -> Array:
    """(n, k). Squared distances are clamped, so that every finite x has a finite log-density."""
    largest = float(np.finfo(x.dtype).max) / 4.0
    block = np.asarray(x, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        squared = np.stack(
            [_squared_distance(block, mixture, j) for j in range(len(mixture.weights))], axis=1
        )
    squared = np.where(squared < largest, squared, largest)
    return log_constants(mixture) - 0.5 * squared


def moments_of(
    x: Array, responsibilities: Array, origin: Array, form: Form
) -> tuple[Array, Array, Array]:
    """mass, shift, scatter about ``origin`` of rows x (n, d) with responsibilities (n, k)."""
    deviations = np.asarray(x, dtype=np.float64)[:, None, :] - origin
    weighted = responsibilities[:, :, None] * deviations
    if form is Form.DIAGONAL:
        scatter = np.einsum("ija,ija->ja", weighted, deviations)
    elif form is Form.MEANS:
        scatter = _no_scatter(origin.shape, form)
    else:
        scatter = np.matmul(weighted.transpose(1, 2, 0), deviations.transpose(1, 0, 2))
        if form is Form.POOLED:
            scatter = scatter.sum(axis=0, keepdims=True)
    return responsibilities.sum(axis=0), weighted.sum(axis=0), scatter


def _squared_distance(x: Array, mixture: Density, component: int) -> Array:
    """(n,) (x − μ)ᵀ Σ⁻¹ (x − μ) = |P (x − μ)|²."""
    factors = mixture.covariance.whitening
    whitening = factors[component if len(factors) > 1 else 0]
    deviations = x - mixture.means[component]
    white = deviations * whitening if whitening.ndim == 1 else deviations @ whitening.T
    return (white * white).sum(axis=1)


def _keep_known(joint: Array, labels: Array) -> Array:
    """log-joint with every component but the known one excluded."""
    known = labels >= 0
    excluded = known[:, None] & (labels[:, None] != np.arange(joint.shape[1]))
    return np.where(excluded, -np.inf, joint)


def _log_sum_exp(joint: Array) -> Array:
    largest = joint.max(axis=1)
    return largest + np.log(np.exp(joint - largest[:, None]).sum(axis=1))


def _softmax(joint: Array) -> Array:
    """exp(joint) / Σ exp(joint). Far out, log Σ would vanish beside a large joint: sum first."""
    size = np.exp(joint - joint.max(axis=1, keepdims=True))
    return size / size.sum(axis=1, keepdims=True)


def _no_scatter(shape: tuple[int, ...], form: Form) -> Array:
    n_components, n_features = shape
    if form is Form.DIAGONAL:
        return np.zeros((n_components, n_features))
    matrices = {Form.FULL: n_components, Form.POOLED: 1, Form.MEANS: 0}[form]
    return np.zeros((matrices, n_features, n_features))


def _blocks(n_samples: int) -> Iterator[slice]:
    for first in range(0, n_samples, BLOCK_ROWS):
        yield slice(first, first + BLOCK_ROWS)
