"""Standard errors and confidence intervals of the parameters of a mixture, and their table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Family, Sharing
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.tables import aligned, table_of
from drumlin.uncertainty.parameters import packed, packed_mixture, places, unpacked
from drumlin.uncertainty.resampling import Replicates

SHOWN = 60
"""Lines of the table that are printed."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Confidence intervals; the first axis is the lower and the upper end.

    level : ()                      probability
    kind : str                      "normal", estimate ± z se, or "percentile" of the replicates
    weights : (2, k);  means : (2, k, d);  covariances : (2, k, d, d)
    """

    level: float
    kind: str
    weights: Array
    means: Array
    covariances: Array


@dataclass(frozen=True, eq=False, repr=False)
class StandardErrors:
    """Standard errors of the parameters of a mixture.

    method : str             see `drumlin.uncertainty`
    mixture : Mixture        the estimates
    family : Family          which says what of Σ was estimated
    equal_weights : bool     whether the weights were given, and have no error
    covariance_root : (m, P)          Fᵀ F is the covariance matrix of the estimates
    replicates : Replicates  None unless the method refits
    """

    method: str
    mixture: Mixture
    family: Family
    equal_weights: bool
    covariance_root: Array
    replicates: Replicates | None = None

    @cached_property
    def packed(self) -> Array:
        """(P,) the standard errors, in the order of `names`."""
        return np.asarray(np.sqrt((self.covariance_root**2).sum(axis=0)))

    @cached_property
    def _errors(self) -> tuple[Array, Array, Array]:
        return unpacked(self.packed, *self.mixture.means.shape)

    @property
    def weights(self) -> Array:
        """(k,) of φ_j."""
        return self._errors[0]

    @property
    def means(self) -> Array:
        """(k, d) of μ_j, in the units of x."""
        return self._errors[1]

    @property
    def covariances(self) -> Array:
        """(k, d, d) of the entries of Σ_j."""
        return self._errors[2]

    @property
    def covariance(self) -> Array:
        """(P, P) covariance matrix of (φ, μ, vech Σ), in the order of `names`."""
        return self.covariance_root.T @ self.covariance_root

    @property
    def names(self) -> tuple[str, ...]:
        """P names: weights, means component by component, lower halves of Σ_j row by row."""
        return tuple(f"{what}, component {j + 1}" for j, what in places(self.mixture))

    def intervals(self, level: float = 0.95, kind: str = "auto") -> Intervals:
        """Confidence intervals of this level.

        kind : "percentile" of B replicates, the (B + 1) p-th, which the bootstraps have; "normal",
            estimate ± z se; "auto" takes percentiles where there are bootstrap replicates

        Raises InvalidParameterError.
        """
        chosen = self._kind(level, kind)
        if chosen == "percentile":
            assert self.replicates is not None  # else there would be no percentiles
            tails = (0.5 - 0.5 * level, 0.5 + 0.5 * level)
            # the quantile that a further replicate would be below with this probability
            ends = np.quantile(self.replicates.packed(), tails, axis=0, method="weibull")
        else:
            estimate, z = packed_mixture(self.mixture), NormalDist().inv_cdf(0.5 + 0.5 * level)
            ends = np.stack([estimate - z * self.packed, estimate + z * self.packed])
        return Intervals(level, chosen, *unpacked(ends, *self.mixture.means.shape))

    def _kind(self, level: float, kind: str) -> str:
        if not 0.0 < level < 1.0:
            raise InvalidParameterError(f"level is {level!r}: it must be between 0 and 1")
        bootstrap = "bootstrap" in self.method
        if kind == "auto":
            return "percentile" if bootstrap else "normal"
        if kind not in ("normal", "percentile") or (kind == "percentile" and not bootstrap):
            known = "'auto', 'normal' or, of a bootstrap, 'percentile'"
            raise InvalidParameterError(f"kind is {kind!r}: choose {known}")
        return kind

    def summary(self, level: float = 0.95) -> Summary:
        """The table of estimates, errors and intervals."""
        return Summary(self, level)

    def __str__(self) -> str:
        return str(self.summary())

    __repr__ = __str__


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Estimates with standard errors and intervals of one level, as a table.

    head : lines that are printed above it
    """

    errors: StandardErrors
    level: float = 0.95
    head: tuple[str, ...] = ()

    def table(self, kind: str = "records") -> Any:
        """A line per parameter: component, parameter, estimate, standard_error, lower, upper.

        kind : "records" (a list of dicts), "markdown" (text), or a data frame of "pandas",
            "polars" or "pyarrow", where that is installed

        Left out are what the family fixes, and what it shares after its first component, which is
        then called "all". Raises InvalidParameterError for another kind.
        """
        return table_of(self._records(), kind, "{:.5g}")

    def _records(self) -> list[dict[str, Any]]:
        errors, mixture = self.errors, self.errors.mixture
        k, d = mixture.means.shape
        ends = errors.intervals(self.level)
        shown = _shown(errors.family, k, d, equal_weights=errors.equal_weights)
        shared = _shared(errors.family, k)
        estimate = packed_mixture(mixture)
        low, high = packed(ends.weights, ends.means, ends.covariances)
        return [
            {
                "component": "all" if shared and i >= k + k * d else str(j + 1),
                "parameter": what,
                "estimate": float(estimate[i]),
                "standard_error": float(errors.packed[i]),
                "lower": float(low[i]),
                "upper": float(high[i]),
            }
            for i, (j, what) in enumerate(places(mixture))
            if shown[i]
        ]

    def __str__(self) -> str:
        """The table, and how it was made."""
        records = self._records()
        head = ["component", "parameter", "estimate", "se", f"{100 * self.level:g} % from", "to"]
        rows = [
            [str(v) if isinstance(v, str) else f"{v:.5g}" for v in record.values()]
            for record in sorted(records, key=_by_component)[:SHOWN]
        ]
        lines = [*self.head, *aligned([head, *rows])]
        if len(records) > SHOWN:
            lines.append(f"and {len(records) - SHOWN} more parameters")
        kind, refits = self.errors.intervals(self.level).kind, self.errors.replicates
        method = f"method {self.errors.method}, {kind} intervals"
        return "\n".join([*lines, "", method if refits is None else f"{method}; {refits}"])

    __repr__ = __str__


def _by_component(record: dict[str, Any]) -> tuple[bool, int]:
    component = record["component"]
    return component == "all", 0 if component == "all" else int(component)


def _shared(family: Family, k: int) -> bool:
    """Whether all components have one and the same Σ."""
    letters = (family.volume, family.shape, family.orientation)
    return k > 1 and Sharing.VARIABLE not in letters


def _shown(family: Family, k: int, d: int, *, equal_weights: bool) -> Array:
    """(P,) bool: what the family leaves free, and of what all components share the first."""
    a, b = np.tril_indices(d)
    free = (a == b) if family.orientation is Sharing.IDENTITY else np.ones(len(a), dtype=bool)
    shared = _shared(family, k)
    halves = [free & (j == 0 or not shared) for j in range(k)]
    weights = np.full(k, not equal_weights and k > 1)
    return np.concatenate([weights, np.ones(k * d, dtype=bool), *halves])
