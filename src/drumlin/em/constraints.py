"""What of a mixture is not estimated freely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array

SMALLEST_WEIGHT = 1e-300
"""An empty component keeps this weight, so that its logarithm exists."""


@dataclass(frozen=True)
class Constraints:
    """Constraints of the M-step.

    equal_weights : bool    φ_j = 1/k is given, and not estimated
    """

    equal_weights: bool = False

    def weights(self, mass: Array) -> Array:
        """(k,) φ_j from the masses (k,): their shares, or all the same."""
        if self.equal_weights:
            return np.full(len(mass), 1.0 / len(mass))
        return np.maximum(mass / mass.sum(), SMALLEST_WEIGHT)


FREE = Constraints()
"""Everything is estimated."""
