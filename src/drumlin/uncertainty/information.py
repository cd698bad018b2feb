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

import operator
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.covariance import Family, tangent_of
from drumlin.data import Rows, Source
from drumlin.em import Engine
from drumlin.errors import InvalidParameterError, UndeterminedError
from drumlin.mixture import Mixture
from drumlin.observation import COMPLETE, Observation
from drumlin.uncertainty.local_gradients import InformationSums, LocalGradients
from drumlin.uncertainty.parameters import places

BLOCK_CELLS = 2_000_000
"""Rows are taken together as long as rows times parameters stay below this: 16 MB."""

MOST_PARAMETERS = 10_000
"""Beyond these the matrices take gigabytes."""

SINGULAR = 1e-9
"""A direction of which less than this share of the complete information is left is not known."""


@dataclass(frozen=True, eq=False)
class Information:
    """The information on the free parameters θ (p,) of a mixture.

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
        return vectors / np.sqrt(values) * scale[:, None]

    def covariance_root(self) -> Array:
        """(p, P) F with Fᵀ F = Cov(φ, μ, vech Σ) by the delta method, from I⁻¹."""
        return (self.slopes @ self.root).T

    def robust_covariance_root(self) -> Array:
        """(p, P) the same from I⁻¹ (Σ_i s⁽ⁱ⁾ r_i r_iᵀ) I⁻¹, right also when the model is not."""
        values, vectors = np.linalg.eigh(self.root.T @ self.outer @ self.root)
        return (self.slopes @ (self.root @ (vectors * np.sqrt(np.maximum(values, 0.0))))).T

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
    engine: Engine,
    *,
    observation: Observation = COMPLETE,
    equal_weights: bool = False,
) -> Information:
    """The observed information of the free parameters of ``family`` at ``mixture``, by one pass.

    Raises InvalidParameterError when the covariances are not of the family, or there are more
    than `MOST_PARAMETERS`.
    """
    tangent = tangent_of(family, mixture.covariance.matrices())
    gradients = LocalGradients(mixture, tangent, equal_weights)
    if gradients.n_parameters > MOST_PARAMETERS:
        raise InvalidParameterError(
            f"{gradients.n_parameters} free parameters are too many for their information matrix: "
            "use method='bootstrap', or a family with fewer"
        )
    sums = engine.map_reduce(partial(_sums, gradients, observation, engine.backend), source)
    complete, missing = gradients.complete_and_missing(sums)
    return Information(
        complete - missing,
        np.diagonal(complete).copy(),
        sums.gradient,
        sums.outer,
        gradients.slopes(),
        mixture,
    )


def _sums(
    gradients: LocalGradients, observation: Observation, backend: Backend, rows: Rows, threads: int
) -> InformationSums:
    """The sums of a chunk, block by block."""

    def of(block: Rows) -> InformationSums:
        w = observation.responsibilities(backend, gradients.mixture, block, n_threads=threads)
        return gradients.sums(replace(block, x=block.x.astype(np.float64, copy=False)), w)

    size = max(1, BLOCK_CELLS // gradients.n_parameters)
    return reduce(operator.add, map(of, rows.blocks(size)))
