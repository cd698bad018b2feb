"""Criteria for choosing among fits, of a fit in memory or of the facts of one in a file."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from drumlin.em import Cost, Outcome


class Told(Protocol):
    """What `Criteria` and `outcome_rows` read: of a `Fit`, or of the facts of one in a file."""

    @property
    def log_likelihood(self) -> float:
        """ℓ in nats, in total."""

    @property
    def log_likelihoods(self) -> tuple[float, ...]:
        """ℓ of each accepted full-data pass."""

    @property
    def n_parameters(self) -> int:
        """Free parameters p."""

    @property
    def equal_weights(self) -> bool:
        """Whether φ_j = 1/k was given."""

    @property
    def n_samples(self) -> int:
        """Rows."""

    @property
    def count(self) -> float:
        """Σ_i s⁽ⁱ⁾."""

    @property
    def assignment(self) -> float:
        """Σ_i s⁽ⁱ⁾ log w[i, MAP(i)]."""

    @property
    def outcome(self) -> Outcome:
        """How it ended."""

    @property
    def reason(self) -> str:
        """Why, in words."""

    @property
    def healthy(self) -> bool:
        """Enough mass everywhere, nothing on the floor."""

    @property
    def effort(self) -> Cost | None:
        """What it cost, where that is known."""


class Criteria:
    """Criteria for choosing among fits, for whatever tells what `Told` lists."""

    def aic(self: Told) -> float:
        """Akaike's criterion −2ℓ + 2p; lower is better (Akaike 1974)."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    def bic(self: Told) -> float:
        """Bayesian criterion −2ℓ + p log n, n = Σ s⁽ⁱ⁾; lower is better (Schwarz 1978)."""
        return -2.0 * self.log_likelihood + self.n_parameters * float(np.log(self.count))

    def icl(self: Told) -> float:
        """Integrated completed likelihood, BIC − 2 Σ s⁽ⁱ⁾ log w[i, MAP(i)]; lower is better.

        Source: Biernacki, Celeux & Govaert 2000.
        """
        return Criteria.bic(self) - 2.0 * self.assignment
