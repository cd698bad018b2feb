"""Anderson mixing: where a sequence of vectors is heading, from its last residuals.

Source: Anderson 1965; Walker & Ni 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.em.acceleration.squarem import length

DEPTH = 8
"""Differences of residuals that are mixed."""

REST = 3
"""Cycles without a candidate A after one was refused."""

RIDGE = 1e-10
"""Added to the diagonal of the Gram matrix of differences of length one."""


@dataclass(eq=False)
class AndersonMixing:
    """Candidate A, from the last points and their residuals.

    moves, differences : (DEPTH, p) ΔΘ and ΔF, each over the length of its ΔF; the oldest are
        overwritten
    """

    moves: Array
    differences: Array
    n_seen: int = 0
    point: Array | None = None
    residual: Array | None = None
    resting: int = 0

    @classmethod
    def of_size(cls, size: int) -> AndersonMixing:
        """Nothing seen yet, of vectors (size,)."""
        return cls(np.empty((DEPTH, size)), np.empty((DEPTH, size)))

    def see(self, start: Array, first: Array, second: Array) -> None:
        """Two plain steps in a row."""
        if self.point is not start:
            self._remember(start, first - start)
        self._remember(first, second - first)
        self.resting -= 1

    def _remember(self, point: Array, residual: Array) -> None:
        if self.point is not None and self.residual is not None:
            difference = residual - self.residual
            size = length(difference)
            if size > 0.0:
                place = self.n_seen % DEPTH
                np.divide(point - self.point, size, out=self.moves[place])
                np.divide(difference, size, out=self.differences[place])
                self.n_seen += 1
        self.point, self.residual = point, residual

    def extrapolate(self) -> Array | None:
        """θ + f − (ΔΘ + ΔF) γ with γ = argmin ‖f − ΔF γ‖; None at first, and after a refusal."""
        if self.resting > 0 or self.n_seen < 2 or self.point is None or self.residual is None:
            return None
        moves, differences = self.moves[: self.n_seen], self.differences[: self.n_seen]
        gram = differences @ differences.T
        gram.flat[:: len(gram) + 1] += RIDGE
        shares = np.linalg.solve(gram, differences @ self.residual)
        return np.asarray(self.point + self.residual - shares @ moves - shares @ differences)

    def learn(self, *, kept: bool) -> None:
        """A rest after a refusal."""
        self.resting = 0 if kept else REST + 1
