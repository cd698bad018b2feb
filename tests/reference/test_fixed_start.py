"""mclust's iterations from the same hard labels: one step, ten steps, and the limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin.em import Iteration
from drumlin.errors import NotConvergedWarning
from drumlin.stopping import Outcome

Array = np.ndarray
Record = dict[str, Any]

HERE = Path(__file__).parent
FILES = sorted((HERE / "fixed_start").glob("*.json"))
STEP = {"VEE": 1e-8, "EVE": 5e-8}
"""One pass: 1e-11, sums of n <= 272 rows in another order, and covariances of condition up to 1e5.

Where shape or axes alternate with volumes, mclust stops within so much of the maximum.
"""
COVARIANCE = {"VEE": 1e-8, "EVE": 1e-6}
LIMIT = {"VEE": 1e-8, "EVE": 1e-8}
"""The end of a run: 1e-9, up to 400 passes, each adding its rounding to what the map contracts."""
ALTERNATING = {"VEI", "VEV", "VEE", "EVE"}


def _cases() -> list[Any]:
    cases = []
    for path in FILES:
        record = json.loads(path.read_text())
        for key, expected in record["results"].items():
            labels = np.array(record["labels"][str(expected["G"])]) - 1
            name = f"{path.stem}.{key}"
            cases.append(pytest.param(record["dataset"], labels, expected, id=name))
    return cases


def _exact() -> list[Any]:
    cases = []
    for path in sorted((HERE / "vve_exact").glob("*.json")):
        for key, expected in json.loads(path.read_text())["results"].items():
            stored = HERE / "fixed_start" / f"{path.stem}.{expected['start']}.json"
            labels = np.array(json.loads(stored.read_text())["labels"][str(expected["G"])]) - 1
            cases.append(pytest.param(path.stem, labels, expected, id=f"{path.stem}.{key}"))
    return cases


CASES, EXACT = _cases(), _exact()
each_exact = pytest.mark.parametrize(("dataset", "labels", "expected"), EXACT)
each_case = pytest.mark.parametrize(("dataset", "labels", "expected"), CASES)


@pytest.fixture
def x(dataset: str, request: pytest.FixtureRequest) -> Array:
    """The rows of the data set of this case."""
    rows: Array = request.getfixturevalue(dataset)
    return rows


def run(x: Array, labels: Array, expected: Record, passes: int) -> tuple[drumlin.Fit, Iteration]:
    """Exactly so many passes of plain EM from the labels, and the first of them."""
    seen: list[Iteration] = []
    with pytest.warns(NotConvergedWarning):
        fit = drumlin.fit(
            x,
            expected["G"],
            expected["model"],
            starts=labels,
            tol=0.0,
            max_iter=passes,
            acceleration="none",
            observers=[seen.append],
        )
    assert fit.outcome is Outcome.REACHED_LIMIT
    return fit, seen[0]


def assert_parameters(
    mixture: drumlin.Mixture, expected: Record, relative: float, covariance: float
) -> None:
    """Assert that weights, means and covariances agree, relative to the largest of their kind."""
    dense = mixture.covariance.matrices()
    pairs = [
        (mixture.weights, expected["pro"], relative),
        (mixture.means, np.reshape(expected["mean"], mixture.means.shape), relative),
        (dense, np.array(expected["covariances"], dtype=float).reshape(dense.shape), covariance),
    ]
    for got, want, size in pairs:
        np.testing.assert_allclose(got, want, rtol=size, atol=size * np.abs(want).max())


def test_every_family_and_data_set_is_there() -> None:
    """Assert that no reference file was lost: 4 data sets, 2 starts, k = 2 and 3."""
    assert len(CASES) == 3 * 2 * 2 * 13 + 2 * 2 * 2
    assert not any(case.values[2]["failed"] for case in CASES)
    assert len(EXACT) == 3 * 2 * 2


@each_case
def test_one_step_is_mclust_s(x: Array, labels: Array, expected: Record) -> None:
    """Assert that the M-step of the labels and the E-step after it agree to 1e-11."""
    step, covariance = (table.get(expected["model"], 1e-11) for table in (STEP, COVARIANCE))
    fit, first = run(x, labels, expected, 1)
    assert_parameters(first.mixture, expected["mstep1"], 1e-11, covariance)
    assert first.mixture == fit.mixture
    assert fit.log_likelihood == pytest.approx(expected["estep1_loglik"], rel=step)
    w = fit.mixture.responsibilities(x[:10])
    if expected["model"] not in ALTERNATING:  # stored of its default inner tolerance
        # mclust's 15 digits of |log-joint| < 100 in an exponent are 1e-13 of a responsibility
        np.testing.assert_allclose(w, expected["estep1_z_first10"], rtol=step, atol=step)


@each_case
def test_ten_steps_are_mclust_s(x: Array, labels: Array, expected: Record) -> None:
    """Assert that the log-likelihood of each of ten passes agrees to 1e-11, and never falls."""
    trace: Sequence[float] = expected["loglik_trace_iter_1_to_10"]
    fit, _ = run(x, labels, expected, len(trace))
    step = STEP.get(expected["model"], 1e-11)
    np.testing.assert_allclose(fit.log_likelihoods, trace, rtol=step)
    assert_rises(fit, len(x))


def assert_rises(fit: drumlin.Fit, n: int) -> None:
    """Assert that ℓ never falls beyond rounding."""
    path = np.array(fit.log_likelihoods)
    rounding = 64 * np.finfo(np.float64).eps * (np.abs(path[1:]) + n)
    assert (np.diff(path) >= -rounding).all()


@each_case
def test_the_limit_is_mclust_s(x: Array, labels: Array, expected: Record) -> None:
    """Assert that after as many passes as mclust made, ℓ and the parameters agree to 1e-9."""
    tight = expected["fit_tight"]
    limit = LIMIT.get(expected["model"], 1e-9)
    fit, _ = run(x, labels, expected, tight["iterations"])
    assert_rises(fit, len(x))
    assert fit.log_likelihood == pytest.approx(tight["loglik"], rel=limit)
    assert fit.log_likelihoods[expected["fit"]["iterations"] - 1] == pytest.approx(
        expected["fit"]["loglik"], rel=limit
    )
    assert fit.n_parameters == expected["npar"]
    assert -fit.bic() == pytest.approx(
        2 * tight["loglik"] - expected["npar"] * np.log(len(x)), rel=limit
    )
    if expected["model"] not in ALTERNATING:
        assert_parameters(fit.mixture, tight["parameters"], limit, limit)


@each_case
def test_a_small_tol_finds_the_limit(x: Array, labels: Array, expected: Record) -> None:
    """Assert that our own rule stops within 1e-9 of mclust's tightest fit."""
    fit = drumlin.fit(x, expected["G"], expected["model"], starts=labels, tol=1e-7, max_iter=5000)
    assert fit.outcome is Outcome.CONVERGED
    assert fit.healthy
    limit = LIMIT.get(expected["model"], 1e-9)
    assert fit.log_likelihood == pytest.approx(expected["fit_tight"]["loglik"], rel=limit)


@each_exact
def test_vve_is_the_maximum_likelihood_one(x: Array, labels: Array, expected: Record) -> None:
    """Assert the trace and the limit of EM with exact M-steps, where mclust's are not.

    The M-steps of the trace are known where their objective changes by 1e-14: axes to 1e-7.
    """
    trace: Sequence[float] = expected["loglik_trace_iter_1_to_10"]
    fit, _ = run(x, labels, expected, expected["iterations"])
    assert_rises(fit, len(x))
    passes = min(len(trace), expected["iterations"])
    np.testing.assert_allclose(fit.log_likelihoods[:passes], trace[:passes], rtol=5e-8)
    assert fit.log_likelihood == pytest.approx(expected["loglik"], rel=1e-12)
    assert_parameters(fit.mixture, expected, 1e-7, 1e-7)
    assert fit.log_likelihood > expected["mclust_tight_loglik"]


def test_old_faithful_has_the_known_log_likelihood(faithful: Array) -> None:
    """Assert the number that everybody quotes: −1130.26396 for two components."""
    fit = drumlin.fit(faithful, 2, rng=0)
    assert fit.log_likelihood == pytest.approx(-1130.26396, abs=1e-4)
    assert fit.healthy
