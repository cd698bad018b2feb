"""The accelerator reaches the limit of EM, never goes down, and says what it tried."""

from __future__ import annotations

from itertools import islice, pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drumlin
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.em import Cost, Iteration, Outcome, Problem, State, as_given
from drumlin.em.acceleration.accelerated import accelerated
from drumlin.errors import InvalidParameterError, NotConvergedWarning
from tests.ingredients import (
    EVERY_FAMILY,
    FAMILY_NAMES,
    assert_same_mixture,
    draw,
    noise_between,
    problem_of,
    random_mixture,
    start_of,
)

SEEDS = st.integers(0, 2**32 - 1)
each_family = pytest.mark.parametrize("family", EVERY_FAMILY)


def overlapping(seed: int, family: str = "full", n: int = 1000) -> tuple[Array, Array, int]:
    """Two or three components about as far apart as they are wide: x, labels, k."""
    rng = np.random.default_rng(seed)
    k, d = 2 + seed % 2, 2 + seed % 3
    structure = family if family in FAMILY_NAMES else "full"
    mixture = random_mixture(rng, k, d, structure, spread=1.0, condition=4.0)
    return *draw(mixture, n, rng), k


def cost_of(fit: drumlin.Fit) -> Cost:
    """What the fit tells of its cost."""
    assert fit.cost is not None
    return fit.cost


def passes_of(start: State, problem: Problem, n_passes: int) -> list[Iteration]:
    """So many passes, refused candidates included."""
    return list(islice(accelerated(start, problem), n_passes))


def assert_sound(path: list[Iteration], problem: Problem, count: float) -> None:
    """Assert what every accelerated path promises, whatever the data.

    Plain steps fall by no more than rounding does (on the floor by what it does there), accepted
    candidates not at all; refused ones are worse than the step before, or ill where that is not.
    """
    assert [iteration.index for iteration in path] == list(range(len(path)))
    kept = [iteration for iteration in path if iteration.accepted]
    for before, after in pairwise(kept):
        noise = noise_between(before, after, problem, count)
        if after.extrapolated:
            noise = 0.0
            assert after.healthy or not before.healthy
        assert after.gain_over(before) >= -noise, f"pass {after.index}"
    last = path[0]
    for iteration in path:
        if iteration.accepted:
            last = iteration
            continue
        assert iteration.extrapolated
        worse = iteration.gain_over(last) < 0.0
        assert worse or (last.healthy and not iteration.healthy)


@each_family
@settings(max_examples=6)
@given(seed=SEEDS, k=st.integers(1, 5), d=st.integers(1, 4), n=st.integers(12, 80))
def test_jumps_never_go_down(family: str, seed: int, k: int, d: int, n: int) -> None:
    """Assert soundness from random labels, with few rows, and with components at the floor."""
    rng = np.random.default_rng(seed)
    x, _ = random_mixture(rng, k, d).sample(n, rng)
    problem = problem_of(x, family, backend=resolve())
    labels = rng.permutation(np.arange(n) % k)
    assert_sound(passes_of(start_of(problem, labels, k), problem, 60), problem, n)


@each_family
@settings(max_examples=4)
@given(seed=SEEDS, zeros=st.booleans(), known=st.booleans())
def test_jumps_never_go_down_with_weights_and_labels(
    family: str, seed: int, zeros: bool, known: bool
) -> None:
    """Assert soundness with weights from 0.01 to 100, some of them zero, and some known labels."""
    rng = np.random.default_rng(seed)
    x, z = random_mixture(rng, 3, 2).sample(60, rng)
    weight = 10.0 ** rng.uniform(-2, 2, size=60)
    if zeros:
        weight[rng.random(60) < 0.3] = 0.0
        weight[:3] = 1.0  # one row of each label below
    labels = np.where(rng.random(60) < 0.3, z, -1) if known else None
    problem = problem_of(x, family, sample_weight=weight, labels=labels, backend=resolve())
    start = start_of(problem, np.arange(60) % 3, 3)
    assert_sound(passes_of(start, problem, 60), problem, float(weight.sum()))


@each_family
def test_jumps_never_go_down_in_float32(family: str) -> None:
    """Assert soundness to the rounding of float32, at 1e4 with a spread of 1."""
    rng = np.random.default_rng(10)
    x = (1e4 + random_mixture(rng, 2, 2, spread=1.0).sample(300, rng)[0]).astype(np.float32)
    problem = problem_of(x, family, backend=resolve())
    start = start_of(problem, np.arange(300) % 2, 2)
    assert_sound(passes_of(start, problem, 60), problem, 300)


