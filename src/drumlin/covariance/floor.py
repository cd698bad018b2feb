"""What an M-step and a run need of a floor: the bound that keeps covariances from collapsing.

The likelihood of a mixture has no maximum: a component that shrinks onto one row sends it to
infinity. A floor bounds it. `Floor` is a value given to a run; `RelativeFloor` is drumlin's own.

A floor acts in one of two ways. Where the constrained covariances stay within the family, it clips
them. Elsewhere a conjugate prior takes its place: R is added to every scatter. A floor without a
prior serves only the families that it can clip.
"""

from __future__ import annotations

from typing import Protocol

from drumlin._types import Array
from drumlin.covariance.relative_floor import ConjugatePrior
from drumlin.errors import InvalidParameterError


class Floor(Protocol):
    """A lower bound on covariances. Clipping returns the maximum of Q under it."""

    @property
    def epsilon(self) -> float:
        """The least variance relative to that of the whole data."""

    @property
    def matrix(self) -> Array:
        """(d, d) a matrix below every clipped covariance."""

    @property
    def offset(self) -> Array:
        """(d, d) what clipping adds to every covariance, whatever the data.

        The floor itself in directions in which the whole data do not vary.
        """

    @property
    def flat_columns(self) -> Array:
        """(d,) bool: columns in which the whole data do not vary."""

    @property
    def prior(self) -> ConjugatePrior | None:
        """What stands in for clipping where that would leave the family; None if nothing does."""

    def clip(self, covariances: Array) -> tuple[Array, Array]:
        """(m, d, d) matrices -> (m, d, d) lower Cholesky factors, and (m,) bool, the clipped.

        A component counts as clipped only where it was in a direction in which the data vary.
        """

    def clip_variances(self, variances: Array) -> tuple[Array, Array]:
        """(m, d) variances of diagonal covariances -> the clipped ones, and (m,) bool."""

    def clip_volumes(self, variances: Array) -> tuple[Array, Array]:
        """(m,) variances of spherical covariances -> the clipped ones, and (m,) bool."""


def prior_of(floor: Floor) -> ConjugatePrior:
    """The prior of a floor. Raises InvalidParameterError where it has none."""
    if floor.prior is None:
        raise InvalidParameterError(
            f"{type(floor).__name__} has no prior, which families that cannot be clipped need: "
            "choose EII, VII, EEI, VVI, EEE or VVV, or keep the relative floor"
        )
    return floor.prior
