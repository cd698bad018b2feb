"""A classifier made of mixtures: a frozen value that exists without being fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.data import as_table
from drumlin.data.class_labels import read_costs, read_priors
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture


@dataclass(frozen=True, eq=False, repr=False)
class Classifier:
    """Classes with prior probabilities π_c and densities p(x | c), each a Gaussian mixture.

    p(c | x) = π_c p(x | c) / Σ_b π_b p(x | b). Without costs the decision is the most probable
    class; with costs that of least expected cost, argmin_j Σ_i p(i | x) costs[i, j].

    Parameters
    ----------
    classes : (K,) the labels, two or more, all different
    priors : (K,) π, positive, sum to 1; or a mapping from class to prior
    mixtures : K mixtures in d dimensions, p(x | c)
    costs : (K, K) the cost of deciding for column j where the truth is row i, not negative; or a
        mapping {(true, decided): cost}, where other errors cost 1; None: the most probable class

    ``dataclasses.replace(classifier, priors=..., costs=...)`` is the same knowledge put to other
    use. Raises InvalidParameterError.

    >>> from drumlin import Classifier, Mixture
    >>> one, two = (Mixture.from_arrays([1.0], [mean], [1.0]) for mean in (0.0, 3.0))
    >>> Classifier(["a", "b"], [0.5, 0.5], [one, two]).labels([1.4, 1.6])
    array(['a', 'b'], dtype='<U1')

    Source: Fraley & Raftery 2002; Hastie & Tibshirani 1996; Bensmail & Celeux 1996.
    """

    classes: Array
    priors: Array
    mixtures: Sequence[Mixture]
    costs: Array | None = None

    def __post_init__(self) -> None:
        classes = np.array(self.classes)
        mixtures = tuple(self.mixtures)
        _check(classes, mixtures)
        if self.priors is None:
            raise InvalidParameterError("priors is None: give one for each class, such as 1/K")
        priors, costs = read_priors(self.priors, classes), read_costs(self.costs, classes)
        for name, value in (("classes", classes), ("priors", priors), ("costs", costs)):
            if value is not None:
                value.flags.writeable = False
            object.__setattr__(self, name, value)
        object.__setattr__(self, "mixtures", mixtures)

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.mixtures)

    @property
    def n_features(self) -> int:
        """d."""
        return self.mixtures[0].n_features

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """d names of the columns, or None."""
        return self.mixtures[0].feature_names

    def log_joint(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, K) log π_c + log p(x⁽ⁱ⁾ | c), in nats. Raises InvalidDataError."""
        table = as_table(x, self.feature_names)
        columns = [mixture.log_density(table, backend=backend) for mixture in self.mixtures]
        return np.stack(columns, axis=1) + np.log(self.priors).astype(columns[0].dtype)

    def log_density(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n,) log p(x⁽ⁱ⁾) = log Σ_c π_c p(x⁽ⁱ⁾ | c), in nats. Raises InvalidDataError."""
        joint = self.log_joint(x, backend=backend)
        largest = joint.max(axis=1)
        return largest + np.log(np.exp(joint - largest[:, None]).sum(axis=1))

    def log_probabilities(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, K) log p(c | x⁽ⁱ⁾). Raises InvalidDataError."""
        return log_probabilities_of(self.log_joint(x, backend=backend))

    def probabilities(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, K) p(c | x⁽ⁱ⁾); rows sum to 1. Raises InvalidDataError."""
        return np.exp(self.log_probabilities(x, backend=backend))

    def expected_costs(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n, K) Σ_i p(i | x) costs[i, j]; without costs 1 − p(j | x). Raises InvalidDataError."""
        return costs_of(self.log_probabilities(x, backend=backend), self.costs)

    def labels(self, x: Any, *, backend: str | Backend = "auto") -> Array:
        """(n,) the class decided for in each row, as in ``classes``. Raises InvalidDataError."""
        return self.classes[decisions(self.log_joint(x, backend=backend), self.costs)]

    def __eq__(self, other: object) -> bool:
        """Equal when all of it is."""
        if not isinstance(other, Classifier):
            return NotImplemented
        return self.mixtures == other.mixtures and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("classes", "priors", "costs")
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Classes, priors, and what each is made of."""
        head = f"Classifier of {self.n_classes} classes in {self.n_features} dimensions"
        costs = "" if self.costs is None else ", with costs"
        rows = zip(self.classes.tolist(), self.priors, self.mixtures, strict=True)
        lines = [
            f"  {name}: prior {prior:.4g}, {mixture.n_components} "
            f"{'Gaussian' if mixture.n_components == 1 else 'Gaussians'}"
            for name, prior, mixture in rows
        ]
        return "\n".join([head + costs, *lines])


def decisions(log_joint: Array, costs: Array | None) -> Array:
    """(n,) the number of the class of least expected cost; of equal ones the first."""
    if costs is None:
        return np.argmax(log_joint, axis=1)
    return np.argmin(costs_of(log_probabilities_of(log_joint), costs), axis=1)


def log_probabilities_of(log_joint: Array) -> Array:
    """(n, K) log π_c p(x | c) -> log p(c | x)."""
    below = log_joint - log_joint.max(axis=1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=1, keepdims=True))


def costs_of(log_probabilities: Array, costs: Array | None) -> Array:
    """(n, K) the expected cost of each decision."""
    probabilities = np.exp(log_probabilities)
    return 1.0 - probabilities if costs is None else probabilities @ costs


def _check(classes: Array, mixtures: Sequence[Mixture]) -> None:
    if classes.ndim != 1 or len(classes) < 2 or len(np.unique(classes)) != len(classes):
        raise InvalidParameterError(
            f"classes is {classes.tolist()}: two or more different labels are needed"
        )
    if len(mixtures) != len(classes) or not all(isinstance(m, Mixture) for m in mixtures):
        raise InvalidParameterError(
            f"mixtures must be one Mixture for each of the {len(classes)} classes"
        )
    first = mixtures[0]
    for name, mixture in zip(classes.tolist(), mixtures, strict=True):
        if (mixture.n_features, mixture.feature_names) != (first.n_features, first.feature_names):
            raise InvalidParameterError(
                f"the mixture of class {name} has other columns than that of {classes[0]}: fit "
                "them to the same columns"
            )
