"""Standard errors against mclust, closed forms and laws; refits, and what can go wrong."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

import drumlin
from drumlin import Fit, Mixture
from drumlin._types import Array
from drumlin.backends import resolve
from drumlin.covariance import FAMILIES, Family, family_named
from drumlin.data import ArraySource, Rows
from drumlin.em import Outcome, Problem, RunOptions, RunResult, State, as_given, iterates, run
from drumlin.errors import (
    InterruptedWarning,
    InvalidDataError,
    InvalidParameterError,
    NotConvergedWarning,
    UncertaintyWarning,
    UndeterminedError,
)
from drumlin.starts.assigned import ResponsibilityStart
from drumlin.uncertainty import METHODS, Refit, standard_errors
from drumlin.uncertainty.information import information
from drumlin.uncertainty.matching import matching
from drumlin.uncertainty.parameters import packed, packed_mixture, unpacked
from tests.ingredients import engine_for, problem_of, random_mixture

STORED = Path(__file__).parent.parent / "reference" / "boot" / "faithful_bootstrap_se.json"
REFITS = tuple(method for method in METHODS if method not in ("information", "sandwich"))


@pytest.fixture(scope="module")
def fitted(faithful: Array) -> Fit:
    """Old Faithful, two components."""
    return drumlin.fit(faithful, 2, rng=0)


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    """mclust's standard errors of Old Faithful, VVV with two components and EEE with three."""
    results: dict[str, Any] = json.loads(STORED.read_text())["results"]
    return results


def of_mclust(stored: dict[str, Any], model: str, kind: str) -> Array:
    """(P,) standard errors as mclust has them, in our order of the parameters."""
    told = stored[model]["types"][kind]
    names = "se_pro", "se_mean", "se_covariances"
    return packed(*(np.array(told[name]) for name in names))


@pytest.mark.parametrize(("model", "family"), [("VVV_2", "full"), ("EEE_3", "tied")])
def test_the_jackknife_is_that_of_mclust_under_its_stopping_rule(
    faithful: Array, stored: dict[str, Any], model: str, family: str
) -> None:
    """Assert that leave-one-out estimates stopped as mclust stops give its standard errors.

    From the stored z without the row, an M-step, then EM until ℓ changes by 1e-5 relative: too
    early for EEE, whose errors come to half of what converged refits give. What is left is the
    rounding of z to 15 digits.
    """
    z = np.array(stored[model]["z"])
    found = []
    for i in range(len(faithful)):
        x, soft = np.delete(faithful, i, axis=0), np.delete(z, i, axis=0)
        problem = problem_of(x, family, backend=resolve())
        start = ResponsibilityStart(soft)(problem, np.random.default_rng(0))
        before = np.inf
        for iteration in iterates(start, problem):
            now = iteration.log_likelihood
            if abs(now - before) <= 1e-5 * (1.0 + abs(now)):
                break
            before = now
        found.append(packed_mixture(iteration.mixture))
    n = len(found)
    errors = np.sqrt((n - 1.0) ** 2 / n) * np.std(found, axis=0, ddof=1)
    np.testing.assert_allclose(errors, of_mclust(stored, model, "jk"), rtol=1e-6)


def test_the_converged_jackknife_is_near_that_of_mclust(
    faithful: Array, fitted: Fit, stored: dict[str, Any]
) -> None:
    """Assert that our refits, which go on to the maximum, give its errors for two components.

    mclust stops each refit about 0.01 nats early, after few passes: it covers 97 % of the way.
    """
    got = fitted.standard_errors(faithful, method="jackknife", rng=0)
    assert got.replicates is not None
    assert len(got.replicates.weights) == len(faithful)
    want = of_mclust(stored, "VVV_2", "jk")
    error = packed(got.weights, got.means, got.covariances)
    np.testing.assert_allclose(error, want, rtol=0.04)


