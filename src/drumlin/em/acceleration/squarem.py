"""Squared extrapolation: where a sequence of vectors is heading, from two steps in a row.

Source: Varadhan & Roland 2008 (SQUAREM).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array

LONGEST, LONGER = 4.0, 4.0
"""The first bound of a, and the factor by which it grows and shrinks."""

TINY = 1e-300


@dataclass(eq=False)
class Squarem:
    """Candidate S, from two plain steps in a row, and how far it may go."""

    bound: float = LONGEST
    reached: bool = False
    vector: Array | None = None

    def see(self, start: Array, first: Array, second: Array) -> None:
        """Two plain steps in a row."""
        step = first - start
        curvature = second - first - step
        factor = length(step) / max(length(curvature), TINY)
        self.reached = factor >= self.bound
        a = min(factor, self.bound)
        self.vector = start + 2.0 * a * step + a * a * curvature if a > 1.0 else None

    def extrapolate(self) -> Array | None:
        """θ + 2ar + a²v, r = f₀, v = f₁ − f₀; None where that is no farther than plain EM."""
        return self.vector

    def learn(self, *, kept: bool) -> None:
        """Farther after a success at the bound, nearer after a refusal."""
        if not kept:
            self.bound = max(LONGEST, self.bound / LONGER)
        elif self.reached:
            self.bound *= LONGER


def length(vector: Array) -> float:
    """Its Euclidean norm."""
    return float(np.sqrt(vector @ vector))
