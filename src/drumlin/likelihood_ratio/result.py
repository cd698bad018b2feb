"""The results of bootstrap likelihood-ratio tests, and the table they print as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family
from drumlin.em import Outcome
from drumlin.mixture import Mixture
from drumlin.tables import aligned, counted


@dataclass(frozen=True, eq=False)
class RatioTest:
    """k components against k + 1.

    n_components : int            k
    statistic : ()                2 (ℓ of k + 1 − ℓ of k) of the data, in nats
    replicates : (B,)             the same of the samples from the fitted k components
    smaller, larger : Mixture     the fits to the data
    healthy : bool                whether every component of both stands on its own
    """

    n_components: int
    statistic: float
    replicates: Array
    smaller: Mixture
    larger: Mixture
    healthy: bool

    @property
    def p_value(self) -> float:
        """(1 + #{replicates >= statistic}) / (B + 1)."""
        as_large = int((self.replicates >= self.statistic).sum())
        return (1 + as_large) / (len(self.replicates) + 1)

    @property
    def standard_error(self) -> float:
        """Of the p value, because of the number of samples: √(p (1 − p) / (B + 1))."""
        p = self.p_value
        return float(np.sqrt(p * (1.0 - p) / (len(self.replicates) + 1)))


@dataclass(frozen=True, eq=False, repr=False)
class BootstrapTest:
    """Tests of k against k + 1, in turn, and what they amount to.

    tests : tuple of RatioTest    ascending in k; the last may have fewer samples than asked for
    level : ()                    k is rejected when p <= level
    n_bootstrap : int             samples asked for
    seed : int or None            the seed that was drawn or given; None for a generator
    halted : Outcome or None      INTERRUPTED or OUT_OF_TIME when it was cut short
    """

    tests: tuple[RatioTest, ...]
    level: float
    family: Family
    n_bootstrap: int
    seed: int | None
    halted: Outcome | None

    @property
    def n_components(self) -> int | None:
        """The smallest k that is not rejected; None when all are, or a test is not complete."""
        last = self.tests[-1]
        complete = len(last.replicates) == self.n_bootstrap
        return last.n_components if complete and last.p_value > self.level else None

    def __str__(self) -> str:
        """A line per test, and the conclusion."""
        header = ["components", "against", "statistic", "95 % of samples", "samples", "p value"]
        return "\n".join([*aligned([header, *map(_cells, self.tests)]), "", self._conclusion()])

    __repr__ = __str__

    def _conclusion(self) -> str:
        last = self.tests[-1]
        if len(last.replicates) < self.n_bootstrap:
            return f"not complete: {len(last.replicates)} of {self.n_bootstrap} samples"
        if self.n_components is None:
            return f"{_components(last)} rejected at level {self.level:g}: try more"
        return f"{_components(last)} not rejected at level {self.level:g}"


def _components(test: RatioTest) -> str:
    return f"{counted(test.n_components, 'component')} {'is' if test.n_components == 1 else 'are'}"


def _cells(test: RatioTest) -> list[str]:
    """The line of a test in the table."""
    some = len(test.replicates) > 0
    return [
        str(test.n_components),
        str(test.n_components + 1),
        f"{test.statistic:.2f}",
        f"{np.quantile(test.replicates, 0.95):.2f}" if some else "none",
        str(len(test.replicates)),
        f"{test.p_value:.4f} ± {test.standard_error:.4f}" if some else "none",
    ]