@pytest.mark.parametrize(
    ("kind", "method"), [("bs", "bootstrap"), ("wlbs", "weighted-likelihood bootstrap")]
)
def test_the_bootstraps_agree_with_mclust_within_their_noise(
    faithful: Array, fitted: Fit, stored: dict[str, Any], kind: str, method: str
) -> None:
    """Assert that errors of B and 200 replicates differ by no more than chance.

    The relative variance of a standard deviation of B values of kurtosis κ is (κ − 1)/(4B). The
    bound is at 4.5 of its deviations for 11 parameters, and 4 % for mclust's early stop.
    """
    got = fitted.standard_errors(faithful, method=method, rng=3, replicates=400)
    told = got.replicates
    assert told is not None
    values = packed(told.weights, told.means, told.covariances)
    kurtosis = scipy.stats.kurtosis(values, axis=0, fisher=False)
    noise = np.sqrt((kurtosis - 1.0) / 4.0 * (1.0 / 400 + 1.0 / 200))
    want = of_mclust(stored, "VVV_2", kind)
    error = packed(got.weights, got.means, got.covariances)
    assert (np.abs(error / want - 1.0) < 4.5 * noise + 0.04).all()


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_agree_on_a_large_sample_of_the_model(method: str) -> None:
    """Assert that where the model is true and n large each is near the information's errors.

    Two components 6 apart, n = 4000, 150 resamples: 4.5 × √(2/(4·150)) = 26 % for chance.
    """
    mixture = Mixture.from_arrays([0.4, 0.6], [0.0, 6.0], [1.0, 2.0])
    x, _ = mixture.sample(4000, 11)
    fit = drumlin.fit(x, 2, rng=0)
    want = fit.standard_errors(x)
    got = fit.standard_errors(x, method=method, rng=1, **_few(method, 150))
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=0.26)


def _few(method: str, replicates: int) -> dict[str, int]:
    return {"replicates": replicates} if method in REFITS else {}


def test_the_jackknife_of_one_gaussian_is_the_textbook() -> None:
    """Assert that the error of the mean is s/√n, s with n − 1, to the rounding of the refits."""
    x = np.random.default_rng(0).gamma(2.0, size=(60, 2))
    got = drumlin.fit(x, 1).standard_errors(x, method="jackknife")
    want = x.std(axis=0, ddof=1) / np.sqrt(len(x))
    np.testing.assert_allclose(got.means[0], want, rtol=1e-9)


def test_the_sandwich_of_one_gaussian_needs_no_gaussian() -> None:
    """Assert that for skewed data the variance has the error √((m₄ − s⁴)/n), m₄ the 4th moment."""
    x = np.random.default_rng(0).gamma(2.0, size=60)
    got = drumlin.fit(x, 1).standard_errors(x, method="sandwich")
    fourth, square = ((x - x.mean()) ** 4).mean(), x.var()
    assert got.covariances[0, 0, 0] == pytest.approx(np.sqrt((fourth - square**2) / 60), rel=1e-9)
    assert got.means[0, 0] == pytest.approx(np.sqrt(square / 60), rel=1e-9)


@pytest.mark.parametrize("method", ["information", "sandwich", "jackknife"])
def test_weights_are_repeated_rows(method: str) -> None:
    """Assert that integer weights give the errors of repeated rows.

    Refits stop within 1e-3/n nats, so the errors of the jackknife differ by a percent at most.
    """
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(size=(30, 2)), rng.normal(size=(25, 2)) + 5.0])
    weight = rng.integers(0, 4, len(x))
    labels = np.repeat([0, 1], [30, 25])
    fit = drumlin.fit(x, 2, sample_weight=weight, starts=labels)
    got = fit.standard_errors(x, method=method, sample_weight=weight)
    want = fit.standard_errors(np.repeat(x, weight, axis=0), method=method)
    rtol = 1e-2 if method == "jackknife" else 1e-9
    np.testing.assert_allclose(got.means, want.means, rtol=rtol)
    np.testing.assert_allclose(got.covariances, want.covariances, rtol=rtol)


@pytest.mark.parametrize("family", ["full", "diag"])
def test_errors_follow_the_units_of_the_columns(family: str) -> None:
    """Assert that those of means scale as the columns, of covariances as their products."""
    x, _ = random_mixture(np.random.default_rng(2), 2, 3).sample(300, 5)
    scale = np.array([1e-3, 1.0, 1e4])
    labels = (x[:, 0] > np.median(x[:, 0])).astype(int)
    one, other = (drumlin.fit(data, 2, family, starts=labels) for data in (x, x * scale))
    got, want = other.standard_errors(x * scale), one.standard_errors(x)
    np.testing.assert_allclose(got.means, want.means * scale, rtol=1e-3)
    squares = scale[:, None] * scale
    np.testing.assert_allclose(got.covariances, want.covariances * squares, rtol=1e-3)


