"""The record of one pass of a run, and whether its components stand on their own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family, Floor
from drumlin.em.problem import State
from drumlin.mixture import Mixture


@dataclass(frozen=True, eq=False)
class Iteration:
    """One pass of a run; the log-likelihood belongs to the state beside it.

    index : ()                   0 for the start
    state : State                the mixture of this pass, and what the run remembers with it
    log_likelihood : ()          Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) in nats; log p(x, z) for rows of known label
    mass : (k,)                  soft counts under this mixture
    healthy : bool               whether every component has enough mass and is off the floor
    degeneracy_allowance : ()    nats that unhealthy components may owe to being so; 0 when healthy
    penalty : ()                 ½ Σ_j tr(Σ_j⁻¹ R) in nats where regularised, else 0
    extrapolated : bool          a jump of the accelerator, not a step of EM
    accepted : bool              False for a jump that was worse than the step of EM before it
    remaining : ()               the accelerator's estimate of the nats still to be gained; else nan
    run, stage : int, str        set by `fit`: which start, and "full" on all of the data; on a part
                                 of them "start" in a short run, then "subsample"
    """

    index: int
    state: State
    log_likelihood: float
    mass: Array
    healthy: bool
    degeneracy_allowance: float = 0.0
    penalty: float = 0.0
    extrapolated: bool = False
    accepted: bool = True
    remaining: float = math.nan
    run: int = 0
    stage: str = "full"

    @property
    def mixture(self) -> Mixture:
        """The parameters of this pass."""
        return self.state.mixture

    @property
    def on_floor(self) -> Array:
        """(k,) bool: components that rest on the floor."""
        return self.state.on_floor

    @property
    def regularised(self) -> bool:
        """Whether the floor was added to every scatter, in this pass or an earlier one of the run.

        For families that cannot be clipped at it.
        """
        return self.state.regularised

    @property
    def objective(self) -> float:
        """What EM raises from pass to pass, in nats: ℓ, less the penalty where regularised."""
        return self.log_likelihood - self.penalty

    def gain_over(self, before: Iteration) -> float:
        """Nats of the objective gained since a pass before; infinite where it has changed since.

        It changes once, where a component first met the floor: then ℓ may fall.
        """
        if self.regularised != before.regularised:
            return math.inf
        return self.objective - before.objective


def unhealthy(mass: Array, on_floor: Array, family: Family, n_features: int) -> Array:
    """(k,) bool: components below the family's smallest mass, or on the floor."""
    below: Array = mass < family.minimum_mass(n_features) * (1.0 - 1e-9)
    return below | on_floor


def degeneracy_allowance(mass: Array, family: Family, floor: Floor, n_features: int) -> float:
    """Twice what components of this mass can gain by collapsing to the floor, ½ d log(1/ε) a row.

    An unhealthy run that is better than a healthy one by more than this owes it to something else:
    a lone far row, say, that would otherwise drag a broad component over true clusters.
    """
    rows = np.maximum(mass, family.minimum_mass(n_features)).sum()
    return float(n_features * np.log(1.0 / floor.epsilon) * rows)
