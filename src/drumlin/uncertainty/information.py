"""The observed information: how sharply the log-likelihood bends at an estimate.

With u_ij the gradient of log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j) in the free parameters θ of the family,
C_ij its second derivative, and w_ij the responsibilities, row i has the score r_i = Σ_j w_ij u_ij
and

    I(θ) = −∂²ℓ/∂θ∂θᵀ = Σ_ij w_ij (−C_ij) − Σ_i (Σ_j w_ij u_ij u_ijᵀ − r_i r_iᵀ),

the information of complete data less what is missing. θ are coordinates in which components are
spheres: log-odds of the weights, μ_j = mean + L_j m_j, and the directions of
`drumlin.covariance.tangent_of`. Sample weights multiply the sums over rows.

Source: Louis 1982; for mixtures of Gaussians Boldea & Magnus 2009; sandwich: White 1982.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Family, Tangent, contrasts, tangent_of
from drumlin.data import Rows, Source
from drumlin.errors import InvalidParameterError, UndeterminedError
from drumlin.mixture import Mixture
from drumlin.uncertainty.parameters import places

BLOCK_CELLS = 2_000_000
"""Rows are taken together as long as rows times parameters stay below this: 16 MB."""

MOST_PARAMETERS = 10_000
"""Beyond these the matrices take gigabytes."""

SINGULAR = 1e-9
"""A direction of which less than this share of the complete information is left is not known."""


@dataclass(frozen=True, eq=False)
class Information:
    """What a pass over the data tells of the free parameters θ (p,) of a mixture.

    observed : (p, p)    I(θ), per parameter scaled as ``complete``
    complete : (p,)      the diagonal of the information of complete data
    gradient : (p,)      Σ_i s⁽ⁱ⁾ r_i, zero at a maximum
    outer : (p, p)       Σ_i s⁽ⁱ⁾ r_i r_iᵀ
    slopes : (P, p)      ∂(φ, μ, vech Σ)/∂θ, in the order of `drumlin.uncertainty.parameters`
    mixture : Mixture    where this is
    """

    observed: Array
    complete: Array
    gradient: Array
    outer: Array
    slopes: Array
    mixture: Mixture

    @cached_property
    def root(self) -> Array:
        """(p, p) R with R Rᵀ = I(θ)⁻¹.

        Raises UndeterminedError naming what is not determined.
        """
        scale = 1.0 / np.sqrt(np.where(self.complete > 0.0, self.complete, 1.0))
        values, vectors = np.linalg.eigh(self.observed * np.outer(scale, scale))
        if not values[0] > SINGULAR:
            raise self._singular(float(values[0]), vectors[:, 0] * scale)
        root: Array = vectors / np.sqrt(values) * scale[:, None]
        return root

    def spread(self) -> Array:
        """(p, P) F with Fᵀ F = Cov(φ, μ, vech Σ) by the delta method, from I⁻¹."""
        return (self.slopes @ self.root).T

    def robust_spread(self) -> Array:
        """(p, P) the same from I⁻¹ (Σ_i s⁽ⁱ⁾ r_i r_iᵀ) I⁻¹, right also when the model is not."""
        values, vectors = np.linalg.eigh(self.root.T @ self.outer @ self.root)
        scaled = vectors * np.sqrt(np.maximum(values, 0.0))
        return (self.slopes @ (self.root @ scaled)).T

    @property
    def remaining(self) -> float:
        """Nats that the maximum is above this mixture, to second order: ½ gᵀ I⁻¹ g."""
        return 0.5 * float(((self.gradient @ self.root) ** 2).sum())

    def _singular(self, least: float, direction: Array) -> UndeterminedError:
        moved = np.abs(self.slopes @ direction)
        size = np.sqrt((self.slopes**2 / np.where(self.complete > 0, self.complete, 1)).sum(axis=1))
        j, what = places(self.mixture)[int(np.argmax(moved / np.where(size > 0.0, size, np.inf)))]
        why = (
            "the mixture rests on the floor, or is not at a maximum for these data"
            if least < -SINGULAR
            else "the data do not determine it"
        )
        return UndeterminedError(
            f"the observed information is singular, most of all in the {what} of component "
            f"{j + 1} (least eigenvalue {least:.2g} of complete data): {why}; use "
            "method='bootstrap', fewer components or a family with fewer parameters, and give the "
            "data and weights of the fit"
        )


def information(
    mixture: Mixture,
    family: Family,
    source: Source,
    backend: Backend,
    *,
    equal_weights: bool = False,
    n_threads: int = 1,
) -> Information:
    """The observed information of the free parameters of ``family`` at ``mixture``.

    Raises InvalidParameterError when the covariances are not of the family, or there are more
    than `MOST_PARAMETERS`.
    """
    sums = _Sums(mixture, tangent_of(family, mixture.covariance.matrices()), equal_weights)
    if sums.n_parameters > MOST_PARAMETERS:
        raise InvalidParameterError(
            f"{sums.n_parameters} free parameters are too many for their information matrix: use "
            "method='bootstrap', or a family with fewer"
        )
    for rows in _blocks(source, max(1, BLOCK_CELLS // sums.n_parameters)):
        w = backend.responsibilities(mixture, rows.x, n_threads=n_threads)
        sums.add(rows, w)
    return sums.information()


def _blocks(source: Source, size: int) -> Iterator[Rows]:
    """The rows in float64, ``size`` at a time."""
    for index in range(len(source)):
        rows = source[index]
        for first in range(0, len(rows), size):
            block = slice(first, first + size)
            yield Rows(
                np.asarray(rows.x[block], dtype=np.float64),
                None if rows.sample_weight is None else rows.sample_weight[block],
                None if rows.labels is None else rows.labels[block],
            )


class _Sums:
    """Sums over rows: of the products of the local gradients, and of the scores.

    The local gradients of component j are [1, y, ½(yᵀ S y − tr S)] with y = L_j⁻¹ (x − μ_j), S
    the slopes of its covariance; ``products[j]`` is Σ_i s w_ij of their products.
    """

    def __init__(self, mixture: Mixture, tangent: Tangent, equal_weights: bool) -> None:
        k, d = mixture.means.shape
        self.mixture, self.tangent = mixture, tangent
        self.whitening = np.linalg.inv(tangent.roots)
        # ∂ log φ_j / ∂θ are the rows: log-odds in orthonormal contrasts
        self.odds = contrasts(k)[:, : 0 if equal_weights else k - 1]
        self.odds = self.odds - mixture.weights @ self.odds
        self.first_mean = self.odds.shape[1]
        self.first_covariance = self.first_mean + k * d
        self.n_parameters = self.first_covariance + tangent.n_parameters
        self.places = [
            np.concatenate(
                [self.first_mean + j * d + np.arange(d), self.first_covariance + moves.parameters]
            )
            for j, moves in enumerate(tangent.moves)
        ]
        # yᵀ S y of symmetric S: of the pairs (a, b), a >= b, that any S has
        slopes = np.concatenate([moves.slopes for moves in tangent.moves])
        self.pairs = np.nonzero(np.tril(slopes.any(axis=0)))
        a, b = self.pairs
        twice = np.where(a == b, 1.0, 2.0)
        self.forms = [moves.slopes[:, a, b].T * twice[:, None] for moves in tangent.moves]
        sizes = [1 + len(place) for place in self.places]
        self.products = [np.zeros((size, size)) for size in sizes]
        self.outer = np.zeros((self.n_parameters, self.n_parameters))
        self.gradient = np.zeros(self.n_parameters)

    def add(self, rows: Rows, w: Array) -> None:
        """A block of rows and its responsibilities."""
        if rows.labels is not None:  # a known label is a responsibility of one
            known = rows.labels >= 0
            w = np.where(known[:, None], np.eye(w.shape[1])[rows.labels], w)
        count = np.ones(len(w)) if rows.sample_weight is None else rows.sample_weight
        scores = np.zeros((len(w), self.n_parameters))
        scores[:, : self.first_mean] = w @ self.odds
        for j, place in enumerate(self.places):
            y = (rows.x - self.mixture.means[j]) @ self.whitening[j].T
            traces = np.einsum("gaa->g", self.tangent.moves[j].slopes)
            squares = (y[:, self.pairs[0]] * y[:, self.pairs[1]]) @ self.forms[j]
            local = np.concatenate([np.ones((len(y), 1)), y, 0.5 * (squares - traces)], axis=1)
            weighted = w[:, j, None] * local
            self.products[j] += (count[:, None] * weighted).T @ local
            scores[:, place] += weighted[:, 1:]
        self.outer += (count[:, None] * scores).T @ scores
        self.gradient += count @ scores

    def information(self) -> Information:
        """What the sums come to."""
        d, odds = self.mixture.n_features, slice(0, self.first_mean)
        complete, missing = np.zeros_like(self.outer), -self.outer
        mass = np.array([product[0, 0] for product in self.products])
        # −∂² log φ_j: the covariance of the contrasts, the same for every row
        weighted = self.odds * self.mixture.weights[:, None]
        complete[odds, odds] = mass.sum() * self.odds.T @ weighted
        missing[odds, odds] += self.odds.T @ (self.odds * mass[:, None])
        for j, place in enumerate(self.places):
            product, moves = self.products[j], self.tangent.moves[j]
            crossed = np.outer(self.odds[j], product[0, 1:])
            missing[odds, place] += crossed
            missing[place, odds] += crossed.T
            missing[np.ix_(place, place)] += product[1:, 1:]
            bent = np.zeros((len(place), len(place)))
            bent[:d, :d] = mass[j] * np.eye(d)
            bent[:d, d:] = (moves.slopes @ product[0, 1 : 1 + d]).T
            bent[d:, :d] = bent[:d, d:].T
            bent[d:, d:] = 0.5 * moves.curvature(product[1 : 1 + d, 1 : 1 + d])
            complete[np.ix_(place, place)] += bent
        return Information(
            complete - missing,
            np.diagonal(complete).copy(),
            self.gradient,
            self.outer,
            self._slopes(),
            self.mixture,
        )

    def _slopes(self) -> Array:
        """(P, p) ∂(φ, μ, vech Σ)/∂θ."""
        k, d = self.mixture.means.shape
        a, b = np.tril_indices(d)
        slopes = np.zeros((k + k * d + k * len(a), self.n_parameters))
        slopes[:k, : self.first_mean] = self.odds * self.mixture.weights[:, None]
        for j, moves in enumerate(self.tangent.moves):
            root = self.tangent.roots[j]
            means = slice(k + j * d, k + (j + 1) * d)
            slopes[means, self.places[j][:d]] = root
            first = k + k * d + j * len(a)
            moved = root @ moves.slopes @ root.T
            slopes[first : first + len(a), self.places[j][d:]] = moved[:, a, b].T
        return slopes
