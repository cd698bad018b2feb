"""drumlin.fit: what it promises of seeds, starts, labels, weights, observers, and its report."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin.backends import ReferenceBackend
from drumlin.em import Iteration
from drumlin.errors import DrumlinWarning, InvalidParameterError
from drumlin.stopping import Outcome
from tests.hostile.conftest import FAMILIES


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    """x (250, 2) in three groups of 120, 80 and 50, and their labels."""
    rng = np.random.default_rng(51)
    labels = np.repeat([0, 1, 2], [120, 80, 50])
    centres = np.array([[0.0, 0.0], [6.0, 1.0], [2.0, 7.0]])
    return rng.normal(size=(250, 2)) + centres[labels], labels


Groups = tuple[np.ndarray, np.ndarray]


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
    first = drumlin.fit(groups[0], 3, rng=generator)
    second = drumlin.fit(groups[0], 3, rng=generator)
    assert first.seed is None
    assert first.runs == drumlin.fit(groups[0], 3, rng=np.random.default_rng(5)).runs
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
    assert {iteration.stage for iteration in seen} <= {"start", "subsample", "full"}
    assert {iteration.run for iteration in seen} >= set(range(10))
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


# --- starts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("starts", [1, 2, 5, 12, np.int64(3)])
def test_a_number_of_starts(groups: Groups, starts: int) -> None:
    """Assert that so many starts are made, each reported with its name and what became of it."""
    fitted = drumlin.fit(groups[0], 3, rng=1, starts=starts)
    short = [run for run in fitted.runs if "split" not in run.start and "reseed" not in run.start]
    assert len(short) == starts
    assert fitted.runs[fitted.chosen].log_likelihood == pytest.approx(fitted.log_likelihood)
    for run in fitted.runs:
        assert run.start
        assert (run.log_likelihood is None) == (run.outcome is None) == (run.reason == "")
    finished = [run for run in fitted.runs if run.log_likelihood is not None]
    assert fitted.log_likelihood >= max(
        run.log_likelihood or 0.0 for run in finished if run.healthy
    )


def test_starts_of_every_kind_begin_at_the_same_place(groups: Groups, family_name: str) -> None:
    """Assert that labels, one-hot responsibilities and the mixture they give start alike."""
    x, labels = groups
    rough = np.where(np.arange(250) % 5 == 0, (labels + 1) % 3, labels)
    by_labels = drumlin.fit(x, 3, family_name, starts=rough)
    by_hard = drumlin.fit(x, 3, family_name, starts=np.eye(3)[rough])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        first = drumlin.fit(x, 3, family_name, starts=rough, max_iter=1)
    by_mixture = drumlin.fit(x, 3, family_name, starts=first.mixture)
    for other in (by_hard, by_mixture):
        np.testing.assert_allclose(
            other.log_likelihoods[0], by_labels.log_likelihoods[0], rtol=1e-12
        )
        assert other.log_likelihood == pytest.approx(by_labels.log_likelihood, rel=1e-10)
    assert first.log_likelihoods == by_labels.log_likelihoods[:1]


@pytest.fixture(params=FAMILIES)
def family_name(request: pytest.FixtureRequest) -> str:
    """Each family in turn."""
    return str(request.param)


def test_soft_responsibilities_begin_with_their_m_step(groups: Groups) -> None:
    """Assert that the first mixture has the weighted means of the given responsibilities."""
    x, labels = groups
    soft = 0.8 * np.eye(3)[labels] + 0.2 / 3.0
    seen: list[Iteration] = []
    drumlin.fit(x, 3, starts=soft, observers=[seen.append])
    np.testing.assert_allclose(seen[0].mixture.weights, soft.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        seen[0].mixture.means, soft.T @ x / soft.sum(axis=0)[:, None], rtol=1e-11
    )


def test_a_start_may_leave_rows_unlabelled(groups: Groups) -> None:
    """Assert that rows of label −1 in a start are left out of its first M-step only."""
    x, labels = groups
    part = np.where(np.arange(250) % 2 == 0, labels, -1)
    seen: list[Iteration] = []
    fitted = drumlin.fit(x, 3, starts=part, observers=[seen.append])
    means = [x[part == j].mean(axis=0) for j in range(3)]
    np.testing.assert_allclose(seen[0].mixture.means, means, rtol=1e-11)
    assert fitted.log_likelihood == pytest.approx(
        float(fitted.mixture.log_density(x).sum()), rel=1e-12
    )


# --- identities -------------------------------------------------------------------------------


def test_components_come_in_order_unless_they_have_an_identity(groups: Groups) -> None:
    """Assert decreasing weights by default; labels and given starts keep the caller's numbers."""
    x, labels = groups
    assert (np.diff(drumlin.fit(x, 3, rng=3).mixture.weights) < 0).all()
    numbered = 2 - labels  # the smallest group is number 0
    default = drumlin.fit(x, 3, starts=numbered)
    assert (np.diff(default.mixture.weights) > 0).all()
    for options in (
        {"labels": numbered},
        {"starts": np.eye(3)[numbered]},
        {"starts": default.mixture},
        {"labels": np.where(np.arange(250) % 3, numbered, -1)},
    ):
        mixture = drumlin.fit(x, 3, **options).mixture
        assert (np.diff(mixture.weights) > 0).all(), list(options)


