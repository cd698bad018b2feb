"""drumlin.fit: what it promises of seeds and observers, and its report."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin.backends import ReferenceBackend
from drumlin.em import Iteration, Outcome
from drumlin.errors import DrumlinWarning, InvalidParameterError
from tests.ingredients import EVERY_FAMILY

Groups = tuple[np.ndarray, np.ndarray]


@pytest.fixture(params=EVERY_FAMILY)
def family_name(request: pytest.FixtureRequest) -> str:
    """Each family in turn."""
    return str(request.param)


def test_old_faithful(faithful: np.ndarray) -> None:
    """Assert the published maximum: −1130.264 nats with two full components."""
    fitted = drumlin.fit(faithful, 2, rng=0)
    assert fitted.log_likelihood == pytest.approx(-1130.26396, abs=1e-3)
    np.testing.assert_allclose(fitted.mixture.weights, [0.6441, 0.3559], atol=1e-3)


# --- seeds ------------------------------------------------------------------------------------


def test_a_seed_reproduces_the_fit(groups: Groups) -> None:
    """Assert that a seed gives the same bits again, also as the seed that the Fit reports."""
    first = drumlin.fit(groups[0], 3, rng=7)
    assert first.seed == 7
    for rng in (7, first.seed):
        again = drumlin.fit(groups[0], 3, rng=rng)
        assert again.log_likelihoods == first.log_likelihoods
        assert again.mixture == first.mixture
        assert again.runs == first.runs


def test_no_seed_draws_one_and_reports_it(groups: Groups) -> None:
    """Assert that two fits without a seed draw different ones, which reproduce them."""
    one, two = drumlin.fit(groups[0], 3), drumlin.fit(groups[0], 3)
    assert one.seed is not None
    assert one.seed != two.seed
    again = drumlin.fit(groups[0], 3, rng=one.seed)
    assert again.runs == one.runs


def test_a_generator_is_used_and_moved_on(groups: Groups) -> None:
    """Assert that a generator is drawn from: equal states give equal fits, and no seed is known."""
    generator = np.random.default_rng(5)
    first = drumlin.fit(groups[0], 5, rng=generator)
    second = drumlin.fit(groups[0], 5, rng=generator)
    assert first.seed is None
    assert first.runs == drumlin.fit(groups[0], 5, rng=np.random.default_rng(5)).runs
    assert [run.short_log_likelihood for run in second.runs] != [
        run.short_log_likelihood for run in first.runs
    ]


def test_global_random_state_is_left_alone(groups: Groups) -> None:
    """Assert that neither a fit nor a sample touches NumPy's global generator."""
    before = np.random.get_state()[1].tobytes()  # type: ignore[index]  # noqa: NPY002
    drumlin.fit(groups[0], 2).mixture.sample(5)
    assert np.random.get_state()[1].tobytes() == before  # type: ignore[index]  # noqa: NPY002


# --- observers --------------------------------------------------------------------------------


