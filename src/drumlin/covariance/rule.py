"""M-steps and the floor: some families are clipped at it, the others lifted by pseudo-rows.

Clipping is the exact maximum under Σ_j ⪰ ε S₊, but only where the clipped covariances are of the
family still. Where components share volume, shape or axes but not all of them, they are not.
There, once a component touches the floor, R = (d + 1) ε S₊ is added to every scatter: the
maximum of Q − ½ Σ_j tr(Σ_j⁻¹ R), a conjugate prior that no component can fall below.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumlin.covariance.floor import Floor
from drumlin.covariance.full import Full
from drumlin.covariance.oriented import Shaping
from drumlin.covariance.structure import Structure, computed
from drumlin.moments import Moments

Array = np.ndarray

LEAST_MASS = 1e-12
"""A component of less mass counts with this much where scatters are regularised."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a rule returns.

    covariance : Structure
    on_floor : (k,) bool     components that rest on the floor
    regularised : bool       whether R was added to every scatter
    """

    covariance: Structure
    on_floor: Array
    regularised: bool = False


class Rule(ABC):
    """The M-step of a family."""

    @abstractmethod
    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The covariances of largest Q, from moments about their own means."""

    @abstractmethod
    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """½ Σ_j tr(Σ_j⁻¹ R) in nats; 0 where nothing is ever added."""


@dataclass(frozen=True)
class Clipped(Rule):
    """A closed form, clipped at the floor: exact where that stays within the family."""

    maximum: Callable[[Moments, Floor], Estimate]

    def estimate(
        self, moments: Moments, floor: Floor, _previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The maximum above the floor; there is nothing to regularise."""
        del regularised
        return self.maximum(moments, floor)

    def penalty(self, _covariance: Structure, _floor: Floor) -> float:
        """0."""
        return 0.0


@dataclass(frozen=True)
class Regularised(Rule):
    """A shaping of the components' covariances, with R added to their scatters when needed."""

    shaping: Shaping

    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The maximum of Q, or of Q − ½ Σ_j tr(Σ_j⁻¹ R)."""
        if not regularised:
            covariances, shares = _per_component(moments)
            with np.errstate(divide="ignore", invalid="ignore"):
                structure = self.shaping(covariances, shares, previous)
            if structure is not None and floor.is_below(structure):
                return Estimate(structure, np.zeros(len(shares), dtype=bool))
        prior = floor.prior if moments.scatter.ndim == 3 else floor.prior_variances
        mass = np.maximum(moments.mass, LEAST_MASS)
        covariances = (moments.scatter + prior) / _across(mass, moments.scatter)
        structure = self.shaping(covariances, mass / mass.sum(), previous)
        if structure is None:  # rounding hides R even so: each is lifted to the floor by itself
            structure = computed(Full, factors=floor.lift(covariances)[0])
        return Estimate(structure, floor.holds(structure), regularised=True)

    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """½ Σ_j tr(Σ_j⁻¹ R) from whitening: the squared length of P_j R^½."""
        whitening = covariance.whitening
        if whitening.ndim == 2:
            return 0.5 * float((whitening**2 @ floor.prior_variances).sum())
        return 0.5 * float(((whitening @ floor.prior_factor) ** 2).sum())


def _per_component(moments: Moments) -> tuple[Array, Array]:
    """C_j = S_j / mass_j and shares of the mass; an empty component gets the pooled covariance."""
    mass, scatter = moments.mass, moments.scatter
    total = max(float(mass.sum()), LEAST_MASS)
    present = mass > 1e-100
    if present.all():
        return scatter / _across(mass, scatter), mass / total
    covariances = scatter / _across(np.where(present, mass, 1.0), scatter)
    covariances[~present] = scatter.sum(axis=0) / total
    return covariances, np.where(present, mass, 0.0) / total


def _across(mass: Array, scatter: Array) -> Array:
    """Mass, to divide scatters of either form."""
    return mass.reshape(-1, *[1] * (scatter.ndim - 1))