def test_ties_are_ordered_by_the_first_mean() -> None:
    """Assert that components of equal weight are ordered by the first coordinate of the mean."""
    half = np.random.default_rng(53).normal(size=(50, 2))
    x = np.concatenate([half + 20.0, half, half - 20.0])
    for seed in range(3):
        fitted = drumlin.fit(x, 3, "tied", rng=seed)
        assert fitted.mixture.weights == pytest.approx(1.0 / 3.0, abs=1e-9)
        found = np.sort(fitted.mixture.means[:, 0])
        if np.ptp(fitted.mixture.weights) == 0.0:
            np.testing.assert_array_equal(fitted.mixture.means[:, 0], found)


# --- labels and weights -----------------------------------------------------------------------


def test_known_labels_are_the_closed_form(groups: Groups, family_name: str) -> None:
    """Assert that all labels known give group shares, means and covariances, in one pass."""
    x, labels = groups
    fitted = drumlin.fit(x, 3, family_name, labels=labels)
    assert fitted.outcome is Outcome.CONVERGED
    assert len(fitted.log_likelihoods) == len(fitted.runs) == 1
    assert "closed form" in fitted.reason
    np.testing.assert_allclose(fitted.mixture.weights, [120 / 250, 80 / 250, 50 / 250], rtol=1e-13)
    parts = [x[labels == j] for j in range(3)]
    np.testing.assert_allclose(fitted.mixture.means, [p.mean(axis=0) for p in parts], rtol=1e-12)
    each = np.stack([np.cov(part.T, bias=True) for part in parts])
    shares = fitted.mixture.weights
    wanted = {
        "full": each,
        "tied": np.repeat(np.einsum("j,jab->ab", shares, each)[None], 3, axis=0),
        "diag": each * np.eye(2),
        "spherical": np.einsum("jaa->j", each)[:, None, None] / 2.0 * np.eye(2),
    }[family_name]
    np.testing.assert_allclose(fitted.mixture.covariance.matrices(), wanted, rtol=1e-11, atol=1e-13)
    joint = fitted.mixture.log_joint(x)[np.arange(250), labels].sum()
    assert fitted.log_likelihood == pytest.approx(joint, rel=1e-12)


def test_partly_known_labels(groups: Groups) -> None:
    """Assert that known rows count log p(x, z), unknown ones log p(x), and ℓ never falls."""
    x, labels = groups
    known = np.where(np.random.default_rng(54).random(250) < 0.3, labels, -1)
    fitted = drumlin.fit(x, 3, labels=known)
    joint = fitted.mixture.log_joint(x)
    rows = known >= 0
    total = joint[rows, known[rows]].sum() + fitted.mixture.log_density(x)[~rows].sum()
    assert fitted.log_likelihood == pytest.approx(total, rel=1e-12)
    assert (np.diff(fitted.log_likelihoods) > -1e-9).all()
    assert fitted.outcome is Outcome.CONVERGED


