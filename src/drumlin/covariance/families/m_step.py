"""M-steps and the floor: some families are clipped at it, the others lifted by pseudo-rows.

Clipping is the exact maximum under Σ_j ⪰ ε S₊, but only where the clipped covariances are of the
family still. Where components share volume, shape or axes but not all of them, they are not.
There, once a component touches the floor, R = n ε S₊ / 10 is added to every scatter, where n is the
mass of all: the maximum of Q − ½ Σ_j tr(Σ_j⁻¹ R), a conjugate prior that keeps C_j above R/mass_j.
It is in units of the mass because rounding is: a part of d + 1 rows drowns in the scatter of 1e5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.families.orientation import OrientationRule
from drumlin.covariance.floor import Floor
from drumlin.covariance.structures.base import Structure, unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full
from drumlin.moments import Moments

LEAST_SHARE, LEAST_PRESENT = 1e-12, 1e-100
"""Of the mass: what a component counts with where scatters are regularised; less is empty."""


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
        """½ Σ_j tr(Σ_j⁻¹ R) / n in nats per row; 0 where nothing is ever added."""


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
    """An orientation rule for the covariances, with R added to their scatters when needed.

    rescales : whether Σ_j is a multiple of what C_j is along its axes (volume equal, shape
        variable): R is then multiplied with it, and a flat component can be far above R/mass_j
    """

    orientation: OrientationRule
    rescales: bool = False

    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The maximum of Q, or of Q − ½ Σ_j tr(Σ_j⁻¹ R)."""
        if not regularised:
            covariances, shares = _per_component(moments)
            structure = self._shaped(covariances, shares, previous)
            with np.errstate(over="ignore"):  # a volume shared with a needle: far below the floor
                good = structure is not None and floor.is_below(structure)
            if structure is not None and good:
                return Estimate(structure, np.zeros(len(shares), dtype=bool))
        total = moments.mass.sum()
        mass = np.maximum(moments.mass, LEAST_SHARE * total)
        covariances = (moments.scatter + _prior(moments, floor)) / _across(mass, moments)
        shares = mass / mass.sum()
        structure = self._shaped(covariances, shares, previous)
        if structure is None:  # rounding hides R even so: each is lifted to the floor by itself
            lifted = _lifted(covariances, floor)
            covariances = lifted.matrices() if covariances.ndim == 3 else lifted.colouring**2
            structure = self._shaped(covariances, shares, previous)
            structure = lifted if structure is None else structure
        if self.rescales:
            shares = np.maximum(shares * _volumes_beside(structure, covariances), LEAST_SHARE)
        return Estimate(structure, floor.holds(structure, shares), regularised=True)

    def _shaped(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """The orientation rule, which may meet zero variances, their logarithms, and needles."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self.orientation(covariances, shares, previous)

    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """From whitening: the squared length of P_j (R / n)^½."""
        whitening = covariance.whitening
        if whitening.ndim == 2:
            return 0.5 * float((whitening**2 @ floor.prior_variances).sum())
        return 0.5 * float(((whitening @ floor.prior_factor) ** 2).sum())


def _volumes_beside(structure: Structure, covariances: Array) -> Array:
    """(k,) tr(Σ_j⁻¹ C_j) / d, C_j (k, d, d) or their diagonals (k, d)."""
    whitening, d = structure.whitening, structure.n_features
    if whitening.ndim == 2:
        return np.asarray((whitening**2 * covariances).sum(axis=1) / d)
    return np.asarray(((whitening @ covariances) * whitening).sum(axis=(1, 2)) / d)


def _lifted(covariances: Array, floor: Floor) -> Structure:
    if covariances.ndim == 2:
        return unchecked(Diagonal, variances=np.maximum(covariances, floor.variances))
    return unchecked(Full, factors=floor.lift(covariances)[0])


def _prior(moments: Moments, floor: Floor) -> Array:
    """R in the form of the moments."""
    per_row = floor.prior if moments.scatter.ndim == 3 else floor.prior_variances
    return per_row * moments.mass.sum()


def _per_component(moments: Moments) -> tuple[Array, Array]:
    """C_j = S_j / mass_j and shares of the mass; an empty component gets the pooled covariance."""
    mass, scatter, total = moments.mass, moments.scatter, moments.mass.sum()
    present = mass > LEAST_PRESENT * total
    if present.all():
        return scatter / _across(mass, moments), mass / total
    covariances = scatter / _across(np.where(present, mass, 1.0), moments)
    covariances[~present] = scatter.sum(axis=0) / total
    return covariances, np.where(present, mass, 0.0) / total


def _across(mass: Array, moments: Moments) -> Array:
    """Mass, to divide scatters of either form."""
    return mass.reshape(-1, *[1] * (moments.scatter.ndim - 1))