def test_a_collapse_is_not_jumped_into() -> None:
    """Assert that candidates of a higher ℓ are refused where they are the first with a spike.

    Five components of 39 rows on a line: from most starts, one of them narrows to a few rows.
    """
    x, _ = random_mixture(np.random.default_rng(368), 5, 1).sample(39, 368)
    problem = problem_of(x, "full", backend=resolve())
    tempting = 0
    for seed in range(10):
        labels = np.random.default_rng(seed).permutation(np.arange(39) % 5)
        path = passes_of(start_of(problem, labels, 5), problem, 60)
        first = next((it for it in path if it.accepted and not it.healthy), None)
        assert first is None or not first.extrapolated
        for before, after in pairwise(path):
            higher = before.accepted and after.gain_over(before) >= 0.0
            tempting += after.extrapolated and not after.accepted and higher
    assert tempting > 0, "no start led to such a candidate"


@pytest.mark.parametrize(
    ("family", "seed"),
    [*product(FAMILY_NAMES, range(4)), *((code, 2) for code in EVERY_FAMILY)],
)
def test_the_limit_is_that_of_em(family: str, seed: int) -> None:
    """Assert ℓ to 1e-7 nats from the truth, and the same mixture.

    ℓ is flat: along a direction that the overlap leaves open, 1e-7 nats may be 1e-3 sd.
    """
    x, z, k = overlapping(seed, family)
    plain, jumping = (
        drumlin.fit(x, k, family, starts=z, tol=1e-9, max_iter=50_000, acceleration=acceleration)
        for acceleration in ("none", "auto")
    )
    assert plain.outcome is jumping.outcome is Outcome.CONVERGED
    assert cost_of(plain).accepted == cost_of(plain).refused == 0
    assert jumping.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    assert_same_mixture(jumping.mixture, plain.mixture, 1e-3)


def test_heavy_overlap_takes_a_quarter_of_the_passes() -> None:
    """Assert the sum over six problems of the passes to convergence, to the same limit."""
    totals = {"none": 0, "auto": 0}
    for seed in range(6):
        x, z, k = overlapping(seed)
        for acceleration in totals:
            options = {"tol": 1e-6, "max_iter": 9999, "acceleration": acceleration}
            totals[acceleration] += drumlin.fit(x, k, starts=z, **options).runs[0].passes  # type: ignore[arg-type]
    assert totals["auto"] < totals["none"] / 4


@each_family
def test_little_is_left_where_an_accelerated_run_stops(family: str) -> None:
    """Assert that tol nats remain in the median of eight problems, and 10 tol in all but one.

    That one may wait at a saddle, which no look at the path alone can tell from the limit.
    """
    left = []
    for seed in range(8):
        x, z, k = overlapping(seed, family)
        fit = drumlin.fit(x, k, family, starts=z)
        longer = drumlin.fit(x, k, family, starts=fit.mixture, tol=1e-9, max_iter=20_000)
        left.append(longer.log_likelihood - fit.log_likelihood)
    assert np.median(left) < 1e-3
    assert sorted(left)[-2] < 1e-2


def test_nothing_remains_unseen_after_a_jump() -> None:
    """Assert that the estimate after a jump is no smaller than what the jump gained."""
    x, z, k = overlapping(3)
    problem = problem_of(x, "full", backend=resolve())
    path = [it for it in passes_of(start_of(problem, z, k), problem, 40) if it.accepted]
    first = next(it for it in path if not np.isnan(it.remaining))
    assert first.remaining == np.inf  # no jump has been tried yet
    for plain, jump, after in zip(path, path[1:], path[2:], strict=False):
        if jump.extrapolated:
            assert after.remaining >= jump.log_likelihood - plain.log_likelihood


def test_candidates_are_counted_and_seen() -> None:
    """Assert that the report, the runs, the path and the observers tell the same."""
    x, z, k = overlapping(3)
    seen: list[Iteration] = []
    fit = drumlin.fit(x, k, starts=z, observers=[seen.append])
    accepted = [it for it in seen if it.extrapolated and it.accepted]
    refused = [it for it in seen if not it.accepted]
    cost = cost_of(fit)
    assert (cost.accepted, cost.refused) == (len(accepted), len(refused))
    assert min(len(accepted), len(refused)) > 0
    assert cost.passes == fit.runs[0].passes == len(seen)
    assert cost.full_passes == cost.passes + 4  # measuring, a start from labels, criteria
    assert fit.log_likelihoods == tuple(it.log_likelihood for it in seen if it.accepted)
    assert list(fit.log_likelihoods) == sorted(fit.log_likelihoods)
    assert f"{cost.passes} over all rows ({cost.accepted} accepted" in str(fit)


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_a_model_file_tells_the_cost(tmp_path: Path, suffix: str) -> None:
    """Assert that what a fit cost comes back from its file."""
    x, z, k = overlapping(3, n=300)
    fit = drumlin.fit(x, k, starts=z)
    assert cost_of(fit).accepted > 0
    drumlin.save(fit, tmp_path / f"model{suffix}")
    facts = drumlin.storage.read(tmp_path / f"model{suffix}").facts
    assert facts is not None
    assert facts.cost == fit.cost