def test_a_wrong_known_label_is_believed(groups: Groups) -> None:
    """Assert that a known label is kept against the evidence: its row pulls the mean."""
    x, labels = groups
    known = np.where(np.arange(250) % 2 == 0, labels, -1)
    wrong = known.copy()
    wrong[0] = 2
    right_fit = drumlin.fit(x, 3, labels=known)
    wrong_fit = drumlin.fit(x, 3, labels=wrong)
    pull = (x[0] - right_fit.mixture.means[2]) / 51.0
    moved = wrong_fit.mixture.means[2] - right_fit.mixture.means[2]
    np.testing.assert_allclose(moved, pull, rtol=0.1)


def test_labels_of_rows_without_weight_do_not_count(groups: Groups) -> None:
    """Assert that with all labels of positive weight known, the fit is the closed form of those."""
    x, labels = groups
    weight = np.where(np.arange(250) % 4 == 0, 0.0, 1.0)
    known = np.where(weight > 0, labels, -1)
    fitted = drumlin.fit(x, 3, labels=known, sample_weight=weight)
    only = drumlin.fit(x[weight > 0], 3, labels=labels[weight > 0])
    assert len(fitted.log_likelihoods) == 1
    assert fitted.log_likelihood == pytest.approx(only.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(fitted.mixture.means, only.mixture.means, rtol=1e-12)


def test_weights_are_repeated_rows(groups: Groups, family_name: str) -> None:
    """Assert that integer weights fit as repeated rows, from the same start."""
    x, labels = groups
    weight = np.random.default_rng(55).integers(0, 4, size=250)
    weighted = drumlin.fit(x, 3, family_name, sample_weight=weight, starts=labels)
    repeated = drumlin.fit(
        np.repeat(x, weight, axis=0), 3, family_name, starts=np.repeat(labels, weight)
    )
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-11)
    assert weighted.count == repeated.count == weight.sum()
    assert weighted.bic() == pytest.approx(repeated.bic(), rel=1e-11)
    assert weighted.icl() == pytest.approx(repeated.icl(), rel=1e-9)
    np.testing.assert_allclose(weighted.mixture.means, repeated.mixture.means, rtol=1e-8)


# --- the report -------------------------------------------------------------------------------


def test_criteria_are_their_formulas(groups: Groups, family_name: str) -> None:
    """Assert aic, bic and icl from ℓ, the number of parameters, n and the responsibilities."""
    x, _ = groups
    fitted = drumlin.fit(x, 3, family_name, rng=0)
    covariance = {"full": 9, "tied": 3, "diag": 6, "spherical": 3}[family_name]
    assert fitted.n_parameters == 2 + 6 + covariance
    total = float(fitted.mixture.log_density(x).sum())
    assert fitted.log_likelihood == pytest.approx(total, rel=1e-12)
    assert fitted.aic() == pytest.approx(-2 * total + 2 * fitted.n_parameters)
    assert fitted.bic() == pytest.approx(-2 * total + fitted.n_parameters * np.log(250))
    largest = fitted.mixture.responsibilities(x).max(axis=1)
    assert fitted.icl() == pytest.approx(fitted.bic() - 2 * np.log(largest).sum())
    assert fitted.icl() >= fitted.bic()


def test_the_record_of_a_fit(groups: Groups) -> None:
    """Assert what the fields of a Fit hold."""
    x, _ = groups
    fitted = drumlin.fit(x, 3, "diag", rng=0)
    assert (fitted.n_samples, fitted.count, fitted.healthy) == (250, 250.0, True)
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
        "converged after",
        "started",
        "health",
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
