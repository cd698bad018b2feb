"""The bootstrap likelihood-ratio test: against mclust, its law under the null, and its promises."""

from __future__ import annotations

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import drumlin
from drumlin import plots
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.covariance import FAMILIES, Family, family_named
from drumlin.em import Problem, RunOptions, State, StopRequest, run
from drumlin.errors import (
    InterruptedWarning,
    InvalidDataError,
    InvalidParameterError,
    NotConvergedWarning,
)
from drumlin.likelihood_ratio import BootstrapTest, RatioTest, replicates
from drumlin.likelihood_ratio.nested import Nested
from drumlin.likelihood_ratio.replicates import Replicate, Sampler

STORED = json.loads((Path(__file__).parent.parent / "reference/boot/faithful_LRT.json").read_text())
TWO = drumlin.Mixture.from_arrays([0.6, 0.4], [0.0, 9.0], [1.0, 1.0])


@pytest.fixture(scope="module")
def two() -> Array:
    """(120, 1) two clusters."""
    return TWO.sample(120, 3)[0]


PAIRS = [("VVV", 1), ("VVV", 2), ("EEE", 1), ("EEE", 2), ("EEE", 3)]


@pytest.mark.parametrize(("code", "k"), PAIRS)
def test_statistics_reach_those_of_mclust(code: str, k: int, faithful: Array) -> None:
    """Assert that the statistic is that of mclust or, where its larger fit is poor, above it.

    Equal for k = 1, and for EEE, 2. For VVV, 2 its fit of three components is 13 nats below ours,
    and for EEE, 3 that of four below three. Both runs leave up to 0.01 nats each.
    """
    stored = STORED["results"][code]
    theirs = stored["obs_lrts"][k - 1]
    (test,) = drumlin.bootstrap_test(faithful, k, code, n_bootstrap=19, rng=0).tests
    equal = (code, k) in [("VVV", 1), ("EEE", 1), ("EEE", 2)]
    assert test.statistic >= theirs - 0.05
    assert (abs(test.statistic - theirs) < 0.05) == equal
    if equal:  # mclust found p = 0.01, the least with its 99 samples
        assert stored["p_value"][k - 1] == 0.01
        assert test.p_value == 0.05


def test_samples_are_fitted_no_worse_than_by_mclust(faithful: Array) -> None:
    """Assert that statistics of samples are stochastically not below those of mclust.

    At no point may our distribution function be above its by more than chance: one-sided
    Kolmogorov-Smirnov, P(D > d) ≈ exp(−2 d² n m / (n + m)) = 1e-7.
    """
    theirs = np.sort(STORED["results"]["VVV"]["boot_lrts"][0])
    (test,) = drumlin.bootstrap_test(faithful, 1, "VVV", n_bootstrap=49, rng=0).tests
    ours = np.sort(test.replicates)
    n, m = len(ours), len(theirs)
    points = np.concatenate([ours, theirs])
    gap = np.searchsorted(ours, points, "right") / n - np.searchsorted(theirs, points, "right") / m
    chance = np.sqrt(np.log(1e7) * (n + m) / (2 * n * m))
    assert gap.max() <= chance
    assert gap.min() < -chance  # theirs are lower, by more than chance


def test_samples_are_fitted_as_well_as_by_fit(faithful: Array) -> None:
    """Assert that statistics of samples are on average what `fit` finds in the same samples.

    Neither finds the highest place always: 0.5 is a tenth of their mean, which is 5.
    """
    mixture = drumlin.fit(faithful, 2, "tied", rng=0).mixture
    sampler = Sampler(mixture, 272, family_named("tied", 2), resolve(), 1, StopRequest())
    found = []
    for number in range(1, 13):
        x = mixture.sample(272, replicates.stream(1, 2, number))[0]
        small, large = (drumlin.fit(x, k, "tied", starts=4, rng=0) for k in (2, 3))
        found.append(2.0 * (large.log_likelihood - small.log_likelihood))
    subsample = [sampler(number) for number in range(1, 13)]
    assert np.mean(np.array(subsample, dtype=float) - found) >= -0.5


def p_values(n_sets: int) -> Array:
    """p values of 1 against 2 components with 9 samples, for data of one component."""
    values = []
    for seed in range(n_sets):
        x = np.random.default_rng([11, seed]).normal(size=40)
        result = drumlin.bootstrap_test(x, 1, "E", n_bootstrap=9, level=0.1, rng=seed)
        values.append(result.tests[0].p_value)
    return np.array(values)


