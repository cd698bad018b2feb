"""When to stop, and why: rules that look at the path of the log-likelihood.

A small step does not mean that the limit is near. The gain of EM shrinks by a nearly constant
factor a from pass to pass, so from a gain g about g·a / (1 − a) remains (Aitken; Böhning et al.
1994). `RemainingGain` stops when that is below ``tol`` nats twice in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)


STEADY = 0.1
"""The shrinking factor is trusted when it changes by less than this fraction."""


def rounding(
    log_likelihood: float, count: float, dtype: np.dtype, conditioning: float = 1.0
) -> float:
    """What a sum over the samples may lose to rounding, in nats: 64 ε (|ℓ| + κ Σ weights).

    κ (``Structure.conditioning``) is by how much whitening magnifies the rounding of a row. In
    float32 the rows are rounded one by one and the errors of n rows add up: half a unit in the
    last place for the constant of the component (the same error in every row), for the squared
    distance and for the logarithm, in each of the two passes that are compared.
    """
    unit = 64.0 * EPSILON if dtype == np.float64 else 6.0 * 2.0**-24
    return unit * (abs(log_likelihood) + conditioning * count)


def blurred(count: float, n_features: int, least: float) -> float:
    """What an M-step may lose where variances as small as ``least``, relative to others, count.

    The rounding of the large ones blurs them by δ = d ε / least, and Q is at its maximum: count δ².
    """
    return count * (n_features * EPSILON / least) ** 2


@dataclass(eq=False)
class Path:
    """What a stopping rule may look at, after a plain step of EM; the run extends it.

    objectives : of the accepted iterations in nats, jumps included, since the objective changed
    gains, remaining : of the plain steps among jumps, what they gained and the estimate of what is
        left; empty in plain EM
    noise : nats that rounding hides;  total_weight : Σ s⁽ⁱ⁾
    """

    objectives: list[float] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)
    remaining: list[float] = field(default_factory=list)
    noise: float = 0.0
    total_weight: float = 0.0


class StoppingRule(Protocol):
    """When a run has converged: a value given to it."""

    @property
    def tol(self) -> float:
        """Nats still to be gained that do not matter; 0 when the rule never stops."""

    def coarser(self, tol: float) -> StoppingRule:
        """The rule of a run that only leads to another: nats that may be left to be gained."""

    def reason(self, path: Path) -> str | None:
        """Why the run may stop, in words; None to go on."""


@dataclass(frozen=True)
class RemainingGain:
    """Stops when the estimate of what is still to be gained is below ``tol`` nats of ℓ in total."""

    tol: float

    def coarser(self, tol: float) -> RemainingGain:
        """At least ``tol``."""
        return RemainingGain(max(self.tol, tol))

    def reason(self, path: Path) -> str | None:
        """By Aitken's rule in plain EM, by the accelerator's estimate among jumps."""
        if path.remaining:
            return reason_among_jumps(path.gains, path.remaining, self.tol, path.noise)
        return reason_to_stop(path.objectives, self.tol, path.noise)


def remaining_gain(path: Sequence[float]) -> float:
    """Nats still to be gained after the last pass, by Aitken's rule; infinite when unknown.

    path : log-likelihoods of successive EM passes, at least four for an estimate
    """
    if len(path) < 4:
        return np.inf
    gain, last, before = path[-1] - path[-2], path[-2] - path[-3], path[-3] - path[-4]
    if gain <= 0.0 or last <= 0.0 or before <= 0.0:
        return np.inf
    previous, factor = last / before, gain / last
    if not 0.0 < factor < 1.0 or abs(factor - previous) > STEADY * previous:
        return np.inf
    return gain * factor / (1.0 - factor)


def remaining_after(gain: float, shrinkage: float) -> float:
    """Nats still to be gained after a plain EM step among jumps: g ρ² / (1 − ρ²).

    gain : g of the plain step;  shrinkage : ρ = ‖f₁‖ / ‖f₀‖, residuals before and after it. Jumps
    remove the directions in which EM is slow in turn, so callers give the largest of the last many.
    """
    if not shrinkage < 1.0:
        return np.inf
    return max(gain, 0.0) * shrinkage**2 / (1.0 - shrinkage**2)


def reason_to_stop(path: Sequence[float], tol: float, noise: float) -> str | None:
    """Why the run may stop after this path, or None. ``tol=0`` never stops.

    tol : nats of total log-likelihood still to be gained;  noise : what rounding hides
    """
    if tol <= 0.0:
        return None
    remaining = remaining_gain(path)
    if remaining < tol and remaining_gain(path[-5:-1]) < tol:
        return f"about {remaining:.1g} nats remain to be gained"
    gains = [after - before for before, after in pairwise(path[-3:])]
    return _reason_of_gains(gains, tol, noise)


def reason_among_jumps(
    gains: Sequence[float], remaining: Sequence[float], tol: float, noise: float
) -> str | None:
    """Why an accelerated run may stop after its last plain step, or None.

    gains, remaining : nats that plain steps gained and left; the estimate is no smaller than what
    the jump before gained, so that one will do
    """
    if tol <= 0.0:
        return None
    if remaining[-1] < tol:
        return f"about {remaining[-1]:.1g} nats remain to be gained"
    return _reason_of_gains(gains[-2:], tol, noise)


def _reason_of_gains(gains: Sequence[float], tol: float, noise: float) -> str | None:
    """Whether the last two gains are nothing: what stops a path that never shrinks steadily."""
    small = max(tol / 1000.0, noise)
    if len(gains) >= 2 and max(gains) <= small:
        return f"two passes in a row gained less than {small:.1g} nats"
    return None
