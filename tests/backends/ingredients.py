"""What the tests of backends share: a mixture with rows, and the pass over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin import Mixture
from drumlin._types import Array
from drumlin.backends import Backend
from drumlin.moments import Form, Moments
from tests.ingredients import random_mixture


@dataclass(frozen=True)
class Case:
    """A mixture, rows near and far from it, and weights and labels with every special value."""

    mixture: Mixture
    x: Array
    sample_weight: Array
    labels: Array


def case_of(structure: str, n: int, k: int, d: int) -> Case:
    """Ordinary data: most rows from the mixture, every tenth from five times as far."""
    rng = np.random.default_rng([n, k, d])
    mixture = random_mixture(rng, k, d, structure)
    x, _ = mixture.sample(n, rng)
    x[::10] *= 5.0
    weight = rng.integers(0, 3, size=n) * rng.choice([1.0, 0.7], size=n)
    return Case(mixture, x, weight, rng.integers(-1, k, size=n))


def expect(
    backend: Backend,
    case: Case,
    form: Form,
    *,
    x: Array | None = None,
    weighted: bool = False,
    labelled: bool = False,
    n_threads: int = 1,
) -> Moments:
    """The pass of a backend over the case, or over other rows ``x``."""
    return backend.expect(
        case.mixture,
        case.x if x is None else x,
        sample_weight=case.sample_weight if weighted else None,
        labels=case.labels if labelled else None,
        form=form,
        n_threads=n_threads,
    )


def random_density(
    rng: np.random.Generator,
    d: int,
    k: int,
    *,
    shared: bool = False,
    triangular: bool = True,
    spread: float = 1.0,
) -> tuple[Array, Array, Array]:
    """Means, whitening and constants of a random mixture."""
    means = spread * rng.normal(size=(k, d))
    first = 1 if shared else k
    if triangular:
        whitening = np.tril(0.3 * rng.normal(size=(first, d, d)) / np.sqrt(d))
        whitening[:, range(d), range(d)] = rng.uniform(0.5, 2.0, size=(first, d))
        log_det = np.log(whitening[:, range(d), range(d)]).sum(axis=1)
        whitening += np.triu(np.full((d, d), np.nan), 1)  # the upper part must not be read
    else:
        whitening = rng.uniform(0.5, 2.0, size=(first, d))
        log_det = np.log(whitening).sum(axis=1)
    log_weights = np.log(rng.dirichlet(np.ones(k)))
    return means, whitening, log_weights - d / 2 * np.log(2 * np.pi) + log_det
