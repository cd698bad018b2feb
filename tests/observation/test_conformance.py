"""What every observation must do, run on complete rows and on rows with a known noise.

A row with known noise is o = x + e, e ~ N(0, N) independent of x. It is the smallest observation
that is not `Complete`, and has a closed form: p(o | z = j) = N(μ_j, Σ_j + N), and with
G_j = Σ_j (Σ_j + N)⁻¹

E[x | o, z = j] = μ_j + G_j (o − μ_j)      Cov[x | o, z = j] = Σ_j − G_j Σ_j
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import logsumexp

from drumlin import Fit, Mixture
from drumlin._types import Array
from drumlin.backends import Backend, Density, resolve
from drumlin.covariance import Full, family_named
from drumlin.data import ArraySource, Rows, SurveyPass
from drumlin.em import (
    Outcome,
    Problem,
    RemainingGain,
    RunOptions,
    StopRequest,
    as_given,
    expect,
    run,
    summarise,
)
from drumlin.execution import Threads
from drumlin.fitting.finalise import Request, finalise
from drumlin.fitting.search import search
from drumlin.moments import Form, Moments
from drumlin.observation import COMPLETE, Observation
from tests.ingredients import (
    FAMILY_NAMES,
    assert_same_mixture,
    draw,
    engine_for,
    log_likelihood_gradient,
    moved_along,
    random_mixture,
)


@dataclass(frozen=True, eq=False)
class KnownNoise:
    """Rows are x plus noise of known covariance (d, d)."""

    covariance: Array

    @property
    def complete(self) -> bool:
        """x itself was not seen."""
        return False

    def moments(
        self, backend: Backend, mixture: Density, rows: Rows, *, form: Form, n_threads: int
    ) -> Moments:
        """Of the noisy rows, then brought to x by G_j."""
        seen = self.noisy(mixture)
        found = COMPLETE.moments(backend, seen, rows, form=Form.FULL, n_threads=n_threads)
        sigma = mixture.covariance.matrices()
        gain = np.linalg.solve(seen.covariance.matrices(), sigma).transpose(0, 2, 1)
        shift = np.einsum("jab,jb->ja", gain, found.shift)
        left = found.mass[:, None, None] * (sigma - gain @ sigma)
        scatter = gain @ found.scatter @ gain.transpose(0, 2, 1) + left
        scatter = 0.5 * (scatter + scatter.transpose(0, 2, 1))
        return replace(found, shift=shift, scatter=scatter).in_form(form)

    def single(self, backend: Backend, rows: Rows, about: Array, *, n_threads: int) -> Moments:
        """Those of the noisy rows: a first idea of x."""
        return COMPLETE.single(backend, rows, about, n_threads=n_threads)

    def log_joint(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n, k) of the noisy rows."""
        return COMPLETE.log_joint(backend, self.noisy(mixture), rows, n_threads=n_threads)

    def log_density(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n,) of the noisy rows."""
        return COMPLETE.log_density(backend, self.noisy(mixture), rows, n_threads=n_threads)

    def responsibilities(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """(n, k) given the noisy rows."""
        return COMPLETE.responsibilities(backend, self.noisy(mixture), rows, n_threads=n_threads)

    def labels(self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int) -> Array:
        """(n,) given the noisy rows."""
        return COMPLETE.labels(backend, self.noisy(mixture), rows, n_threads=n_threads)

    def points(self, rows: Rows) -> Rows:
        """The noisy rows: clusters of x are clusters of these."""
        return rows

    def noisy(self, mixture: Density) -> Mixture:
        """The mixture of the rows as they were seen."""
        matrices = mixture.covariance.matrices() + self.covariance
        return Mixture(mixture.weights, mixture.means, Full.from_matrices(matrices))


NOISE = np.array([[1.0, 0.3], [0.3, 0.5]])
OBSERVATIONS: dict[str, Observation] = {
    "complete": COMPLETE,
    "no noise": KnownNoise(np.zeros((2, 2))),
    "known noise": KnownNoise(NOISE),
}


@pytest.fixture(params=OBSERVATIONS, ids=str)
def observation(request: pytest.FixtureRequest) -> Observation:
    """Each in turn."""
    return OBSERVATIONS[request.param]


def example(seed: int = 0, n: int = 200, k: int = 3) -> tuple[Mixture, Rows]:
    """A mixture in the plane and rows, weighted, in no relation to any noise."""
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, k, 2, spread=2.0)
    return mixture, Rows(draw(mixture, n, rng)[0], rng.integers(0, 4, n).astype(float))


def problem_with(
    observation: Observation, rows: Rows, family: str = "full", chunk_rows: int | None = None
) -> Problem:
    """The rows as they were seen."""
    source, engine = ArraySource(rows, chunk_rows), engine_for(len(rows), resolve("auto"))
    summary = summarise(source, engine, SurveyPass(n_distinct=3), observation=observation)
    return Problem(source, family_named(family, 2), summary, engine, observation)


def searched(problem: Problem, k: int, tol: float = 1e-3) -> Fit:
    """The best of four starts."""
    options = RunOptions(RemainingGain(tol), 2000, StopRequest())
    restarts = search(problem, k, 4, options, np.random.default_rng(2))
    return finalise(restarts, problem, Request(2, False, None))


def test_densities_belong_together(observation: Observation, backend: Backend) -> None:
    """Assert log p(o), responsibilities and labels from the joint, and the sums of the E-step."""
    mixture, rows = example()
    joint, density, soft, labels = (
        function(backend, mixture, rows, n_threads=1)
        for function in (
            observation.log_joint,
            observation.log_density,
            observation.responsibilities,
            observation.labels,
        )
    )
    np.testing.assert_allclose(density, logsumexp(joint, axis=1), rtol=1e-12)
    np.testing.assert_allclose(soft, np.exp(joint - density[:, None]), rtol=1e-9, atol=1e-14)
    np.testing.assert_array_equal(labels, joint.argmax(axis=1))
    found = observation.moments(backend, mixture, rows, form=Form.FULL, n_threads=1)
    assert found.log_likelihood == pytest.approx(float(rows.weights @ density), rel=1e-12)
    assert found.count == rows.weights.sum()
    np.testing.assert_allclose(found.mass, rows.weights @ soft, rtol=1e-12)


def test_the_moments_are_the_gradient(observation: Observation, backend: Backend) -> None:
    """Assert Fisher's identity: differences of Σ s log p(o) are the gradient of the moments."""
    mixture, rows = example()
    rng = np.random.default_rng(1)
    turn = 0.1 * rng.normal(size=(3, 2, 2))
    direction = rng.normal(size=3), rng.normal(size=(3, 2)), turn + turn.transpose(0, 2, 1)
    direction[0][:] -= mixture.weights @ direction[0]  # Σ φ = 1
    found = observation.moments(backend, mixture, rows, form=Form.FULL, n_threads=1)
    told = sum(
        float((a * b).sum())
        for a, b in zip(log_likelihood_gradient(mixture, found), direction, strict=True)
    )
    step = 1e-5
    up, down = (
        rows.weights
        @ observation.log_density(backend, moved_along(mixture, direction, h), rows, n_threads=1)
        for h in (step, -step)
    )
    assert told == pytest.approx((up - down) / (2.0 * step), rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("form", [Form.FULL, Form.POOLED, Form.DIAGONAL])
def test_forms_weights_and_chunks(observation: Observation, form: Form) -> None:
    """Assert a form is the full one reduced, weights are repeated rows, and chunks add up."""
    mixture, rows = example()
    repeated = Rows(np.repeat(rows.x, rows.weights.astype(int), axis=0))
    want = expect(mixture, problem_with(observation, rows), Form.FULL).in_form(form)
    for other in (
        expect(mixture, problem_with(observation, rows), form),
        expect(mixture, problem_with(observation, repeated), form),
        expect(mixture, problem_with(observation, rows, chunk_rows=37), form),
    ):
        assert other.log_likelihood == pytest.approx(want.log_likelihood, rel=1e-12)
        for name in ("mass", "shift", "scatter"):
            got, expected = getattr(other, name), getattr(want, name)
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


def test_a_known_label_is_a_responsibility_of_one(observation: Observation) -> None:
    """Assert that rows of known label add log φ_j + log p(o | j), and only to their component."""
    mixture, rows = example()
    labels = np.arange(len(rows)) % 3
    joint = observation.log_joint(resolve("auto"), mixture, rows, n_threads=1)
    problem = problem_with(observation, rows)
    known = replace(problem, source=ArraySource(replace(rows, labels=labels)))
    found = expect(mixture, known, Form.FULL)
    own = joint[np.arange(len(rows)), labels]
    assert found.log_likelihood == pytest.approx(float(rows.weights @ own), rel=1e-12)
    np.testing.assert_allclose(found.mass, np.bincount(labels, rows.weights), rtol=1e-12)


@pytest.mark.parametrize("family", [*FAMILY_NAMES, "EVE"])
@pytest.mark.parametrize("accelerated", [False, True], ids=["plain", "accelerated"])
def test_a_run_rises(observation: Observation, family: str, accelerated: bool) -> None:
    """Assert that ℓ = Σ s log p(o) never falls, and is that of the mixture at the end."""
    mixture, rows = example(n=400)
    problem = problem_with(observation, rows, family)
    options = RunOptions(RemainingGain(1e-4), 300, StopRequest(), accelerated=accelerated)
    result = run(as_given(mixture), problem, options)
    assert result.outcome in (Outcome.CONVERGED, Outcome.REACHED_LIMIT)
    noise = 1e-12 * abs(result.path[0])
    assert all(after >= before - noise for before, after in pairwise(result.path[1:]))
    density = observation.log_density(problem.backend, result.last.mixture, rows, n_threads=1)
    assert result.path[-1] == pytest.approx(float(rows.weights @ density), rel=1e-12)


def test_a_search_goes_through(observation: Observation) -> None:
    """Assert a healthy fit of every start's kind, whose ℓ and entropy are of the rows as seen."""
    _, rows = example(seed=3, n=600)
    problem = problem_with(observation, rows)
    fit = searched(problem, 3)
    assert fit.healthy
    assert fit.outcome is Outcome.CONVERGED
    options = {"n_threads": 1}
    density = observation.log_density(problem.backend, fit.mixture, rows, **options)
    soft = observation.responsibilities(problem.backend, fit.mixture, rows, **options)
    assert fit.log_likelihood == pytest.approx(float(rows.weights @ density), rel=1e-12)
    entropy = -float(rows.weights @ np.log(soft.max(axis=1)))
    assert fit.classification_entropy == pytest.approx(entropy, rel=1e-10)


def test_a_search_does_not_depend_on_chunks_of_threads(observation: Observation) -> None:
    """Assert the same bits with one thread and two, from rows in chunks."""
    _, rows = example(seed=3, n=600)
    one = problem_with(observation, rows, chunk_rows=100)
    two = replace(one, engine=engine_for(600, resolve("auto"), Threads(2)))
    assert searched(one, 3).mixture == searched(two, 3).mixture


def test_no_noise_is_complete(backend: Backend) -> None:
    """Assert all densities and moments of `Complete` to 1e-12."""
    mixture, rows = example()
    none = OBSERVATIONS["no noise"]
    for name in ("log_joint", "log_density", "responsibilities", "labels"):
        got, want = (
            getattr(each, name)(backend, mixture, rows, n_threads=1) for each in (none, COMPLETE)
        )
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=name)
    one, other = (
        each.moments(backend, mixture, rows, form=Form.FULL, n_threads=1)
        for each in (none, COMPLETE)
    )
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    for name in ("mass", "shift", "scatter"):
        size = np.abs(getattr(other, name)).max()
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12 * size)