def too_far(p: Array) -> bool:
    """Whether the mean of p is farther from that of {0.1, …, 1} than luck puts it, 1 in 10⁷."""
    return bool(abs(p.mean() - 0.55) > 5.33 * np.sqrt((10**2 - 1) / 12) / 10 / np.sqrt(len(p)))


def test_p_values_are_uniform_under_the_null() -> None:
    """Assert that p is uniform on {0.1, …, 1} where the null holds.

    Samples of one Gaussian are the data of the null moved and scaled, to which the statistic is
    blind: data and samples are exchangeable, and the rank of the data among them is uniform.
    """
    p = p_values(20)
    assert not too_far(p)
    counts = np.bincount(np.round(10 * p).astype(int), minlength=11)[1:]
    assert counts.max() <= 13  # binomial(20, 0.1): above once in 10⁷, in any of ten places


def test_poorly_fitted_samples_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that the test above sees samples whose larger model is fitted badly."""

    def poor(problem: Problem, start: State, watch: RunOptions, _: np.random.Generator) -> Nested:
        smaller = run(start, problem, watch)
        return Nested(smaller, smaller)

    monkeypatch.setattr(replicates, "nested", poor)
    assert too_far(p_values(20))


def test_two_clusters_are_found(two: Array) -> None:
    """Assert that one component is rejected with the least p, two are not, and three not tried."""
    result = drumlin.bootstrap_test(two, range(1, 6), n_bootstrap=19, rng=1)
    assert [test.n_components for test in result.tests] == [1, 2]
    assert result.tests[0].p_value == 1 / 20
    assert result.n_components == 2
    assert "2 components are not rejected at level 0.05" in str(result)
    only = drumlin.bootstrap_test(two, 1, n_bootstrap=19, rng=1)
    assert only.n_components is None
    assert "1 component is rejected at level 0.05: try more" in str(only)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_every_family(family: Family) -> None:
    """Assert that a second component gains in every family, in one dimension and in three."""
    for d in (1, 3):
        x = np.random.default_rng(d).normal(size=(60, d))
        (test,) = drumlin.bootstrap_test(x, 1, family, n_bootstrap=4, level=0.3, rng=0).tests
        assert test.statistic > 0.0
        assert (test.replicates > 0.0).all()
        assert np.isfinite(test.replicates).all()


def test_threads_and_pools_change_nothing(two: Array) -> None:
    """Assert the same statistics, bit for bit, on one thread, on three, and in a pool."""
    one = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=5, n_threads=1)
    three = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=5, n_threads=3)
    with ThreadPoolExecutor(3) as pool:
        pooled = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=5, pool=pool)
    for other in (three, pooled):
        assert other.tests[0].statistic == one.tests[0].statistic
        assert np.array_equal(other.tests[0].replicates, one.tests[0].replicates)


def test_a_sample_depends_on_nothing_but_its_number(two: Array) -> None:
    """Assert that more samples begin with the same, different ones; a generator is a seed, too."""
    few = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=5).tests[0].replicates
    more = drumlin.bootstrap_test(two, 2, n_bootstrap=25, rng=5).tests[0].replicates
    assert np.array_equal(few, more[:19])
    assert len(np.unique(few)) > 15  # some may be zero
    subsample = [
        drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=np.random.default_rng(8))
        for _ in range(2)
    ]
    assert np.array_equal(subsample[0].tests[0].replicates, subsample[1].tests[0].replicates)
    assert subsample[0].seed is None


def test_weights_are_counts(two: Array) -> None:
    """Assert that weights set the size of the samples, and rows of weight zero are absent."""
    repeated = drumlin.bootstrap_test(np.repeat(two, 2, axis=0), 1, n_bootstrap=19, rng=2)
    x = np.concatenate([two, [[1e6]]])
    weighted = drumlin.bootstrap_test(
        x, 1, n_bootstrap=19, rng=2, sample_weight=[2.0] * len(two) + [0.0]
    )
    got, wanted = weighted.tests[0], repeated.tests[0]
    assert got.statistic == pytest.approx(wanted.statistic, abs=0.05)
    np.testing.assert_allclose(got.replicates, wanted.replicates, atol=0.05)


def test_observers_see_every_sample_in_order(two: Array) -> None:
    """Assert the records that observers get."""
    seen: list[Replicate] = []
    result = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=0, observers=[seen.append])
    assert [record.done for record in seen] == list(range(1, 20))
    assert [record.statistic for record in seen] == result.tests[0].replicates.tolist()
    assert {(r.n_components, r.total, r.observed) for r in seen} == {
        (2, 19, result.tests[0].statistic)
    }


def test_ctrl_c_keeps_the_samples_so_far(two: Array) -> None:
    """Assert that samples before the interruption are kept, and nothing is concluded from them."""

    def interrupt(record: Replicate) -> None:
        if record.done == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.warns(InterruptedWarning, match="ended after 5 of 99 samples: Ctrl-C"):
        result = drumlin.bootstrap_test(two, [2, 3], n_bootstrap=99, rng=0, observers=[interrupt])
    assert len(result.tests) == 1
    whole = drumlin.bootstrap_test(two, 2, n_bootstrap=19, rng=0).tests[0].replicates
    assert np.array_equal(result.tests[0].replicates, whole[:5])
    assert result.n_components is None
    assert "not complete: 5 of 99 samples" in str(result)


def test_time_runs_out(two: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that max_seconds ends the test, with or without samples done, also in a pool."""
    with pytest.warns(NotConvergedWarning, match="ended after 0 of 99 samples"):
        result = drumlin.bootstrap_test(two, [2, 3], n_bootstrap=99, max_seconds=1e-9)
    assert "none" in str(result)
    assert result.tests[0].p_value == 1.0

    seconds = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])

    def slow(_: Replicate) -> None:
        seconds[0] += 1.0

    with (
        ThreadPoolExecutor(2) as pool,
        pytest.warns(NotConvergedWarning, match="raise max_seconds"),
    ):
        late = drumlin.bootstrap_test(
            two, 2, n_bootstrap=999, rng=0, max_seconds=4.5, pool=pool, observers=[slow]
        )
    assert 0 < len(late.tests[0].replicates) < 999
    assert threading.active_count() < 50