@pytest.mark.parametrize("limit", range(8, 30))
def test_a_run_that_ends_at_a_candidate_returns_the_best(limit: int) -> None:
    """Assert that max_iter counts candidates, and that a refused last one leaves no trace."""
    x, z, k = overlapping(3)
    with pytest.warns(NotConvergedWarning):
        fit = drumlin.fit(x, k, starts=z, tol=0.0, max_iter=limit)
    assert fit.runs[0].passes == limit
    assert len(fit.log_likelihoods) == limit - cost_of(fit).refused
    assert fit.log_likelihood == max(fit.log_likelihoods)
    assert fit.log_likelihood == pytest.approx(float(fit.mixture.log_density(x).sum()), rel=1e-12)


def test_quick_runs_are_plain() -> None:
    """Assert that a run on separated data makes no jump, and is that of plain EM bit for bit."""
    rng = np.random.default_rng(4)
    x, z = random_mixture(rng, 3, 2, spread=20.0).sample(300, rng)
    auto, none = (
        drumlin.fit(x, 3, starts=z, acceleration=acceleration) for acceleration in ("auto", "none")
    )
    assert auto.log_likelihoods == none.log_likelihoods
    assert cost_of(auto).accepted == cost_of(auto).refused == 0
    assert auto.mixture == none.mixture


def test_one_component_and_known_labels_are_closed_forms() -> None:
    """Assert that one pass is made where there is nothing to accelerate."""
    x, z, k = overlapping(0)
    for fit in (drumlin.fit(x, 1), drumlin.fit(x, k, labels=z)):
        assert fit.runs[0].passes == 1
        assert fit.outcome is Outcome.CONVERGED


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_threads_change_no_bit(threads: int) -> None:
    """Assert the same candidates, path and mixture for any number of threads."""
    x, z, k = overlapping(5, n=20_000)
    one, many = (drumlin.fit(x, k, starts=z, n_threads=n) for n in (1, threads))
    assert cost_of(one).accepted > 0
    assert one.cost == many.cost
    assert one.log_likelihoods == many.log_likelihoods
    assert one.mixture == many.mixture


MAPS = [("full", "any"), ("tied", "any"), ("diag", "scales"), ("spherical", "turn")]


@pytest.mark.parametrize(("family", "kind"), MAPS)
def test_jumps_move_with_the_data(family: str, kind: str) -> None:
    """Assert that x -> A x + b leaves the first jumps alone, for the A that the family allows.

    The mixing of nearly parallel residuals makes ε / RIDGE = 2e-6 of rounding in a jump of nats.
    """
    x, z, k = overlapping(4, family)
    rng = np.random.default_rng(6)
    d = x.shape[1]
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    scales = np.diag(np.geomspace(0.1, 30.0, d))
    a = {"any": turn @ scales @ turn[::-1], "scales": scales, "turn": 7.0 * turn}[kind]
    moved = x @ a.T + 10.0 * rng.normal(size=d)
    paths = []
    for rows in (x, moved):
        problem = problem_of(rows, family, backend=resolve())
        paths.append(passes_of(start_of(problem, z, k), problem, 12))
    volume = len(x) * np.linalg.slogdet(a)[1]
    assert any(it.extrapolated and it.accepted for it in paths[0])
    for one, two in zip(*paths, strict=True):
        assert (one.extrapolated, one.accepted) == (two.extrapolated, two.accepted)
        assert two.log_likelihood + volume == pytest.approx(one.log_likelihood, abs=1e-4)


def test_a_start_out_of_family_or_unhealthy_is_run() -> None:
    """Assert soundness from a mixture with a nearly empty, nearly singular component."""
    x, _, _ = overlapping(2)
    d = x.shape[1]
    mixture = drumlin.Mixture.from_arrays(
        [1.0 - 1e-12, 1e-12],
        [np.zeros(d), np.full(d, 50.0)],
        np.stack([4.0 * np.eye(d), 1e-6 * np.eye(d)]),
    )
    problem = problem_of(x, "full", backend=resolve())
    assert_sound(passes_of(as_given(mixture), problem, 40), problem, len(x))


@pytest.mark.parametrize("wrong", ["fast", "", None, True, 1])
def test_an_unknown_acceleration_is_refused(wrong: object) -> None:
    """Assert that the message names both choices."""
    with pytest.raises(InvalidParameterError, match=r"acceleration.*'auto'.*'none'"):
        drumlin.fit(np.arange(9.0), 2, acceleration=wrong)  # type: ignore[arg-type]
