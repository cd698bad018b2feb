"""A family: what components share of their covariances, and the M-step that follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from drumlin.covariance.families.m_step import MStep
from drumlin.moments import Form


class Sharing(Enum):
    """How the components share λ, A or D in Σ_j = λ_j D_j A_j D_jᵀ."""

    EQUAL = "E"
    VARIABLE = "V"
    IDENTITY = "I"


@dataclass(frozen=True)
class Family:
    """Σ_j = λ_j D_j A_j D_jᵀ: volume λ, shape A, orientation D, each Equal, Variable or Identity.

    code : three letters, volume, shape, orientation (Celeux & Govaert 1995, as in mclust)
    name : "full", "tied", "diag", "spherical", and the code of the other families
    m_step : the M-step for the covariances
    """

    code: str
    name: str
    m_step: MStep = field(repr=False)

    @cached_property
    def volume(self) -> Sharing:
        """How λ is shared."""
        return Sharing(self.code[0])

    @cached_property
    def shape(self) -> Sharing:
        """How A is shared."""
        return Sharing(self.code[1])

    @cached_property
    def orientation(self) -> Sharing:
        """How D is shared."""
        return Sharing(self.code[2])

    def called(self, n_features: int) -> str:
        """The code; in one dimension, where only the volume is left, its letter."""
        return self.code if n_features > 1 else self.volume.value

    def title(self, n_features: int) -> str:
        """The name with the code, "full (VVV)"; the code alone where they are the same."""
        code = self.called(n_features)
        return code if self.name == self.code else f"{self.name} ({code})"

    @cached_property
    def form(self) -> Form:
        """What the M-step needs: diagonals where D is the identity, a sum where all are equal."""
        if self.orientation is Sharing.IDENTITY:
            return Form.DIAGONAL
        return Form.POOLED if set(self.code) == {Sharing.EQUAL.value} else Form.FULL

    def n_covariance_parameters(self, n_components: int, n_features: int) -> int:
        """Free parameters of Σ_1 … Σ_k: those of λ, A and D, each once or k times."""
        times = {Sharing.EQUAL: 1, Sharing.VARIABLE: n_components, Sharing.IDENTITY: 0}
        return (
            times[self.volume]
            + times[self.shape] * (n_features - 1)
            + times[self.orientation] * (n_features * (n_features - 1) // 2)
        )

    def n_parameters(
        self, n_components: int, n_features: int, *, equal_weights: bool = False
    ) -> int:
        """Free parameters: k − 1 weights unless equal, k d means, and the covariances."""
        weights = 0 if equal_weights else n_components - 1
        covariances = self.n_covariance_parameters(n_components, n_features)
        return weights + n_components * n_features + covariances

    def minimum_mass(self, n_features: int) -> int:
        """The mass below which a component is unhealthy."""
        if self.orientation is Sharing.VARIABLE:
            return n_features + 1
        return 2 if Sharing.VARIABLE in (self.volume, self.shape) else 1
