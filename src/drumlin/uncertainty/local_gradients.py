"""The gradients of log φ_j + log N(x; μ_j, Σ_j), row by row, and the sums that they are needed for.

θ are coordinates in which components are spheres: log-odds of the weights, μ_j = mean + L_j m_j,
and the directions of `drumlin.covariance.tangent_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Tangent, contrasts
from drumlin.data import Rows
from drumlin.mixture import Mixture


@dataclass(frozen=True, eq=False)
class InformationSums:
    """Sums over rows; ``+`` adds them.

    products : k of (1 + m, 1 + m)   Σ_i s w_ij of the products of the local gradients
    outer : (p, p)                   Σ_i s r_i r_iᵀ of the scores
    gradient : (p,)                  Σ_i s r_i
    """

    products: tuple[Array, ...]
    outer: Array
    gradient: Array

    def __add__(self, other: InformationSums) -> InformationSums:
        products = zip(self.products, other.products, strict=True)
        return InformationSums(
            tuple(mine + theirs for mine, theirs in products),
            self.outer + other.outer,
            self.gradient + other.gradient,
        )


class LocalGradients:
    """The gradients of log φ_j + log N(x; μ_j, Σ_j) in the free parameters, component by component.

    Those of component j are [1, y, ½(yᵀ S y − tr S)] with y = L_j⁻¹ (x − μ_j), S the slopes of its
    covariance.
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
                [
                    self.first_mean + j * d + np.arange(d),
                    self.first_covariance + directions.parameters,
                ]
            )
            for j, directions in enumerate(tangent.components)
        ]
        # yᵀ S y of symmetric S: of the pairs (a, b), a >= b, that any S has
        slopes = np.concatenate([directions.derivatives for directions in tangent.components])
        self.pairs = np.nonzero(np.tril(slopes.any(axis=0)))
        a, b = self.pairs
        twice = np.where(a == b, 1.0, 2.0)
        self.forms = [
            directions.derivatives[:, a, b].T * twice[:, None] for directions in tangent.components
        ]

    def sums(self, rows: Rows, w: Array) -> InformationSums:
        """Of a block of float64 rows and its responsibilities."""
        if rows.labels is not None:  # a known label is a responsibility of one
            known = rows.labels >= 0
            w = np.where(known[:, None], np.eye(w.shape[1])[rows.labels], w)
        weight, products = rows.weights, []
        scores = np.zeros((len(w), self.n_parameters))
        scores[:, : self.first_mean] = w @ self.odds
        for j, place in enumerate(self.places):
            y = (rows.x - self.mixture.means[j]) @ self.whitening[j].T
            traces = np.einsum("gaa->g", self.tangent.components[j].derivatives)
            squares = (y[:, self.pairs[0]] * y[:, self.pairs[1]]) @ self.forms[j]
            local = np.concatenate([np.ones((len(y), 1)), y, 0.5 * (squares - traces)], axis=1)
            weighted = w[:, j, None] * local
            products.append((weight[:, None] * weighted).T @ local)
            scores[:, place] += weighted[:, 1:]
        outer = (weight[:, None] * scores).T @ scores
        return InformationSums(tuple(products), outer, weight @ scores)

    def complete_and_missing(self, sums: InformationSums) -> tuple[Array, Array]:
        """(p, p) the information of complete data, and what of it is missing."""
        d, odds = self.mixture.n_features, slice(0, self.first_mean)
        complete, missing = np.zeros_like(sums.outer), -sums.outer
        mass = np.array([product[0, 0] for product in sums.products])
        # −∂² log φ_j: the covariance of the contrasts, the same for every row
        weighted = self.odds * self.mixture.weights[:, None]
        complete[odds, odds] = mass.sum() * self.odds.T @ weighted
        missing[odds, odds] += self.odds.T @ (self.odds * mass[:, None])
        for j, place in enumerate(self.places):
            product, directions = sums.products[j], self.tangent.components[j]
            crossed = np.outer(self.odds[j], product[0, 1:])
            missing[odds, place] += crossed
            missing[place, odds] += crossed.T
            missing[np.ix_(place, place)] += product[1:, 1:]
            bent = np.zeros((len(place), len(place)))
            bent[:d, :d] = mass[j] * np.eye(d)
            bent[:d, d:] = (directions.derivatives @ product[0, 1 : 1 + d]).T
            bent[d:, :d] = bent[:d, d:].T
            bent[d:, d:] = 0.5 * directions.curvature(product[1 : 1 + d, 1 : 1 + d])
            complete[np.ix_(place, place)] += bent
        return complete, missing

    def slopes(self) -> Array:
        """(P, p) ∂(φ, μ, vech Σ)/∂θ."""
        k, d = self.mixture.means.shape
        a, b = np.tril_indices(d)
        slopes = np.zeros((k + k * d + k * len(a), self.n_parameters))
        slopes[:k, : self.first_mean] = self.odds * self.mixture.weights[:, None]
        for j, directions in enumerate(self.tangent.components):
            root = self.tangent.roots[j]
            means = slice(k + j * d, k + (j + 1) * d)
            slopes[means, self.places[j][:d]] = root
            first = k + k * d + j * len(a)
            moved = root @ directions.derivatives @ root.T
            slopes[first : first + len(a), self.places[j][d:]] = moved[:, a, b].T
        return slopes
