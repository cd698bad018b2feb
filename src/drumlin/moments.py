"""What an E-step leaves behind: `Moments`, a value that adds.

Threads, chunks, files, sample weights and known labels all meet in this one type. Second moments
are kept about the means of the mixture that produced them (`origin`), which is what makes them
accurate when the data lie far from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from drumlin.errors import InvalidParameterError

Array = np.ndarray


class Form(Enum):
    """How much of the second moments a family needs: all of them, or only the diagonal."""

    FULL = "full"
    DIAGONAL = "diagonal"


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of a mixture, about the means ``origin``.

    With w_j⁽ⁱ⁾ the responsibilities times the sample weights s⁽ⁱ⁾:

    log_likelihood : ()            Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾), in nats
    count : ()                     Σ_i s⁽ⁱ⁾
    mass : (k,)                    Σ_i w_j⁽ⁱ⁾
    shift : (k, d)                 Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − origin_j)
    scatter : (k, d, d) or (k, d)  Σ_i w_j⁽ⁱ⁾ (x⁽ⁱ⁾ − origin_j)(x⁽ⁱ⁾ − origin_j)ᵀ, or its diagonal
    origin : (k, d)                the means the moments are about
    """

    log_likelihood: float
    count: float
    mass: Array
    shift: Array
    scatter: Array
    origin: Array

    @property
    def form(self) -> Form:
        """Whether ``scatter`` is full or diagonal."""
        return Form.FULL if self.scatter.ndim == 3 else Form.DIAGONAL

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
        )

    @property
    def means(self) -> Array:
        """(k, d) origin + shift / mass. A component without mass keeps its origin."""
        return self.origin + self.shift / _positive(self.mass)[:, None]

    def about(self, means: Array) -> Moments:
        """The moments about other means (k, d): S' = S − δ tᵀ − t δᵀ + mass δ δᵀ, t = shift."""
        delta = np.asarray(means, dtype=np.float64) - self.origin
        shift = self.shift - self.mass[:, None] * delta
        if self.form is Form.DIAGONAL:
            scatter = self.scatter - delta * (self.shift + shift)
        else:
            cross = delta[:, :, None] * shift[:, None, :]
            scatter = self.scatter - self.shift[:, :, None] * delta[:, None, :] - cross
            scatter = 0.5 * (scatter + scatter.transpose(0, 2, 1))
        return replace(self, shift=shift, scatter=scatter, origin=np.array(means, dtype=np.float64))

    def centred(self) -> Moments:
        """The moments about their own means: shift = 0, scatter = the within-component scatter."""
        fraction = self.shift / _positive(self.mass)[:, None]
        if self.form is Form.DIAGONAL:
            scatter = np.maximum(self.scatter - self.shift * fraction, 0.0)
        else:
            scatter = self.scatter - self.shift[:, :, None] * fraction[:, None, :]
        nothing, means = np.zeros_like(self.shift), self.origin + fraction
        return Moments(self.log_likelihood, self.count, self.mass, nothing, scatter, means)

    def in_form(self, form: Form) -> Moments:
        """The moments as ``form`` asks: themselves, or with only the diagonal of ``scatter``."""
        if form is Form.FULL or self.form is Form.DIAGONAL:
            return self
        return replace(self, scatter=np.ascontiguousarray(np.einsum("jaa->ja", self.scatter)))


def pseudo_rows(means: Array, spread: Array) -> Moments:
    """Moments of d + 1 rows per component that nobody saw, about ``means`` (k, d).

    spread : (d, d) their covariance, or (d,) its diagonal
    """
    n_components, n_features = means.shape
    rows = n_features + 1.0
    return Moments(
        0.0,
        rows * n_components,
        np.full(n_components, rows),
        np.zeros_like(means),
        rows * np.repeat(spread[None], n_components, axis=0),
        means,
    )


def _positive(mass: Array) -> Array:
    """Mass with zeros replaced by one, so that an empty component divides safely."""
    return np.where(mass > 0.0, mass, 1.0)
