"""Starts that the caller gives or names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from drumlin._types import Array
from drumlin.data import Prepared, Source, check_labels
from drumlin.em import Engine, Problem, State, as_given, expect, maximise, own_moments
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.starts import agglomeration
from drumlin.starts.assigned import LabelStart, ResponsibilityStart
from drumlin.starts.whitened_sample import whitened_sample

SAME = 1e-9
"""Covariances are equal when they differ by less than this fraction of their size."""


class StartFactory(Protocol):
    """What makes the first state of a run."""

    def check(self, source: Source, engine: Engine) -> None:
        """Refuses what does not fit the rows, before any arithmetic."""

    def __call__(self, problem: Problem, rng: np.random.Generator, /) -> State:
        """The state, once the data are summarised."""


@dataclass(frozen=True)
class Unconditional:
    """A start that fits all rows."""

    def check(self, source: Source, engine: Engine) -> None:
        """Refuses nothing."""


AGGLOMERATIVE, TREE_ROWS = "agglomerative", 2000
"""The start that can be asked for by name, and the rows of its subsample at most."""


@dataclass(frozen=True)
class SingleStart(Unconditional):
    """One component: the M-step of the moments of all rows."""

    def __call__(self, problem: Problem, _rng: np.random.Generator) -> State:
        """The only state."""
        return maximise(problem.summary.moments, problem)


@dataclass(frozen=True)
class TreeStart(Unconditional):
    """The M-step of k groups of the tree: of all rows, or of a subsample where they are many."""

    n_components: int

    def __call__(self, problem: Problem, rng: np.random.Generator) -> State:
        """The tree, cut."""
        sample = whitened_sample(problem, TREE_ROWS, rng)
        return maximise(agglomeration.start(sample, self.n_components, rng), problem)


@dataclass(frozen=True, eq=False)
class MixtureStart(Unconditional):
    """The mixture as it is; where the family cannot hold it, what one iteration makes of it.

    The family holds what its M-step returns of the mixture's own moments. A full mixture is none
    of the diagonal family, one below the floor of none, and one whose weights differ of none with
    equal weights.
    """

    mixture: Mixture

    def __call__(self, problem: Problem, _rng: np.random.Generator) -> State:
        """The state of the mixture, or of its nearest in the family."""
        mixture = self.mixture
        matrices = mixture.covariance.matrices()
        own = maximise(own_moments(as_given(mixture), problem), problem)
        back = own.mixture.covariance.matrices()
        sd = mixture.covariance.standard_deviations
        held = np.all(np.abs(back - matrices) <= SAME * sd[:, :, None] * sd[:, None, :])
        if held and np.all(np.abs(own.mixture.weights - mixture.weights) <= SAME):
            return as_given(mixture)
        return maximise(expect(mixture, problem), problem)


def read_starts(starts: Any, data: Prepared, n_components: int) -> StartFactory | int:
    """What ``starts`` means: a number of starts as it is, anything else as what makes a state.

    What needs no pass over the data is checked here. Raises InvalidParameterError or
    InvalidDataError when it fits neither the data nor k.
    """
    if isinstance(starts, Mixture):
        _check_mixture(starts, n_components, data)
        return MixtureStart(starts)
    if isinstance(starts, int | np.integer) and not isinstance(starts, bool):
        if starts < 1:
            raise InvalidParameterError(f"starts is {starts}: it must be at least 1")
        return int(starts)
    if isinstance(starts, str):
        if starts != AGGLOMERATIVE:
            raise InvalidParameterError(
                f"starts is {starts!r}: the only start with a name is {AGGLOMERATIVE!r}; else give "
                "a number of starts, a Mixture, labels, or responsibilities"
            )
        return TreeStart(n_components)
    given = np.asarray(starts)
    if given.ndim == 2 and given.shape[1] == n_components and given.dtype.kind in "fiub":
        soft = given.astype(np.float64)
        _check_responsibilities(soft, data.n_samples)
        return ResponsibilityStart(soft)
    if given.ndim == 1 and len(given) > 0:
        return LabelStart(n_components, check_labels(given, data.n_samples, n_components))
    raise InvalidParameterError(
        f"starts must be a number of starts, {AGGLOMERATIVE!r}, a Mixture, labels (n,), or "
        f"responsibilities (n, {n_components}); got {type(starts).__name__} of shape {given.shape}"
    )


def _check_responsibilities(given: Array, n_samples: int) -> None:
    if len(given) != n_samples:
        raise InvalidDataError(f"starts has {len(given)} rows of responsibilities, x {n_samples}")
    bad = np.flatnonzero(
        ~(np.isfinite(given) & (given >= 0)).all(axis=1) | (abs(given.sum(axis=1) - 1) > 1e-6)
    )
    if bad.size:
        raise InvalidDataError(
            f"responsibilities of row {bad[0]} are {given[bad[0]]}: they must not be negative "
            "and sum to 1"
        )


def _check_mixture(mixture: Mixture, n_components: int, data: Prepared) -> None:
    names = data.feature_names
    if (mixture.n_components, mixture.n_features) != (n_components, data.n_features):
        raise InvalidParameterError(
            f"starts is a mixture of {mixture.n_components} components in {mixture.n_features} "
            f"dimensions; the fit needs {n_components} in {data.n_features}"
        )
    if mixture.feature_names and names and mixture.feature_names != names:
        raise InvalidParameterError(
            f"starts has the columns {', '.join(mixture.feature_names)}, the data "
            f"{', '.join(names)}: give the data the columns of starts, in its order"
        )
