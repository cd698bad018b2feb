"""What an E-step leaves behind: `Moments`, a value that adds.

Threads, chunks, files, sample weights and known labels all meet in this one type. Second moments
are kept about the means of the mixture that produced them (`origin`), which is what makes them
accurate when the data lie far from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from drumlin._types import Array
from drumlin.errors import InvalidParameterError

SMALLEST_MASS = float(np.finfo(np.float64).tiny)


class Form(Enum):
    """How much of the second moments there is.

    FULL (k, d, d): a matrix S_j per component;  DIAGONAL (k, d): their diagonals
    POOLED (1, d, d): their sum over components;  MEANS (0, d, d): none, mass and shift only
    """

    FULL = "full"
    DIAGONAL = "diagonal"
    POOLED = "pooled"
    MEANS = "means"


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of a mixture, about the means ``origin``.

    With w_j⁽ⁱ⁾ the responsibilities times the sample weights s⁽ⁱ⁾:

    log_likelihood : ()            Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾), in nats
    count : ()                     Σ_i s⁽ⁱ⁾
    mass : (k,)                    Σ_i w_j⁽ⁱ⁾
    shift : (k, d)                 Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − origin_j)
    scatter : as its `Form` says   S_j = Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − origin_j)(x⁽ⁱ⁾ − origin_j)ᵀ
    origin : (k, d)                the means the moments are about
    evaluated : ()                 row-component pairs that were looked at to get them
    """

    log_likelihood: float
    count: float
    mass: Array
    shift: Array
    scatter: Array
    origin: Array
    evaluated: float = 0.0

    @property
    def form(self) -> Form:
        """What ``scatter`` holds, seen from its shape; for k = 1 pooled is full."""
        if self.scatter.ndim == 2:
            return Form.DIAGONAL
        matrices = len(self.scatter)
        return Form.FULL if matrices == len(self.mass) else Form.POOLED if matrices else Form.MEANS

    def __add__(self, other: Moments) -> Moments:
        """Field-wise sum. Raises InvalidParameterError when the origins or the forms differ."""
        if self.form is not other.form:
            raise InvalidParameterError("moments of different forms do not add")
        if self.origin is not other.origin and not np.array_equal(self.origin, other.origin):
            raise InvalidParameterError(
                "moments about different origins do not add: re-centre one with .about(means)"
            )
        return Moments(
            self.log_likelihood + other.log_likelihood,
            self.count + other.count,
            self.mass + other.mass,
            self.shift + other.shift,
            self.scatter + other.scatter,
            self.origin,
            self.evaluated + other.evaluated,
        )

    @property
    def means(self) -> Array:
        """(k, d) origin + shift / mass. A component without mass keeps its origin."""
        return self.origin + self.shift / divisor(self.mass)[:, None]

    def about(self, means: Array) -> Moments:
        """The moments about other means (k, d): S' = S − δ tᵀ − t δᵀ + mass δ δᵀ, t = shift."""
        delta = np.asarray(means, dtype=np.float64) - self.origin
        shift = self.shift - self.mass[:, None] * delta
        scatter = self.scatter - self._products(self.shift, delta) - self._products(delta, shift)
        if self.form is not Form.DIAGONAL:
            scatter = 0.5 * (scatter + scatter.transpose(0, 2, 1))
        return replace(self, shift=shift, scatter=scatter, origin=np.array(means, dtype=np.float64))

    def centred(self) -> Moments:
        """The moments about their own means: shift = 0, scatter = the within-component scatter."""
        fraction = self.shift / divisor(self.mass)[:, None]
        scatter = self.scatter - self._products(self.shift, fraction)
        if self.form is Form.DIAGONAL:
            scatter = np.maximum(scatter, 0.0)
        nothing, means = np.zeros(self.shift.shape), self.origin + fraction
        return Moments(self.log_likelihood, self.count, self.mass, nothing, scatter, means)

    def in_form(self, form: Form) -> Moments:
        """The moments as ``form`` asks, where it asks for less: full ones can become any other."""
        if form is Form.MEANS:
            return replace(self, scatter=np.zeros((0, *self.shift.shape[1:] * 2)))
        if form is Form.FULL or self.form is not Form.FULL:
            return self
        if form is Form.POOLED:
            return replace(self, scatter=self.scatter.sum(axis=0, keepdims=True))
        return replace(self, scatter=np.ascontiguousarray(np.einsum("jaa->ja", self.scatter)))

    def pooled(self, total: Moments) -> Moments:
        """The pooled moments about their own means, from mass and shift and what all rows make.

        total : k = 1, full, of the same rows, about any one point o near them: T. With means
        o + δ_j the scatter within components is total − between = T − Σ_j mass_j δ_j δ_jᵀ; it has
        lost as many digits as T is larger.
        """
        delta = self.origin - total.origin + self.shift / divisor(self.mass)[:, None]
        between = (self.mass[:, None] * delta).T @ delta
        # responsibilities sum to one only to the rounding of the data's float type
        share = self.mass.sum() / divisor(total.mass)
        nothing, means = np.zeros_like(self.shift), total.origin + delta
        scatter = share[:, None, None] * total.scatter - between
        return replace(self, shift=nothing, scatter=scatter, origin=means)

    def _products(self, a: Array, b: Array) -> Array:
        """a_j b_jᵀ of rows a, b (k, d), in the form of the scatter."""
        form = self.form
        if form is Form.FULL:
            return a[:, :, None] * b[:, None, :]
        if form is Form.DIAGONAL:
            return a * b
        return (a.T @ b)[None][: len(self.scatter)]


def pseudo_rows(means: Array, spread: Array) -> Moments:
    """Moments of d + 1 rows per component that nobody saw, about ``means`` (k, d).

    spread : (d, d) their covariance, or (d,) its diagonal
    """
    rows, n_components = means.shape[1] + 1.0, len(means)
    scatter = rows * np.repeat(spread[None], n_components, axis=0)
    mass = np.full(n_components, rows)
    return Moments(0.0, rows * n_components, mass, np.zeros_like(means), scatter, means)


def divisor(mass: Array) -> Array:
    """Mass to divide by: an empty component has no shift and no scatter, and keeps none."""
    return np.maximum(mass, SMALLEST_MASS)