def test_p_value_by_hand() -> None:
    """Assert p = (1 + #{replicates >= statistic}) / (B + 1) and its standard error."""
    test = RatioTest(1, 3.0, np.array([1.0, 3.0, 2.0, 5.0]), TWO, TWO, True)
    assert test.p_value == 3 / 5
    assert test.standard_error == pytest.approx(np.sqrt(0.6 * 0.4 / 5))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_components": []}, "n_components is empty"),
        ({"n_components": 0}, "must be at least 1"),
        ({"n_components": 200}, "only 120 distinct rows"),
        ({"n_bootstrap": 0}, "n_bootstrap is 0"),
        ({"n_bootstrap": 9}, "never as small as level, 0.05; ask for 19 or more"),
        ({"level": 1.5}, "level is 1.5: it is a fraction"),
        ({"family": "round"}, "unknown family 'round'"),
        ({"max_seconds": -1}, "max_seconds is -1"),
        ({"observers": [3]}, "callables of one Replicate"),
        ({"rng": "seed"}, "rng is 'seed'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str, two: Array) -> None:
    """Assert that wrong options are told before any work."""
    with pytest.raises(InvalidParameterError, match=words):
        drumlin.bootstrap_test(two, **{"n_components": 1, **options})


def test_wrong_data_are_refused(two: Array) -> None:
    """Assert that missing values and wrong weights are told."""
    with pytest.raises(InvalidDataError, match="missing"):
        drumlin.bootstrap_test([1.0, np.nan], 1)
    with pytest.raises(InvalidDataError, match="one value per row"):
        drumlin.bootstrap_test(two, 1, sample_weight=[1.0])


@pytest.mark.parametrize("statistic", [3.0, 90.0])
def test_the_picture_of_the_samples(statistic: float) -> None:
    """Assert a panel per test, which tells the statistic of the data and p, near or far."""
    subsample = np.random.default_rng(0).exponential(2.0, 99)
    tests = tuple(RatioTest(k, statistic, subsample, TWO, TWO, True) for k in (1, 2))
    result = BootstrapTest(tests, 0.05, FAMILIES[0], 99, 0, None)
    grid = plots.null_distributions(result)
    assert grid.shape == (1, 2)
    words = [text.get_text() for text in grid[0, 0].texts]
    assert words == [f"data: {statistic:.1f}", f"p = {tests[0].p_value:.3g}"]
    empty = RatioTest(1, 3.0, np.empty(0), TWO, TWO, True)
    assert plots.null_distribution(empty).get_xlim()[0] == 0.0
    plt.close("all")
