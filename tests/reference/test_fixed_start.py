"""mclust's iterations from the same hard labels: one step, ten steps, and the limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.em import Iteration, Outcome
from drumlin.errors import NotConvergedWarning

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
            cases.append(pytest.param((record["dataset"], labels, expected), id=name))
    return cases


def _exact() -> list[Any]:
    cases = []
    for path in sorted((HERE / "vve_exact").glob("*.json")):
        for key, expected in json.loads(path.read_text())["results"].items():
            stored = HERE / "fixed_start" / f"{path.stem}.{expected['start']}.json"
            labels = np.array(json.loads(stored.read_text())["labels"][str(expected["G"])]) - 1
            cases.append(pytest.param((path.stem, labels, expected), id=f"{path.stem}.{key}"))
    return cases


CASES, EXACT = _cases(), _exact()


class Case(NamedTuple):
    """What a case starts from, what mclust made of it, and what we do in as many passes."""

    x: Array
    labels: Array
    expected: Record
    fit: drumlin.Fit
    seen: list[Iteration]


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each case, run once: at least the ten passes of the stored trace."""
    return run(request, max(10, request.param[2]["fit_tight"]["iterations"]))


@pytest.fixture(scope="module", params=EXACT)
def exact(request: pytest.FixtureRequest) -> Case:
    """Each case of VVE with exact M-steps, run once."""
    return run(request, request.param[2]["iterations"])


def run(request: pytest.FixtureRequest, passes: int) -> Case:
    """Exactly so many passes of plain EM from the labels."""
    dataset, labels, expected = request.param
    x: Array = request.getfixturevalue(dataset)
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
    return Case(x, labels, expected, fit, seen)


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
    assert not any(case.values[0][2]["failed"] for case in CASES)
    assert len(EXACT) == 3 * 2 * 2


def test_one_step_is_mclust_s(case: Case) -> None:
    """Assert that the M-step of the labels and the E-step after it agree to 1e-11."""
    expected, first = case.expected, case.seen[0]
    step, covariance = (table.get(expected["model"], 1e-11) for table in (STEP, COVARIANCE))
    assert_parameters(first.mixture, expected["mstep1"], 1e-11, covariance)
    assert first.log_likelihood == pytest.approx(expected["estep1_loglik"], rel=step)
    w = first.mixture.responsibilities(case.x[:10])
    if expected["model"] not in ALTERNATING:  # stored of its default inner tolerance
        # mclust's 15 digits of |log-joint| < 100 in an exponent are 1e-13 of a responsibility
        np.testing.assert_allclose(w, expected["estep1_z_first10"], rtol=step, atol=step)


def test_ten_steps_are_mclust_s(case: Case) -> None:
    """Assert that the log-likelihood of each of ten passes agrees to 1e-11, and never falls."""
    trace: Sequence[float] = case.expected["loglik_trace_iter_1_to_10"]
    assert len(trace) == 10
    step = STEP.get(case.expected["model"], 1e-11)
    np.testing.assert_allclose(case.fit.log_likelihoods[:10], trace, rtol=step)
    assert_rises(case.fit, len(case.x))


def assert_rises(fit: drumlin.Fit, n: int) -> None:
    """Assert that ℓ never falls beyond rounding."""
    path = np.array(fit.log_likelihoods)
    rounding = 64 * np.finfo(np.float64).eps * (np.abs(path[1:]) + n)
    assert (np.diff(path) >= -rounding).all()


def test_the_limit_is_mclust_s(case: Case) -> None:
    """Assert that after as many passes as mclust made, ℓ and the parameters agree to 1e-9."""
    expected, fit = case.expected, case.fit
    tight = expected["fit_tight"]
    limit = LIMIT.get(expected["model"], 1e-9)
    last = case.seen[tight["iterations"] - 1]
    assert last.log_likelihood == pytest.approx(tight["loglik"], rel=limit)
    assert fit.log_likelihoods[expected["fit"]["iterations"] - 1] == pytest.approx(
        expected["fit"]["loglik"], rel=limit
    )
    assert fit.n_parameters == expected["npar"]
    assert -fit.bic() == pytest.approx(
        2 * tight["loglik"] - expected["npar"] * np.log(len(case.x)), rel=limit
    )
    if expected["model"] not in ALTERNATING:
        assert_parameters(last.mixture, tight["parameters"], limit, limit)


def test_a_small_tol_finds_the_limit(case: Case) -> None:
    """Assert that our own rule stops within 1e-9 of mclust's tightest fit."""
    expected = case.expected
    options: dict[str, Any] = {"starts": case.labels, "tol": 1e-7, "max_iter": 5000}
    fit = drumlin.fit(case.x, expected["G"], expected["model"], **options)
    assert fit.outcome is Outcome.CONVERGED
    assert fit.healthy
    limit = LIMIT.get(expected["model"], 1e-9)
    assert fit.log_likelihood == pytest.approx(expected["fit_tight"]["loglik"], rel=limit)


def test_vve_is_the_maximum_likelihood_one(exact: Case) -> None:
    """Assert the trace and the limit of EM with exact M-steps, where mclust's are not.

    The M-steps of the trace are known where their objective changes by 1e-14: axes to 1e-7.
    """
    expected, fit = exact.expected, exact.fit
    trace: Sequence[float] = expected["loglik_trace_iter_1_to_10"]
    assert_rises(fit, len(exact.x))
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
