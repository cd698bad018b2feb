"""What a caller may give to drumlin.fit: starts, known labels, sample weights; who numbers them."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import drumlin
from drumlin.em import Iteration, Outcome
from drumlin.errors import DrumlinWarning, InvalidParameterError
from tests.ingredients import EVERY_FAMILY

Groups = tuple[np.ndarray, np.ndarray]


@pytest.mark.parametrize("starts", [1, 2, 5, 12, np.int64(3)])
def test_a_number_of_starts(groups: Groups, starts: int) -> None:
    """Assert that so many starts are made, each reported with its name and what became of it.

    Seven components in three groups: the starts do not agree.
    """
    fitted = drumlin.fit(groups[0], 7, rng=1, starts=starts)
    later = ("split", "reseeded", "rearranged")
    short = [run for run in fitted.runs if not any(name in run.start for name in later)]
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


@pytest.fixture(params=EVERY_FAMILY)
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
    }.get(family_name)  # the other families: tests/laws/test_closed_forms.py
    if wanted is not None:
        got = fitted.mixture.covariance.matrices()
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-13)
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
    assert weighted.total_weight == repeated.total_weight == weight.sum()
    assert weighted.bic() == pytest.approx(repeated.bic(), rel=1e-11)
    assert weighted.icl() == pytest.approx(repeated.icl(), rel=1e-9)
    np.testing.assert_allclose(weighted.mixture.means, repeated.mixture.means, rtol=1e-8)


def test_a_starting_mixture_of_other_columns_is_refused() -> None:
    """Assert that columns of a starting mixture and of the data must agree, in order too."""
    frame = pd.DataFrame({"a": [0.0, 1.0, 5.0, 6.0], "b": [0.0, 2.0, 9.0, 7.0]})
    start = drumlin.Mixture.from_arrays(
        [0.5, 0.5], [[0, 0], [5, 8]], [1.0, 1.0], "spherical", feature_names=["b", "a"]
    )
    with pytest.raises(InvalidParameterError, match="starts has the columns b, a, the data a, b"):
        drumlin.fit(frame, 2, starts=start)


@pytest.mark.parametrize("family", ["tied", "diag", "spherical"])
@pytest.mark.parametrize("max_iter", [1, 1000])
def test_a_start_outside_the_family_is_brought_into_it(family: str, max_iter: int) -> None:
    """Assert that the answer is of the family asked for, and its log-likelihood never falls."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    x[:150] = 4.0 + 2.0 * x[:150]
    start = drumlin.fit(x, 2, "full", rng=0).mixture
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)  # one pass does not converge
        fitted = drumlin.fit(x, 2, family, starts=start, max_iter=max_iter)
    assert fitted.mixture.covariance.name == family
    assert fitted.outcome is (Outcome.CONVERGED if max_iter > 1 else Outcome.REACHED_LIMIT)


def test_a_start_below_the_floor_is_lifted(groups: Groups) -> None:
    """Assert that a component narrower than the floor allows does not make the fit fall."""
    x = groups[0]
    start = drumlin.Mixture.from_arrays(
        [0.004, 0.996], [x[0], x.mean(axis=0)], [1e-30, x.var(axis=0).mean()], "spherical"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)  # a component on the floor
        fitted = drumlin.fit(x, 2, "spherical", starts=start)
    assert fitted.outcome is Outcome.CONVERGED
