"""Equal weights: φ_j = 1/k is given, in every family, from every kind of start."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import storage
from drumlin._types import Array
from drumlin.covariance import FAMILIES, Family
from drumlin.em import Iteration, Outcome, expect, iterates, maximise
from drumlin.errors import InvalidParameterError, NotConvergedWarning
from tests.ingredients import assert_same_mixture, problem_of, random_mixture, start_of

HERE = Path(__file__).parents[1] / "reference"
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)


def three_groups(rng: np.random.Generator, n: int = 150) -> tuple[Array, Array]:
    """x (n, 2) in three overlapping groups of different sizes, and their labels."""
    labels = np.repeat([0, 1, 2], [n // 2, n // 3, n - n // 2 - n // 3])
    return rng.normal(size=(n, 2)) + np.array([[0, 0], [4, 1], [1, 5]])[labels], labels


@each_family
def test_an_m_step_differs_in_the_weights_alone(family: Family) -> None:
    """Assert that means and covariances are those of free weights: Q is a sum of two parts."""
    rng = np.random.default_rng(1)
    x, labels = three_groups(rng)
    problem = problem_of(x, family, equal_weights=True)
    free = problem_of(x, family)
    start = start_of(problem, labels, 3)
    moments = expect(random_mixture(rng, 3, 2), problem)
    equal, estimated = (maximise(moments, p, after=start).mixture for p in (problem, free))
    np.testing.assert_array_equal(equal.weights, np.full(3, 1.0 / 3.0))
    assert np.ptp(estimated.weights) > 0.01
    np.testing.assert_array_equal(equal.means, estimated.means)
    assert equal.covariance == estimated.covariance


@pytest.mark.parametrize("acceleration", ["auto", "none"])
@each_family
def test_the_weights_stay_and_the_likelihood_rises(family: Family, acceleration: str) -> None:
    """Assert it of every pass of a fit from labels, jumps included, and k − 1 parameters fewer."""
    x, labels = three_groups(np.random.default_rng(2))
    seen: list[Iteration] = []
    options: dict[str, Any] = {"starts": labels, "acceleration": acceleration, "max_iter": 5000}
    fit = drumlin.fit(x, 3, family, equal_weights=True, observers=[seen.append], **options)
    free = drumlin.fit(x, 3, family, **options)
    assert all((pass_.mixture.weights == 1.0 / 3.0).all() for pass_ in seen)
    assert fit.outcome is Outcome.CONVERGED  # and not DECREASED
    assert fit.n_parameters == free.n_parameters - 2
    assert fit.bic() == -2.0 * fit.log_likelihood + fit.n_parameters * np.log(150)
    assert fit.log_likelihood < free.log_likelihood
    assert "equal weights" in str(fit)
    assert "equal weights" not in str(free)


CASES = [
    pytest.param(record, key, id=f"{record['start']}.{key}")
    for file in sorted((HERE / "equal_proportions").glob("*.json"))
    for record in [json.loads(file.read_text())]
    for key in record["results"]
    if any(key.split("_")[0] in (family.code, family.code[0]) for family in FAMILIES)
]


@pytest.mark.parametrize(("record", "key"), CASES)
def test_passes_are_mclust_s(
    record: dict[str, Any], key: str, request: pytest.FixtureRequest
) -> None:
    """Assert that the log-likelihood of each of ten passes agrees, and of the limit."""
    x = request.getfixturevalue(record["dataset"])
    family, k = key.split("_")
    labels = json.loads((HERE / "fixed_start" / f"{record['start']}.json").read_text())["labels"][k]
    options: dict[str, Any] = {"starts": np.array(labels) - 1, "equal_weights": True}
    expected = record["results"][key]
    with pytest.warns(NotConvergedWarning):
        fit = drumlin.fit(x, int(k), family, tol=0, max_iter=10, acceleration="none", **options)
    np.testing.assert_allclose(fit.log_likelihoods, expected["trace"], rtol=1e-11)
    limit = drumlin.fit(x, int(k), family, tol=1e-7, max_iter=5000, **options)
    assert limit.log_likelihood == pytest.approx(expected["limit"], rel=1e-9)


@each_family
def test_known_labels_give_the_closed_form(family: Family) -> None:
    """Assert one pass, ℓ = Σ log (1/k) N(x; μ_z, Σ_z), and the means of the classes."""
    x, labels = three_groups(np.random.default_rng(3))
    fit = drumlin.fit(x, 3, family, labels=labels, equal_weights=True)
    assert len(fit.log_likelihoods) == 1
    joint = fit.mixture.log_joint(x)[np.arange(150), labels]
    assert fit.log_likelihood == pytest.approx(joint.sum(), rel=1e-13)
    free = drumlin.fit(x, 3, family, labels=labels)
    gap = np.log(free.mixture.weights * 3.0)[labels].sum()
    assert free.log_likelihood - fit.log_likelihood == pytest.approx(gap, rel=1e-10)


def test_the_search_keeps_them_too() -> None:
    """Assert that splits, merges and every kind of start end in equal weights, above labels'."""
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(5), 60)
    x = 0.5 * rng.normal(size=(300, 2)) + 3.0 * rng.normal(size=(5, 2))[labels]
    fit = drumlin.fit(x, 5, equal_weights=True, rng=0)
    known = drumlin.fit(x, 5, equal_weights=True, starts=labels)
    assert (fit.mixture.weights == 0.2).all()
    assert fit.log_likelihood > known.log_likelihood - 1e-2


