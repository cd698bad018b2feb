"""A Gaussian mixture: a frozen value that exists without being fitted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drumlin._types import Array, Seed
from drumlin.backends import Backend, resolve
from drumlin.covariance import Structure, structure_named
from drumlin.data import FINITE, Rows, rows_of_model
from drumlin.errors import InvalidMixtureError, InvalidParameterError
from drumlin.execution import available_threads
from drumlin.observation import COMPLETE


@dataclass(frozen=True, eq=False, repr=False)
class Mixture:
    """p(x) = Σ_j φ_j N(x; μ_j, Σ_j).

    The generative story: z ~ Multinomial(φ), then x | z = j ~ N(μ_j, Σ_j).

    Parameters
    ----------
    weights : (k,) φ, positive, sum to 1
    means : (k, d) μ; (k,) is taken as (k, 1)
    covariance : a structure of k covariances in d dimensions; `from_arrays` takes arrays
    feature_names : d names of the columns, or None

    Raises InvalidMixtureError, which names the component.
    """

    weights: Array
    means: Array
    covariance: Structure
    feature_names: tuple[str, ...] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        means = np.array(self.means, dtype=np.float64, order="C")
        means = means[:, None] if means.ndim == 1 else means
        weights = np.array(self.weights, dtype=np.float64)
        _check(weights, means, self.covariance)
        if abs(weights.sum() - 1.0) > 1e-14:  # a stored mixture loads bit for bit
            weights = weights / weights.sum()
        weights.flags.writeable = means.flags.writeable = False
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "means", means)
        if self.feature_names is not None:
            names = tuple(str(name) for name in self.feature_names)
            if len(names) != means.shape[1] or len(set(names)) != len(names):
                found = f"{len(set(names))} different names for {means.shape[1]} columns"
                raise InvalidMixtureError(f"feature_names has {found}")
            object.__setattr__(self, "feature_names", names)

    @classmethod
    def from_arrays(
        cls,
        weights: Any,
        means: Any,
        covariances: Any,
        structure: str = "full",
        *,
        feature_names: Sequence[str] | None = None,
    ) -> Mixture:
        """A mixture written by hand.

        ``covariances`` by structure: full (k, d, d), tied (d, d), diag (k, d), spherical (k,)
        variances; in one dimension (k,) variances and (k,) means will do.

        >>> from drumlin import Mixture
        >>> Mixture.from_arrays([0.4, 0.6], [0.0, 5.0], [1.0, 4.0]).density([0.0])
        array([0.16483...])

        Raises InvalidMixtureError, InvalidParameterError for an unknown structure.
        """
        centres = _numeric(means, "means")
        centres = centres[:, None] if centres.ndim == 1 else centres
        if centres.ndim != 2:
            raise InvalidMixtureError(f"means must have shape (k, d), not {centres.shape}")
        given = _numeric(covariances, "covariances")
        covariance = structure_named(structure).from_covariances(given, *centres.shape)
        names = None if feature_names is None else tuple(feature_names)
        return cls(_numeric(weights, "weights"), centres, covariance, feature_names=names)

    @property
    def n_components(self) -> int:
        """k."""
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        """d."""
        return int(self.means.shape[1])

    def log_joint(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, k) log φ_j + log N(x⁽ⁱ⁾; μ_j, Σ_j). Raises InvalidDataError."""
        return self._scored(COMPLETE.log_joint, x, backend)

    def log_density(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n,) log p(x⁽ⁱ⁾) = log Σ_j φ_j N(x⁽ⁱ⁾; μ_j, Σ_j), in nats. Raises InvalidDataError."""
        return self._scored(COMPLETE.log_density, x, backend)

    def density(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n,) p(x⁽ⁱ⁾), per unit of volume of x. Raises InvalidDataError."""
        return np.exp(self.log_density(x, backend=backend))

    def responsibilities(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, k) p(z⁽ⁱ⁾ = j | x⁽ⁱ⁾), soft assignments; rows sum to 1. Raises InvalidDataError."""
        return self._scored(COMPLETE.responsibilities, x, backend)

    def labels(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n,) the most likely component of each row, counted from 0. Raises InvalidDataError."""
        return self._scored(COMPLETE.labels, x, backend)

    def sample(
        self, n: int, rng: Seed = None, *, backend: str | Backend = "auto"
    ) -> tuple[Array, Array]:
        """n draws x (n, d) and their components (n,): z ~ Multinomial(φ), x ~ N(μ_z, Σ_z).

        ``rng`` is a seed or a NumPy generator; None draws anew at every call. Rows come in random
        order. The generator gives one key of 64 bits, and Philox 4x32-10 counts from there: a seed
        draws the same rows, but for rounding, with any backend, on any machine, and the first rows
        of a longer draw. Raises InvalidParameterError when n is not a whole number from 0, or rng
        no seed.
        """
        if isinstance(n, bool | str | float) or n < 0:
            raise InvalidParameterError(f"n is {n!r}: it must be a whole number, 0 or more")
        try:
            generator = np.random.default_rng(rng)
        except (TypeError, ValueError):
            raise InvalidParameterError(
                f"rng is {rng!r}: it must be a seed, whole and >= 0"
            ) from None
        key = int.from_bytes(generator.bytes(8), "little")
        return resolve(backend).sample(self, operator.index(n), key, n_threads=available_threads())

    def mean(self) -> Array:
        """(d,) E[x] = Σ_j φ_j μ_j."""
        return self.weights @ self.means

    def total_covariance(self) -> Array:
        """(d, d) Cov[x] = Σ_j φ_j (Σ_j + (μ_j − E[x])(μ_j − E[x])ᵀ)."""
        deviations = self.means - self.mean()
        within = np.einsum("j,jab->ab", self.weights, self.covariance.matrices())
        return within + (self.weights[:, None] * deviations).T @ deviations

    def take(self, components: Array) -> Mixture:
        """The mixture of these components in this order, weights rescaled to sum to 1."""
        index = np.asarray(components, dtype=np.intp)
        return Mixture(
            self.weights[index] / self.weights[index].sum(),
            self.means[index],
            self.covariance.take(index),
            feature_names=self.feature_names,
        )

    def _scored(self, score: Callable[..., Array], x: Any, backend: str | Backend) -> Array:
        """A score of the rows, which were seen as they are."""
        # every finite row has a log-density: only a fit adds up squares
        rows = Rows(rows_of_model(x, self.feature_names, self.n_features, limits=FINITE))
        return score(resolve(backend), self, rows, n_threads=available_threads())

    def __eq__(self, other: object) -> bool:
        """Equal when weights, means, covariances and column names are."""
        if not isinstance(other, Mixture):
            return NotImplemented
        return (
            np.array_equal(self.weights, other.weights)
            and np.array_equal(self.means, other.means)
            and self.covariance == other.covariance
            and self.feature_names == other.feature_names
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """A few numbers per component, counted from 1 as in every table; long mixtures are cut."""
        space = "1 dimension" if self.n_features == 1 else f"{self.n_features} dimensions"
        head = f"Mixture of {self.n_components} in {space}, {self.covariance.name} covariance"
        deviations = self.covariance.standard_deviations
        rows = zip(self.weights[:10], self.means, deviations, strict=False)
        lines = [
            f"  {j}: weight {weight:.4g}, mean {_numbers(mean)}, sd {_numbers(sd)}"
            for j, (weight, mean, sd) in enumerate(rows, start=1)
        ]
        more = [f"  and {self.n_components - 10} more"] if self.n_components > 10 else []
        return "\n".join([head, *lines, *more])


def _numeric(values: Any, name: str) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidMixtureError(f"{name} must be an array of numbers, not {values!r}") from None


def _numbers(values: Array) -> str:
    shown = ", ".join(f"{value:.4g}" for value in values[:6])
    return f"[{shown}, ...]" if len(values) > 6 else f"[{shown}]"


def _check(weights: Array, means: Array, covariance: Structure) -> None:
    if not isinstance(covariance, Structure):
        raise InvalidMixtureError(
            f"covariance is a {type(covariance).__name__}, not a structure: use from_arrays"
        )
    if means.ndim != 2 or 0 in means.shape:
        raise InvalidMixtureError(f"means must have shape (k, d), not {means.shape}")
    n_components, n_features = means.shape
    if weights.shape != (n_components,):
        raise InvalidMixtureError(f"weights must have shape ({n_components},), not {weights.shape}")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if bad.size:
        raise InvalidMixtureError(
            f"weight of component {bad[0]} is {weights[bad[0]]}: it must be positive; leave the "
            "component out"
        )
    if abs(weights.sum() - 1.0) > 1e-8:
        raise InvalidMixtureError(f"weights sum to {weights.sum():.10g}: divide them by their sum")
    bad = np.flatnonzero(~np.isfinite(means).all(axis=1))
    if bad.size:
        raise InvalidMixtureError(f"mean of component {bad[0]} is not finite: {means[bad[0]]}")
    if (covariance.n_components, covariance.n_features) != (n_components, n_features):
        raise InvalidMixtureError(
            f"covariance is for {covariance.n_components} components in {covariance.n_features} "
            f"dimensions, the means for {n_components} in {n_features}"
        )
