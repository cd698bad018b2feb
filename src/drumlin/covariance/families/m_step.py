"""The M-step of a family, and how it meets the floor: by clipping, or with a conjugate prior.

Clipping is the exact maximum under the floor, but only where the clipped covariances are of the
family still. Where components share volume, shape or axes but not all of them, they are not.
There, once a component meets the floor, R is added to every scatter for the rest of the run. That
is the maximum of Q − ½ Σ_j tr(Σ_j⁻¹ R), the M-step under a conjugate prior, which keeps Σ_j above
R / mass_j. R is proportional to the mass of all components because the rounding of a scatter is:
a prior worth d + 1 rows would vanish in the scatter of 1e5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.families.orientation import OrientationRule
from drumlin.covariance.floor import Floor, prior_of
from drumlin.covariance.structures.base import Structure, unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full
from drumlin.moments import Moments

SMALLEST_SHARE = 1e-12
"""The least share of the mass that a component has where scatters are regularised."""

EMPTY_SHARE = 1e-100
"""A component with a smaller share of the mass is empty."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The result of an M-step.

    covariance : Structure
    on_floor : (k,) bool     components that rest on the floor
    regularised : bool       whether R was added to every scatter
    """

    covariance: Structure
    on_floor: Array
    regularised: bool = False


class MStep(ABC):
    """The M-step of a family for the covariances.

    Families that can be clipped at the floor are. The others add R to every scatter, from the
    M-step on in which an estimate meets the floor: ``regularised`` of the result is passed to the
    next one, and the objective is ℓ less the penalty.
    """

    @abstractmethod
    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The covariances of largest Q, from moments of the family's form about their own means.

        previous : the covariances of the last iteration, where an alternation begins
        """

    @abstractmethod
    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """½ Σ_j tr(Σ_j⁻¹ R) / n in nats per row; 0 where R is never added."""


@dataclass(frozen=True)
class Clipped(MStep):
    """A closed form, clipped at the floor: exact where that stays within the family."""

    closed_form: Callable[[Moments, Floor], Estimate]

    def estimate(
        self, moments: Moments, floor: Floor, _previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The maximum above the floor; there is nothing to regularise."""
        del regularised
        return self.closed_form(moments, floor)

    def penalty(self, _covariance: Structure, _floor: Floor) -> float:
        """0."""
        return 0.0


@dataclass(frozen=True)
class Regularised(MStep):
    """The maximum that an orientation rule finds, with R added to the scatters when needed.

    rescales : whether Σ_j is a multiple of what C_j is along its axes (volume equal, shape
        variable): R is then multiplied with it, and a flat component can be far above R / mass_j
    """

    orientation: OrientationRule
    rescales: bool = False

    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """The maximum of Q, or of Q − ½ Σ_j tr(Σ_j⁻¹ R)."""
        prior = prior_of(floor)
        if not regularised:
            covariances, shares = _component_covariances(moments)
            structure = self._maximum(covariances, shares, previous)
            with np.errstate(over="ignore"):  # of a nearly singular Σ_j of the volume of the others
                if structure is not None and not prior.is_needed(structure):
                    return Estimate(structure, np.zeros(len(shares), dtype=bool))
        total = moments.mass.sum()
        mass = np.maximum(moments.mass, SMALLEST_SHARE * total)
        per_row = prior.matrix if moments.scatter.ndim == 3 else prior.variances
        covariances = (moments.scatter + per_row * total) / _broadcast(mass, moments)
        shares = mass / mass.sum()
        structure = self._maximum(covariances, shares, previous)
        if structure is None:  # C_j is singular to rounding even so: each is clipped by itself
            clipped = _clipped(covariances, floor)
            covariances = clipped.matrices() if covariances.ndim == 3 else clipped.colouring**2
            structure = self._maximum(covariances, shares, previous)
            structure = clipped if structure is None else structure
        if self.rescales:
            shares = np.maximum(shares * _relative_traces(structure, covariances), SMALLEST_SHARE)
        return Estimate(structure, prior.binds(structure, shares), regularised=True)

    def _maximum(
        self, covariances: Array, shares: Array, previous: Structure | None
    ) -> Structure | None:
        """The maximum of Q; zero variances have logarithms and quotients that are not finite."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self.orientation(covariances, shares, previous)

    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """From whitening: the squared length of P_j (R / n)^½."""
        whitening, prior = covariance.whitening, prior_of(floor)
        if whitening.ndim == 2:
            return 0.5 * float((whitening**2 @ prior.variances).sum())
        return 0.5 * float(((whitening @ prior.root) ** 2).sum())


def _relative_traces(structure: Structure, covariances: Array) -> Array:
    """(k,) tr(Σ_j⁻¹ C_j) / d, C_j (k, d, d) or their diagonals (k, d)."""
    whitening, d = structure.whitening, structure.n_features
    if whitening.ndim == 2:
        return (whitening**2 * covariances).sum(axis=1) / d
    return ((whitening @ covariances) * whitening).sum(axis=(1, 2)) / d


def _clipped(covariances: Array, floor: Floor) -> Structure:
    """The nearest covariances above the floor, of whatever family."""
    if covariances.ndim == 2:
        return unchecked(Diagonal, variances=floor.clip_variances(covariances)[0])
    return unchecked(Full, factors=floor.clip(covariances)[0])


def _component_covariances(moments: Moments) -> tuple[Array, Array]:
    """C_j = S_j / mass_j and shares of the mass; an empty component gets the pooled covariance."""
    mass, scatter, total = moments.mass, moments.scatter, moments.mass.sum()
    present = mass > EMPTY_SHARE * total
    if present.all():
        return scatter / _broadcast(mass, moments), mass / total
    covariances = scatter / _broadcast(np.where(present, mass, 1.0), moments)
    covariances[~present] = scatter.sum(axis=0) / total
    return covariances, np.where(present, mass, 0.0) / total


def _broadcast(mass: Array, moments: Moments) -> Array:
    """(k, 1, 1) or (k, 1) mass, to divide scatters of either form."""
    return mass.reshape(-1, *[1] * (moments.scatter.ndim - 1))
