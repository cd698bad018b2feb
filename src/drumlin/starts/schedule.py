"""Which starts a fit makes: most from k-means++, some after passes of one shared covariance.

Whitened k-means is lost when most columns carry no clusters; a few passes of the tied family,
which no rescaling of the columns can fool, find the directions that do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from drumlin.covariance import family_named
from drumlin.em import State, expect, iterates, maximise
from drumlin.moments import Form, Moments
from drumlin.starts import kmeans, quantiles, random_rows
from drumlin.starts.whitened_sample import WhitenedSample

TIED_PASSES = (0, 30, 100)
"""Passes of one shared covariance before the family takes over, in turn."""

TIED_GAIN = 1e-3
"""Nats per pass below which the tied passes end early."""

Start = Callable[[WhitenedSample, int, np.random.Generator], Moments]


@dataclass(frozen=True)
class StartRecipe:
    """A start with a name, and the passes of the tied family that follow it."""

    name: str
    start: Start
    tied_passes: int

    def first_state(
        self, sample: WhitenedSample, n_components: int, rng: np.random.Generator
    ) -> State:
        """The first state of the family."""
        return maximise(self.moments(sample, n_components, rng), sample.problem)

    def moments(
        self, sample: WhitenedSample, n_components: int, rng: np.random.Generator
    ) -> Moments:
        """Its moments, which any family can begin with."""
        moments = self.start(sample, n_components, rng)
        return _tied(sample, moments, self.tied_passes) if self.tied_passes else moments


def recipes(n_starts: int, n_features: int) -> Iterator[StartRecipe]:
    """Recipes of n_starts starts: quantiles first in one dimension; three in ten from random rows.

    The first few are of different kinds: where they agree, no more are made.
    """
    n_random = 3 * n_starts // 10
    n_quantiles = 1 if n_features == 1 else 0
    if n_quantiles:
        yield StartRecipe("quantiles", quantiles.start, 0)
    random = StartRecipe("random rows", random_rows.start, 0)
    for number in range(n_starts - n_random - n_quantiles):
        if number == 1 and n_random:
            yield random
        passes = TIED_PASSES[number % len(TIED_PASSES)]
        after = f", then {passes} tied passes" if passes else ""
        yield StartRecipe("k-means++" + after, kmeans.start, passes)
    for _ in range(n_random - 1):
        yield random


def _tied(sample: WhitenedSample, moments: Moments, passes: int) -> Moments:
    problem = replace(sample.problem, family=family_named("tied", sample.y.shape[1]))
    state = maximise(moments, problem)
    before = -np.inf
    for last in islice(iterates(state, problem), passes):
        if last.log_likelihood - before < TIED_GAIN:
            break
        before = last.log_likelihood
    return expect(last.mixture, problem, Form.FULL)