def test_a_search_without_noise_is_that_of_complete_rows() -> None:
    """Assert the same optimum and mixture."""
    _, rows = example(seed=3, n=600)
    fits = [searched(problem_with(OBSERVATIONS[name], rows), 3, 1e-6)
            for name in ("no noise", "complete")]  # fmt: skip
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-5)
    assert_same_mixture(fits[0].mixture, fits[1].mixture, 1e-3)


def test_the_covariance_without_the_noise_is_found() -> None:
    """Assert that Σ_j is found five times better than by EM that takes noisy rows for x.

    With 8000 rows a Σ_j + N is known to √(2 / 4000) = 2 %, so Σ_j to 5 % of its size; what plain
    EM finds is off by N, as large as Σ_j itself.
    """
    rng = np.random.default_rng(4)
    sigma = np.array([[[1.0, 0.5], [0.5, 0.8]], [[0.6, -0.2], [-0.2, 1.2]]])
    truth = Mixture.from_arrays([0.5, 0.5], [[0.0, 0.0], [7.0, 3.0]], sigma)
    x = draw(truth, 8000, rng)[0]
    rows = Rows(x + rng.multivariate_normal(np.zeros(2), NOISE, len(x)))
    errors = {}
    for name in ("known noise", "complete"):
        found = searched(problem_with(OBSERVATIONS[name], rows), 2).mixture
        found = found.take(np.argsort(found.means[:, 0]))
        errors[name] = np.linalg.norm(found.covariance.matrices() - sigma, axis=(1, 2)).max()
        np.testing.assert_allclose(found.means, truth.means, atol=0.12)
    assert errors["complete"] > 0.8 * np.linalg.norm(NOISE)
    assert errors["known noise"] < errors["complete"] / 5.0