def test_known_labels_shrink_the_errors(groups: tuple[Array, Array]) -> None:
    """Assert that with all labels known each class has the errors of a Gaussian of its own."""
    x, labels = groups
    fit = drumlin.fit(x, 3, labels=labels)
    got = fit.standard_errors(x, labels=labels)
    count = np.bincount(labels)
    variances = np.einsum("jaa->ja", fit.mixture.covariance.matrices())
    np.testing.assert_allclose(got.means, np.sqrt(variances / count[:, None]), rtol=1e-9)
    share = count / len(x)
    np.testing.assert_allclose(got.weights, np.sqrt(share * (1 - share) / len(x)), rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_a_fit_of_every_family_is_at_its_maximum_and_has_errors(
    iris: Array, family: Family
) -> None:
    """Assert that the score in the free directions vanishes where EM converged, and errors do not.

    The fit stops within 1e-7 nats by its own estimate; two orders are allowed for that estimate.
    """
    fit = drumlin.fit(iris, 2, family, starts=np.repeat([0, 1], [50, 100]), tol=1e-7)
    rows = ArraySource(Rows(iris))
    assert information(fit.mixture, family, rows, engine_for(len(iris))).remaining < 1e-5
    for method in ("information", "sandwich"):
        got = fit.standard_errors(iris, method=method)
        assert (got.means > 0.0).all()
        assert (got.means < 0.5).all()
    refitted = fit.standard_errors(iris, method="bootstrap", replicates=8, rng=0)
    assert np.isfinite(refitted.covariances).all()


def test_equal_weights_have_no_error(groups: tuple[Array, Array]) -> None:
    """Assert that given weights are certain, and not in the table, by curvature and by refits."""
    x, _ = groups
    fit = drumlin.fit(x, 3, equal_weights=True, rng=0)
    for method in ("information", "bootstrap"):
        got = fit.standard_errors(x, method=method, rng=0, **_few(method, 20))
        np.testing.assert_allclose(got.weights, 0.0, atol=1e-15)
        assert not any(row["parameter"] == "weight" for row in got.summary().table())


def test_the_covariance_of_the_estimates_is_theirs(faithful: Array, fitted: Fit) -> None:
    """Assert that its diagonal is the squared errors, in the order of the names."""
    got = fitted.standard_errors(faithful)
    error = packed(got.weights, got.means, got.covariances)
    np.testing.assert_allclose(np.sqrt(np.diagonal(got.covariance)), error, rtol=1e-12)
    assert got.names[3] == "mean of x2, component 1"
    assert got.covariance[0, 1] == pytest.approx(-(error[0] ** 2))  # φ_1 + φ_2 = 1


@pytest.mark.parametrize("method", REFITS)
def test_refits_do_not_depend_on_the_number_of_threads(
    faithful: Array, fitted: Fit, method: str
) -> None:
    """Assert that they are the same bit for bit, given the seed."""
    one, two = (
        fitted.standard_errors(faithful, method=method, rng=5, replicates=12, n_threads=n)
        for n in (1, 2)
    )
    assert np.array_equal(one.covariance_root, two.covariance_root)


def test_intervals_are_normal_or_percentiles(faithful: Array, fitted: Fit) -> None:
    """Assert both kinds by their formulas, and which is the default."""
    got = fitted.standard_errors(faithful, method="bootstrap", rng=6, replicates=39)
    told = got.replicates
    assert told is not None
    ends = got.intervals(0.9)
    assert ends.kind == "percentile"
    ranks = np.sort(told.means, axis=0)[[1, 37]]  # 40 · 0.05 and 40 · 0.95, counted from 1
    np.testing.assert_allclose(ends.means, ranks, rtol=1e-14)
    np.testing.assert_allclose(got.means, told.means.std(axis=0, ddof=1), rtol=1e-12)
    normal = got.intervals(0.9, kind="normal")
    z = scipy.stats.norm.ppf(0.95)
    centre = fitted.mixture.covariance.matrices()
    np.testing.assert_allclose(normal.covariances[0], centre - z * got.covariances, rtol=1e-12)
    np.testing.assert_allclose(normal.covariances[1], centre + z * got.covariances, rtol=1e-12)
    assert fitted.standard_errors(faithful).intervals().kind == "normal"


def test_packing_is_undone() -> None:
    """Assert that unpacked parameters are those that were packed."""
    mixture = random_mixture(np.random.default_rng(0), 3, 4)
    got = unpacked(packed_mixture(mixture), 3, 4)
    want = mixture.weights, mixture.means, mixture.covariance.matrices()
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


def test_components_that_changed_places_are_found_again() -> None:
    """Assert that a permuted and slightly moved mixture is put back, in any affine frame."""
    rng = np.random.default_rng(8)
    base = random_mixture(rng, 4, 3, spread=2.0)
    order = rng.permutation(4)
    found = base.take(order)
    moved = Mixture(found.weights, found.means + 0.01 * rng.normal(size=(4, 3)), found.covariance)
    got, certain = matching(moved, base)
    assert certain
    assert np.array_equal(order[got], np.arange(4))


def test_refits_whose_components_changed_places_are_put_back(
    faithful: Array, fitted: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that errors are the same when every second refit ends in another order."""
    options: dict[str, Any] = {"method": "bootstrap", "replicates": 10, "rng": 0, "n_threads": 1}
    want = fitted.standard_errors(faithful, **options)
    calls: list[int] = []

    def run_and_turn(start: State, problem: Problem, options: RunOptions) -> RunResult:
        result = run(start, problem, options)
        calls.append(len(calls))
        if len(calls) % 2:
            return result
        turned = as_given(result.last.mixture.take(np.array([1, 0])))
        return replace(result, last=replace(result.last, state=turned))

    monkeypatch.setattr("drumlin.uncertainty.resampling.run", run_and_turn)
    got = fitted.standard_errors(faithful, **options)
    assert len(calls) == 10
    np.testing.assert_array_equal(got.covariance_root, want.covariance_root)


def test_float32_and_data_frames_are_taken(faithful: Array) -> None:
    """Assert that errors of float32 data are those of float64, and columns go by name."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(faithful, columns=["eruptions", "waiting"])
    fit = drumlin.fit(frame, 2, rng=0)
    want = fit.standard_errors(frame)
    assert want.names[2] == "mean of eruptions, component 1"
    turned = fit.standard_errors(frame[["waiting", "eruptions"]])
    np.testing.assert_array_equal(turned.means, want.means)
    single = faithful.astype(np.float32)
    got = drumlin.fit(single, 2, rng=0).standard_errors(single)
    np.testing.assert_allclose(got.means, want.means, rtol=1e-3)


def test_twins_are_matched_with_doubt() -> None:
    """Assert that components between two others are called ambiguous, and clear ones are not."""
    base = Mixture.from_arrays([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    between = Mixture.from_arrays([0.5, 0.5], [0.5, 0.6], [1.0, 1.0])
    assert not matching(between, base)[1]
    assert matching(base, base)[1]


def test_doubtful_matching_is_told() -> None:
    """Assert that refits of three components that are not there warn, with a remedy."""
    x = np.random.default_rng(0).normal(size=(200, 1))
    fit = drumlin.fit(x, 3, rng=0)
    with pytest.warns(UncertaintyWarning, match=r"cannot be matched.*fewer components"):
        fit.standard_errors(x, method="bootstrap", rng=0, replicates=20)


def test_other_data_than_those_of_the_fit_are_told(faithful: Array, fitted: Fit) -> None:
    """Assert that a mixture far below the maximum of the data warns, whatever the method."""
    other = faithful + np.array([0.1, 1.0])
    for method in ("information", "bootstrap"):
        with pytest.warns(UncertaintyWarning, match=r"nats below the maximum.*sample_weight"):
            fitted.standard_errors(other, method=method, rng=0, **_few(method, 4))


def test_a_warning_points_at_the_line_of_the_caller(faithful: Array, fitted: Fit) -> None:
    """Assert that it shows this file, for errors and summary."""
    for call in (fitted.standard_errors, fitted.summary):
        with pytest.warns(UncertaintyWarning) as seen:
            call(faithful + np.array([0.1, 1.0]))
        assert {warning.filename for warning in seen} == {__file__}


def test_ctrl_c_returns_the_refits_done(faithful: Array, fitted: Fit) -> None:
    """Assert that errors come from what was done, with a warning that says how much that is."""
    seen: list[int] = []

    def interrupt(refit: Refit) -> None:
        seen.append(refit.index)
        if len(seen) == 10:
            signal.raise_signal(signal.SIGINT)

    with pytest.warns(InterruptedWarning, match="of 10000 refits"):
        got = fitted.standard_errors(
            faithful, method="bootstrap", rng=0, replicates=10_000, observers=[interrupt]
        )
    assert got.replicates is not None
    assert got.replicates.halted is Outcome.INTERRUPTED
    assert 10 <= len(got.replicates.weights) == len(seen) < 10_000
    assert np.isfinite(got.means).all()


def test_time_that_is_up_ends_the_refits(faithful: Array, fitted: Fit) -> None:
    """Assert that too few refits give no errors, and a warning."""
    with pytest.warns(NotConvergedWarning, match=r"out of time after .* refits"):
        got = fitted.standard_errors(
            faithful, method="bootstrap", rng=0, replicates=1000, max_seconds=1e-9
        )
    assert np.isnan(got.means).all()


def test_a_jackknife_that_cannot_do_without_a_row_is_told() -> None:
    """Assert that two refits of 62 that fail are worth a warning: they are all of a component.

    Without either of its rows the other is a point, so that its errors come out as nothing.
    """
    x = np.append(np.random.default_rng(0).normal(size=60), [30.0, 31.0])
    fit = drumlin.fit(x, 2, starts=np.repeat([0, 1], [60, 2]))
    with pytest.warns(UncertaintyWarning, match="2 of 62 refits were unhealthy"):
        got = fit.standard_errors(x, method="jackknife")
    assert got.means[1, 0] < 1e-9


def test_a_fit_on_the_floor_has_no_errors() -> None:
    """Assert that a collapsed component is refused by name, and by refits with a remedy."""
    x = np.concatenate([np.random.default_rng(0).normal(size=30), np.full(8, 3.0)])
    with pytest.warns(drumlin.errors.DrumlinWarning):
        fit = drumlin.fit(x, 2, starts=np.repeat([0, 1], [30, 8]))
    with pytest.raises(UndeterminedError, match="fewer components"):
        fit.standard_errors(x, method="bootstrap", rng=0, replicates=10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "delta"}, "choose one of 'information'"),
        ({"replicates": 1, "method": "bootstrap"}, "replicates is 1"),
        ({"tol": -1.0}, "tol is"),
        ({"max_seconds": 0}, "max_seconds is"),
        ({"observers": 3}, "callables of one Refit"),
        ({"rng": -1}, "rng is -1"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    faithful: Array, fitted: Fit, options: dict[str, Any], message: str
) -> None:
    """Assert that the message names the option and what is allowed."""
    with pytest.raises(InvalidParameterError, match=message):
        fitted.standard_errors(faithful, **options)


def test_data_that_do_not_fit_the_mixture_are_refused(faithful: Array, fitted: Fit) -> None:
    """Assert that columns, weights and labels are checked before any work."""
    with pytest.raises(InvalidDataError, match="x has 1 columns, the mixture 2"):
        fitted.standard_errors(faithful[:, :1])
    with pytest.raises(InvalidDataError, match="one value per row"):
        fitted.standard_errors(faithful, sample_weight=[1.0])
    with pytest.raises(InvalidDataError, match="whole numbers from 0 to 1"):
        fitted.standard_errors(faithful, labels=np.full(len(faithful), 7))
    half = np.full(len(faithful), 0.5)
    with pytest.raises(InvalidDataError, match=r"row 0 is 0.5.*bootstrap"):
        fitted.standard_errors(faithful, method="jackknife", sample_weight=half)


def test_levels_and_kinds_that_mean_nothing_are_refused(faithful: Array, fitted: Fit) -> None:
    """Assert that an interval needs a probability, and percentiles need a bootstrap."""
    got = fitted.standard_errors(faithful)
    with pytest.raises(InvalidParameterError, match="between 0 and 1"):
        got.intervals(95)
    with pytest.raises(InvalidParameterError, match="'normal' or, of a bootstrap"):
        got.intervals(kind="percentile")


LISTED: list[tuple[str, Callable[[int, int], int]]] = [
    ("full", lambda k, d: k + k * d + k * d * (d + 1) // 2),
    ("tied", lambda k, d: k + k * d + d * (d + 1) // 2),
    ("diag", lambda k, d: k + k * d + k * d),
]


@pytest.mark.parametrize(("family", "n_lines"), LISTED)
def test_the_table_has_a_line_for_what_was_estimated(
    groups: tuple[Array, Array], family: str, n_lines: Callable[[int, int], int]
) -> None:
    """Assert that what the family fixes or shares is not repeated, and that all lines up."""
    x, _ = groups
    told = drumlin.fit(x, 3, family, rng=0).summary(x)
    records = told.table()
    assert len(records) == n_lines(3, 2)
    assert all(row["lower"] < row["estimate"] < row["upper"] for row in records)
    lines = str(told).splitlines()
    head = next(line for line in lines if line.startswith("component"))
    column = head.index("estimate")
    assert all(line[column - 1] == " " for line in lines[lines.index(head) : -2])
    assert told.table("markdown").count("\n") == len(records) + 1


def test_a_mixture_from_elsewhere_has_errors_too(faithful: Array, fitted: Fit) -> None:
    """Assert that the function takes a mixture, and refuses a family that it is not of."""
    got = standard_errors(fitted.mixture, "VVV", faithful)
    np.testing.assert_array_equal(got.means, fitted.standard_errors(faithful).means)
    with pytest.raises(InvalidParameterError, match="not of family EEE"):
        standard_errors(fitted.mixture, family_named("tied", 2), faithful)