def test_growing_subsamples_keep_them_too() -> None:
    """Assert it for more rows than a run from a given start begins with."""
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=70_000), rng.normal(size=50_000) + 2.5])
    stages: set[str] = set()
    seen: set[float] = set()

    def look(iteration: Iteration) -> None:
        stages.add(iteration.stage)
        seen.update(iteration.mixture.weights)

    fit = drumlin.fit(
        x, 2, equal_weights=True, starts=(x > 1.25).astype(int), observers=[look], tol=1.0
    )
    assert stages == {"subsample", "full"}
    assert seen == {0.5}
    assert fit.n_parameters == 4


def test_a_start_with_other_weights_begins_with_an_m_step() -> None:
    """Assert that no pass is made with the weights of a given mixture, but with its components."""
    x, labels = three_groups(np.random.default_rng(6))
    free = drumlin.fit(x, 3, starts=labels)
    seen: list[Iteration] = []
    options: dict[str, Any] = {"equal_weights": True, "observers": [seen.append]}
    first = drumlin.fit(x, 3, starts=free.mixture, **options)
    assert (seen[0].mixture.weights == 1.0 / 3.0).all()
    on = len(seen)
    again = drumlin.fit(x, 3, starts=first.mixture, **options)
    assert seen[on].mixture == first.mixture  # it is held as it is
    assert again.log_likelihood >= first.log_likelihood


@each_family
def test_weights_of_rows_are_repeated_rows(family: Family) -> None:
    """Assert that sample weights remain counts."""
    rng = np.random.default_rng(7)
    x, labels = three_groups(rng)
    weight = rng.integers(1, 4, size=150)
    options: dict[str, Any] = {"equal_weights": True, "acceleration": "none", "max_iter": 5000}
    got = drumlin.fit(x, 3, family, sample_weight=weight, starts=labels, **options)
    repeated, names = np.repeat(x, weight, axis=0), np.repeat(labels, weight)
    want = drumlin.fit(repeated, 3, family, starts=names, **options)
    assert_same_mixture(got.mixture, want.mixture, 1e-8)


def test_one_component_has_no_weight_to_save() -> None:
    """Assert that k = 1 is what it is without the option."""
    x, _ = three_groups(np.random.default_rng(8))
    equal, free = (drumlin.fit(x, 1, equal_weights=answer) for answer in (True, False))
    assert equal.mixture == free.mixture
    assert equal.bic() == free.bic()


def test_an_empty_component_keeps_its_weight() -> None:
    """Assert that mass zero is no trouble: the weight is not estimated."""
    x = np.concatenate([np.zeros(30), np.ones(30)]) + np.linspace(0, 0.1, 60)
    start = drumlin.Mixture.from_arrays([0.5, 0.5], [0.5, 1e6], [1.0, 1.0])
    problem = problem_of(x[:, None], "full", equal_weights=True)
    step = maximise(expect(start, problem), problem)
    for iteration in islice(iterates(step, problem), 3):
        np.testing.assert_array_equal(iteration.mixture.weights, [0.5, 0.5])
        assert np.isfinite(iteration.log_likelihood)
        assert not iteration.healthy


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_a_file_tells(suffix: str, tmp_path: Path) -> None:
    """Assert that the fact is kept, and that a file without it means estimated weights."""
    x, labels = three_groups(np.random.default_rng(9))
    for answer in (True, False):
        fit = drumlin.fit(x, 3, labels=labels, equal_weights=answer)
        storage.save(fit, tmp_path / f"m{suffix}")
        facts = storage.read(tmp_path / f"m{suffix}").facts
        assert facts is not None
        assert facts.equal_weights is answer
        assert facts.bic() == fit.bic()
    old = storage.read(HERE.parent / "golden" / f"fit{suffix}").facts
    assert old is not None
    assert old.equal_weights is False


@pytest.mark.parametrize("answer", [1, 0, "yes", None])
def test_anything_but_yes_or_no_is_refused(answer: Any) -> None:
    """Assert that weights given here by mistake are told apart."""
    with pytest.raises(InvalidParameterError, match="equal_weights is"):
        drumlin.fit(np.arange(10.0), 2, equal_weights=answer)
