"""What the tests of starts share: a problem with its rows as the starts see them."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.em import Problem
from drumlin.starts import WhitenedSample, whitened_sample
from tests.ingredients import problem_of


def framed(
    x: Array, *, sample_weight: Array | None = None, n_rows: int = 10_000, family: str = "full"
) -> tuple[Problem, WhitenedSample]:
    """A problem and its whitened frame."""
    problem = problem_of(x, family, sample_weight=sample_weight)
    return problem, whitened_sample(problem, n_rows, np.random.default_rng(0))