def test_observers_see_every_pass_with_its_own_likelihood(groups: Groups) -> None:
    """Assert that run, stage and index are told, and that ℓ belongs to the mixture beside it."""
    x, _ = groups
    seen: list[Iteration] = []
    fitted = drumlin.fit(x, 3, rng=1, observers=[seen.append])
    assert {iteration.stage for iteration in seen} == {"full"}  # short runs see all of so few rows
    assert {iteration.run for iteration in seen} >= set(range(5))
    for iteration in seen[:: max(1, len(seen) // 50)]:
        assert iteration.log_likelihood == pytest.approx(
            float(iteration.mixture.log_density(x).sum()), rel=1e-11
        )
        assert iteration.mass.sum() == pytest.approx(len(x), rel=1e-12)
    starts = [i for i in range(len(seen)) if seen[i].index == 0]
    for begin, end in zip(starts, [*starts[1:], len(seen)], strict=True):
        part = seen[begin:end]
        assert [iteration.index for iteration in part] == list(range(end - begin))
        assert len({(iteration.run, iteration.stage) for iteration in part}) == 1
    assert fitted.log_likelihood in [i.log_likelihood for i in seen if i.run == fitted.chosen]


def test_observers_of_large_data_see_the_subsample(groups: Groups) -> None:
    """Assert that with more rows than the subsample, the stages come in their order."""
    x = np.tile(groups[0], (12, 1)) + np.random.default_rng(52).normal(size=(3000, 2)) * 2.0
    stages: list[str] = []
    fitted = drumlin.fit(x, 3, rng=1, starts=3, observers=[lambda i: stages.append(i.stage)])
    order = [stage for i, stage in enumerate(stages) if i == 0 or stages[i - 1] != stage]
    assert order[0] == "start"
    assert order[-1] == "full"
    assert "subsample" in order
    assert len(fitted.log_likelihoods) <= stages.count("full")
    assert fitted.log_likelihood == pytest.approx(
        float(fitted.mixture.log_density(x).sum()), rel=1e-12
    )


def test_several_observers_are_called_in_turn(groups: Groups) -> None:
    """Assert that all observers see the same iterations."""
    one: list[Any] = []
    two: list[Any] = []
    drumlin.fit(groups[0], 2, rng=1, starts=1, observers=(one.append, two.append))
    assert len(one) == len(two) > 0
    assert all(a is b for a, b in zip(one, two, strict=True))


# --- the report -------------------------------------------------------------------------------


def test_criteria_are_their_formulas(groups: Groups, family_name: str) -> None:
    """Assert aic, bic and icl from ℓ, the number of parameters, n and the responsibilities."""
    x, _ = groups
    fitted = drumlin.fit(x, 3, family_name, rng=0)
    covariance = {
        "EII": 1, "VII": 3, "EEI": 2, "VEI": 4, "EVI": 4, "VVI": 6, "EEE": 3,
        "VEE": 5, "EVE": 5, "VVE": 7, "EEV": 5, "VEV": 7, "EVV": 7, "VVV": 9,
    }[family_name]  # fmt: skip
    assert fitted.n_parameters == 2 + 6 + covariance
    total = float(fitted.mixture.log_density(x).sum())
    assert fitted.log_likelihood == pytest.approx(total, rel=1e-12)
    assert fitted.aic() == pytest.approx(-2 * total + 2 * fitted.n_parameters)
    assert fitted.bic() == pytest.approx(-2 * total + fitted.n_parameters * np.log(250))
    largest = fitted.mixture.responsibilities(x).max(axis=1)
    assert fitted.icl() == pytest.approx(fitted.bic() - 2 * np.log(largest).sum())
    assert fitted.icl() >= fitted.bic()


def test_known_labels_cost_nothing(groups: Groups) -> None:
    """Assert that rows of known label add nothing to ICL: their responsibilities are one-hot."""
    x, labels = groups
    known = drumlin.fit(x, 3, labels=labels)
    assert known.icl() == known.bic()
    part = np.where(np.arange(250) % 2 == 0, labels, -1)
    fitted = drumlin.fit(x, 3, labels=part, sample_weight=np.full(250, 2.0))
    largest = fitted.mixture.responsibilities(x[part < 0]).max(axis=1)
    assert fitted.icl() - fitted.bic() == pytest.approx(-2.0 * 2.0 * np.log(largest).sum())


def test_the_record_of_a_fit(groups: Groups) -> None:
    """Assert what the fields of a Fit hold."""
    x, _ = groups
    fitted = drumlin.fit(x, 3, "diag", rng=0)
    assert (fitted.n_samples, fitted.total_weight, fitted.healthy) == (250, 250.0, True)
    assert fitted.family.code == "VVI"
    assert fitted.outcome is Outcome.CONVERGED
    assert fitted.notes == ()
    path = np.array(fitted.log_likelihoods)
    assert (np.diff(path) > -64 * 2.2e-16 * (abs(path[-1]) + 250)).all()
    assert fitted.runs[fitted.chosen].passes == len(path)


def test_a_fit_prints_as_a_table(faithful: np.ndarray) -> None:
    """Assert that the table has a line per component and says which way is better."""
    text = str(drumlin.fit(faithful, 2, rng=0))
    lines = text.splitlines()
    assert lines[0].split() == ["component", "weight", "x1", "x2"]
    assert lines[1].split()[:2] == ["1", "0.6441"]
    assert lines[2].split()[:2] == ["2", "0.3559"]
    for part in (
        "full (VVV), 11 free parameters",
        "272 rows, 2 columns",
        "-1130.26 nats in total",
        "BIC",
        "AIC",
        "ICL",
        "(lower is better)",
        "converged: about",
        "over all rows",
        "full passes",
        "started",
        "health",
        "seed            0",
    ):
        assert part in text
    assert max(map(len, lines)) < 120


def test_long_tables_are_cut() -> None:
    """Assert that thirty components of twelve columns print on one page, which says what is cut."""
    rng = np.random.default_rng(56)
    x = 100.0 * rng.integers(0, 30, size=(900, 1)) + rng.normal(size=(900, 12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        text = str(drumlin.fit(x, 30, "spherical", rng=0, starts=1, max_iter=5))
    assert "and 10 more components" in text
    assert "and 4 more columns" in text
    assert len(text.splitlines()) < 40


@pytest.mark.parametrize(
    ("name", "code"),
    [("full", "VVV"), ("tied", "EEE"), ("diag", "VVI"), ("spherical", "VII")],
)
def test_families_go_by_either_name(groups: Groups, name: str, code: str) -> None:
    """Assert that the word and the three letters mean the same family."""
    x, labels = groups
    one, two = (drumlin.fit(x, 3, family, starts=labels) for family in (name, code))
    assert one.mixture == two.mixture
    assert drumlin.fit(x, 3, one.family, starts=labels).mixture == one.mixture


def test_one_letter_in_one_dimension(galaxies: np.ndarray) -> None:
    """Assert that V and E are full and tied when d = 1."""
    for letter, name in (("V", "full"), ("E", "tied")):
        one, two = (drumlin.fit(galaxies, 3, family, rng=0) for family in (letter, name))
        assert one.mixture == two.mixture
    with pytest.raises(InvalidParameterError):
        drumlin.fit(np.ones((3, 2)), 1, "E")


@pytest.mark.native
def test_the_backends_agree(groups: Groups, family_name: str) -> None:
    """Assert that the compiled core follows the reference through a whole fit."""
    x, labels = groups
    start = np.where(np.arange(250) % 5 == 0, 0, labels)
    native = drumlin.fit(x, 3, family_name, starts=start, backend="native")
    oracle = drumlin.fit(x, 3, family_name, starts=start, backend=ReferenceBackend())
    assert len(native.log_likelihoods) == len(oracle.log_likelihoods)
    np.testing.assert_allclose(native.log_likelihoods, oracle.log_likelihoods, rtol=1e-12)
    np.testing.assert_allclose(native.mixture.means, oracle.mixture.means, rtol=1e-8)
