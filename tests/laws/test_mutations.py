"""Negative controls: famous mistakes, put in on purpose, must be seen by the laws.

A law that passes on a wrong formula tests nothing. Each mistake is a backend that makes it; what
should notice is the comparison with the formulas, or the monotone rise of ℓ, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.backends import Density, ReferenceBackend
from drumlin.em import Outcome, as_given, expect, iterates, maximise
from drumlin.errors import DecreasedWarning
from drumlin.moments import Form, Moments
from tests.ingredients import (
    ORACLE,
    assert_same_moments,
    made_by,
    problem_of,
    random_mixture,
    start_of,
)

Pass = Callable[..., Moments]


@dataclass(frozen=True)
class Mistaken(ReferenceBackend):
    """The reference with another E-step; ``mistake`` gets its arguments and the right answer."""

    name: str = "mistaken"
    mistake: Pass = lambda *arguments, **options: ReferenceBackend().expect(*arguments, **options)

    def expect(self, *arguments: Any, **options: Any) -> Moments:
        """What the mistake makes of the pass."""
        return self.mistake(*arguments, **options)


def no_log_weight(mixture: Density, x: Array, **options: Any) -> Moments:
    """log φ dropped from the log-joint: every component is as likely."""
    k = len(mixture.weights)
    even = drumlin.Mixture(np.full(k, 1.0 / k), mixture.means, mixture.covariance)
    return ORACLE.expect(even, x, **options)


def no_half(mixture: Density, x: Array, **options: Any) -> Moments:
    """exp(−q) in place of exp(−q/2): half the variance, with the determinant of the whole."""

    cov = mixture.covariance

    class Halved(type(cov)):  # type: ignore[misc]
        @property
        def whitening(self) -> Array:
            return np.sqrt(2.0) * cov.whitening

    wrong = drumlin.Mixture(mixture.weights, mixture.means, Halved(**cov.arrays()))
    return ORACLE.expect(wrong, x, **options)


def unweighted_mass(mixture: Density, x: Array, **options: Any) -> Moments:
    """Mass without the sample weights, shift and scatter with them."""
    right = ORACLE.expect(mixture, x, **options)
    plain = ORACLE.expect(mixture, x, **{**options, "sample_weight": None})
    return replace(right, mass=plain.mass)


def old_mean(mixture: Density, x: Array, **options: Any) -> Moments:
    """Σ about the old mean: the scatter as if the shift were zero, and the shift kept."""
    right = ORACLE.expect(mixture, x, **options)
    fraction = right.shift / right.mass[:, None]
    extra = right.shift[:, :, None] * fraction[:, None, :]
    return replace(right, scatter=right.scatter + extra)


MISTAKES: list[Pass] = [no_log_weight, no_half, unweighted_mass, old_mean]


def falls(mistake: Pass, seed: int) -> bool:
    """Whether ℓ, by the right formula, falls when the mistake takes over after thirty passes."""
    rng = np.random.default_rng(seed)
    x, z = random_mixture(rng, 3, 2, spread=1.5).sample(90, rng)
    weight = rng.uniform(0.1, 4.0, size=90)
    problem = problem_of(x, "full", sample_weight=weight)
    last = next(islice(iterates(start_of(problem, z, 3), problem), 30, None))
    wrong = made_by(problem, backend=Mistaken(mistake=mistake))
    iterations = islice(iterates(as_given(last.mixture), wrong), 15)
    truth = [expect(iteration.mixture, problem).log_likelihood for iteration in iterations]
    return bool((np.diff(truth) < -1e-6).any())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda f: f.__name__)
def test_the_comparison_with_the_formulas_sees_the_mistake(mistake: Pass) -> None:
    """Assert that the check of the backends refuses each mistake."""
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, 3, 2)
    x = mixture.sample(100, rng)[0]
    given = mixture, x
    options: dict[str, Any] = {
        "sample_weight": rng.uniform(0.1, 4.0, 100),
        "labels": None,
        "form": Form.FULL,
        "n_threads": 1,
    }
    with pytest.raises(AssertionError):
        assert_same_moments(mistake(*given, **options), ORACLE.expect(*given, **options), 1e-12)


@pytest.mark.parametrize(
    "mistake", [no_log_weight, no_half, unweighted_mass], ids=lambda f: f.__name__
)
def test_the_rise_of_the_likelihood_sees_the_mistake(mistake: Pass) -> None:
    """Assert that ℓ falls under each mistake, in at least one of three random problems."""
    assert any(falls(mistake, seed) for seed in range(3))


def test_the_closed_form_sees_the_old_mean() -> None:
    """Assert that Σ about the old mean is not the sample covariance.

    The rise of ℓ cannot see it: the maximum over Σ at the old mean, then over the mean, is a
    coordinate ascent, which rises too.
    """
    x = np.random.default_rng(4).normal(size=(50, 2))
    problem = problem_of(x, "full")
    start = drumlin.Mixture.from_arrays([1.0], [[1.0, -2.0]], [np.eye(2)])
    covariances = [
        maximise(expect(start, p), p).mixture.covariance.matrices()[0]
        for p in (problem, made_by(problem, backend=Mistaken(mistake=old_mean)))
    ]
    np.testing.assert_allclose(covariances[0], np.cov(x.T, ddof=0), rtol=1e-12, atol=1e-14)
    assert np.abs(covariances[1] - np.cov(x.T, ddof=0)).max() > 0.5


def test_the_right_formulas_are_not_accused() -> None:
    """Assert that the same check passes without a mistake."""
    assert not any(falls(ORACLE.expect, seed) for seed in range(3))


def test_a_fit_reports_a_fall_and_keeps_the_best(faithful: Array) -> None:
    """Assert that a backend that lies once, at pass 5, gives DECREASED and the mixture before."""
    calls: list[float] = []

    def lies_once(*arguments: Any, **options: Any) -> Moments:
        moments = ORACLE.expect(*arguments, **options)
        if len(moments.mass) == 3:
            calls.append(moments.log_likelihood)
            if len(calls) == 5:
                return replace(moments, log_likelihood=moments.log_likelihood - 1.0)
        return moments

    start = random_mixture(np.random.default_rng(3), 3, 2)
    start = drumlin.Mixture(start.weights, faithful[[0, 1, 2]], start.covariance)
    with pytest.warns(DecreasedWarning, match="fell by"):
        fit = drumlin.fit(faithful, 3, starts=start, backend=Mistaken(mistake=lies_once), tol=1e-8)
    assert fit.outcome is Outcome.DECREASED
    assert len(fit.log_likelihoods) == 4
    assert fit.log_likelihood == calls[3] == max(calls[:4])
    assert fit.log_likelihood == pytest.approx(fit.mixture.log_density(faithful).sum(), rel=1e-12)
