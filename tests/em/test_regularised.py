"""Families that cannot be clipped at the floor: it is added to every scatter, and stays there."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.covariance import (
    FAMILIES,
    Estimate,
    Family,
    Floor,
    Full,
    MStep,
    Structure,
    family_named,
    prior_of,
)
from drumlin.em import (
    Iteration,
    Outcome,
    Problem,
    RemainingGain,
    RunOptions,
    State,
    StopRequest,
    expect,
    iterates,
    maximise,
    own_moments,
    rounding,
    run,
)
from drumlin.errors import DataWarning, DecreasedWarning, NotConvergedWarning, UnhealthyFitWarning
from drumlin.moments import Moments
from tests.ingredients import problem_of, start_of

CLIPPED = {"EII", "VII", "EEI", "VVI", "EEE", "VVV"}
"""The families whose constrained M-step is a clipping."""


@dataclass(frozen=True)
class Softened(MStep):
    """VVV that adds R = n ε S₊ to every scatter once a component has met the floor."""

    share: float = 1.0

    def estimate(
        self, moments: Moments, floor: Floor, previous: Structure | None, *, regularised: bool
    ) -> Estimate:
        """Σ_j = (S_j + R) / mass_j."""
        plain = family_named("VVV", 2).m_step.estimate(moments, floor, previous, regularised=False)
        if not (regularised or plain.on_floor.any()):
            return plain
        added = self.share * prior_of(floor).strength * moments.mass.sum() * floor.matrix
        factors = np.linalg.cholesky((moments.scatter + added) / moments.mass[:, None, None])
        return Estimate(Full(factors), plain.on_floor, True)

    def penalty(self, covariance: Structure, floor: Floor) -> float:
        """½ Σ_j tr(Σ_j⁻¹ ε S₊)."""
        root = covariance.whitening @ np.linalg.cholesky(floor.matrix)
        return 0.5 * prior_of(floor).strength * float((root**2).sum())


SOFT = Family("VVV", "softened", Softened())
# EEV shares volume and shape, so that one spike among wide groups does not bring it to the floor.
REGULARISED = [SOFT, *(f for f in FAMILIES if f.code not in {*CLIPPED, "EEV"})]
each_family = pytest.mark.parametrize("family", REGULARISED, ids=lambda f: f"{f.name}")


def spiked(rng: np.random.Generator) -> tuple[Array, Array]:
    """x (120, 3) in two wide groups and 20 copies of one row, and the labels of the three."""
    x = rng.normal(size=(120, 3)) @ np.diag([1.0, 2.0, 0.5])
    x[50:100] += [4.0, 0.0, 1.0]
    x[100:] = [2.0, 1.0, 0.0]
    return x, np.repeat([0, 1, 2], [50, 50, 20])


def passes(problem: Problem, start: State, number: int) -> list[Iteration]:
    """So many iterations of plain EM."""
    return list(islice(iterates(start, problem), number))


def penalised(iteration: Iteration, problem: Problem) -> float:
    """ℓ − ½ Σ_j tr(Σ_j⁻¹ R), by the formula."""
    strength = prior_of(problem.floor).strength
    matrix = strength * iteration.mass.sum() * problem.floor.matrix
    inverse = np.linalg.inv(iteration.mixture.covariance.matrices())
    return iteration.log_likelihood - 0.5 * float(np.einsum("jab,ba->", inverse, matrix))


@each_family
def test_once_regularised_always_regularised(family: Family) -> None:
    """Assert that the run meets the floor, and that no later pass forgets it."""
    x, labels = spiked(np.random.default_rng(1))
    problem = problem_of(x, family)
    path = passes(problem, start_of(problem, labels, 3), 30)
    told = [iteration.regularised for iteration in path]
    assert told[-1]
    assert told == sorted(told)
    assert all(iteration.penalty > 0.0 for iteration in path if iteration.regularised)


@each_family
def test_the_penalised_objective_rises(family: Family) -> None:
    """Assert it from pass to pass, also over the pass at which the objective changes.

    There the objective of before is what it would have been with the penalty: the M-step with R is
    a step of the same EM.
    """
    x, groups = spiked(np.random.default_rng(2))
    labels = np.arange(120) % 3
    labels[100:] = 2
    problem = problem_of(x, family)
    path = passes(problem, start_of(problem, labels, 3), 60)
    if not path[-1].regularised:  # from there the spike is not found
        path = passes(problem, start_of(problem, groups, 3), 60)
    assert path[-1].regularised
    for before, after in pairwise(path):
        if not after.regularised:
            continue
        here = before.objective if before.regularised else penalised(before, problem)
        noise = rounding(abs(after.log_likelihood) + after.penalty, 120.0, problem.source.dtype)
        assert after.objective >= here - noise, f"pass {after.index}"


def test_the_objective_changes_once_and_no_gain_is_told_there() -> None:
    """Assert that the gain over the pass at which R begins is infinite, and no other one."""
    x, groups = spiked(np.random.default_rng(7))
    labels = np.where(groups < 2, np.arange(120) % 3, 2)
    problem = problem_of(x, SOFT)
    path = passes(problem, start_of(problem, labels, 3), 60)
    begins = [iteration.regularised for iteration in path].index(True)
    assert begins > 1
    gains = [after.gain_over(before) for before, after in pairwise(path)]
    assert np.flatnonzero(np.isinf(gains)).tolist() == [begins - 1]
    assert gains[begins] == path[begins + 1].objective - path[begins].objective


def test_a_run_from_the_end_of_another_stays_regularised() -> None:
    """Assert that the state of a result keeps the fact, so that stages keep one objective."""
    x, labels = spiked(np.random.default_rng(7))
    problem = problem_of(x, SOFT)
    with StopRequest(None) as halt:
        options = RunOptions(RemainingGain(1e-3), 50, halt)
        result = run(start_of(problem, labels, 3), problem, options)
    assert result.last.regularised
    assert result.state.regularised


def test_the_penalty_is_the_formula() -> None:
    """Assert ℓ − ½ Σ_j tr(Σ_j⁻¹ R) for every family with full matrices."""
    x, labels = spiked(np.random.default_rng(3))
    for family in REGULARISED:
        problem = problem_of(x, family)
        last = passes(problem, start_of(problem, labels, 3), 5)[-1]
        assert last.objective == pytest.approx(penalised(last, problem), rel=1e-9), family.code


@pytest.mark.parametrize("acceleration", ["auto", "none"])
@each_family
def test_a_fit_ends_well_and_says_so(family: Family, acceleration: str) -> None:
    """Assert that it converges, though ℓ may fall where the objective changes, with a note."""
    x, labels = spiked(np.random.default_rng(4))
    seen: list[Iteration] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnhealthyFitWarning)
        fit = drumlin.fit(
            x, 3, family, starts=labels, acceleration=acceleration, observers=[seen.append]
        )
    assert fit.outcome is Outcome.CONVERGED
    assert any("added to every component's scatter" in note for note in fit.notes)
    accepted = [iteration for iteration in seen if iteration.accepted]
    gains = [after.gain_over(before) for before, after in pairwise(accepted)]
    assert min(gains) > -1e-6
    assert sum(np.isinf(gains)) <= 1
    assert fit.log_likelihood == accepted[-1].log_likelihood
    assert fit.log_likelihood == pytest.approx(fit.mixture.log_density(x).sum(), rel=1e-9)


@each_family
def test_a_fit_that_never_meets_the_floor_is_not_touched(family: Family) -> None:
    """Assert that there is no note and no penalty on clusters of full rank."""
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(60, 3)), rng.normal(size=(60, 3)) + 6.0])
    seen: list[Iteration] = []
    fit = drumlin.fit(x, 2, family, rng=0, observers=[seen.append])
    assert fit.notes == ()
    last = [iteration for iteration in seen if iteration.accepted][-1]
    assert (last.regularised, last.penalty, last.objective) == (False, 0.0, last.log_likelihood)


@each_family
def test_one_that_goes_on_keeps_what_was_added(family: Family) -> None:
    """Assert that a step made of the end of a run is regularised at once, and not twice."""
    x, labels = spiked(np.random.default_rng(6))
    problem = problem_of(x, family)
    last = passes(problem, start_of(problem, labels, 3), 200)[-1]
    again = maximise(expect(last.mixture, problem), problem, after=last.state)
    assert again.regularised
    np.testing.assert_allclose(again.mixture.means, last.mixture.means, rtol=1e-5, atol=1e-5)


@each_family
def test_the_m_step_of_a_mixture_s_own_moments_is_the_mixture(family: Family) -> None:
    """Assert it at the end of a regularised run: that is how a jump is brought into the family."""
    x, labels = spiked(np.random.default_rng(8))
    problem = problem_of(x, family)
    last = passes(problem, start_of(problem, labels, 3), 100)[-1]
    own = maximise(own_moments(last.state, problem), problem, after=last.state)
    assert own.regularised
    np.testing.assert_array_equal(own.on_floor, last.on_floor)
    # relative to each Σ_j: rounding of 1 beside the least variance, pull ε = 1e-11, is 2e-5
    white = last.mixture.covariance.colouring
    if white.ndim == 2:
        relative = own.mixture.covariance.colouring / white
        np.testing.assert_allclose(relative, 1.0, rtol=1e-4)
    else:
        relative = np.linalg.solve(white, own.mixture.covariance.colouring)
        unit = relative @ relative.transpose(0, 2, 1)
        np.testing.assert_allclose(unit, np.repeat(np.eye(3)[None], 3, axis=0), atol=1e-3)


def test_a_fall_of_the_penalised_objective_is_told() -> None:
    """Assert DECREASED where the M-step adds less than the objective subtracts."""
    x, _ = spiked(np.random.default_rng(7))
    labels = np.where(np.arange(120) < 100, np.arange(120) % 3, 2)
    wrong = Family("VVV", "too little", Softened(share=1e-3))
    options: dict[str, Any] = {"starts": labels, "tol": 1e-6, "acceleration": "none"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnhealthyFitWarning)
        assert drumlin.fit(x, 3, SOFT, **options).outcome is Outcome.CONVERGED
        with pytest.warns(DecreasedWarning, match="the penalised log-likelihood fell by"):
            fit = drumlin.fit(x, 3, wrong, **options)
    assert fit.outcome is Outcome.DECREASED


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", REGULARISED[1:], ids=lambda f: f.code)
def test_rounding_beside_a_tiny_r_is_no_fall(family: Family, weighted: bool) -> None:
    """Assert that copies of four points in three columns, and fewer rows than columns, converge.

    Divided by the mass of a component, R is there a hundred to a million times the rounding of Σ_j.
    """
    rng = np.random.default_rng(0)
    points = np.repeat(rng.normal(size=(4, 3)), 20, axis=0)
    few = rng.normal(size=(12, 15))
    for x in (points, few):
        weight = 10.0 ** rng.uniform(-2, 2, len(x)) if weighted else None
        for k in (2, 4):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UnhealthyFitWarning)
                warnings.simplefilter("ignore", NotConvergedWarning)
                warnings.simplefilter("ignore", DataWarning)
                fit = drumlin.fit(x, k, family, rng=1, sample_weight=weight, starts=3, max_iter=99)
            assert fit.outcome is not Outcome.DECREASED
            assert np.isfinite(fit.mixture.log_density(x)).all()
