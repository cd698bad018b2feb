"""Known labels: laws of `discriminate`, and its agreement with scikit-learn."""

from __future__ import annotations

import pickle
import signal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import drumlin
from drumlin import Mixture
from drumlin._types import Array
from drumlin.classifier import Classifier
from drumlin.covariance import FAMILIES
from drumlin.discriminant.validation import Fold, stratified_folds
from drumlin.em import Outcome
from drumlin.errors import (
    InterruptedWarning,
    InvalidDataError,
    InvalidParameterError,
    NotConvergedWarning,
    UnhealthyFitWarning,
)

CODES = [family.code for family in FAMILIES]


@pytest.fixture
def named(groups: tuple[Array, Array]) -> tuple[Array, Array]:
    """x (125, 2) and the names of three overlapping groups."""
    x, labels = (part[::2] for part in groups)
    noise = np.random.default_rng(1).normal(size=x.shape)
    return 0.6 * x + noise, np.array(["b", "a", "c"])[labels]


def test_tied_is_linear_discriminant_analysis(iris: Array) -> None:
    """Assert that means, covariance, priors and probabilities are those of scikit-learn's LDA."""
    lda = pytest.importorskip("sklearn.discriminant_analysis").LinearDiscriminantAnalysis
    y = np.repeat([0, 1, 2], [50, 50, 50])[:140]
    other = lda(solver="lsqr", store_covariance=True).fit(iris[:140], y)
    rule = drumlin.discriminate(iris[:140], y, "tied").classifier
    np.testing.assert_allclose(rule.priors, other.priors_, rtol=1e-13)
    np.testing.assert_allclose(
        np.concatenate([m.means for m in rule.mixtures]), other.means_, rtol=1e-13
    )
    np.testing.assert_allclose(
        rule.mixtures[1].covariance.matrices()[0], other.covariance_, rtol=1e-12
    )
    np.testing.assert_allclose(
        rule.probabilities(iris), other.predict_proba(iris), rtol=1e-8, atol=1e-12
    )


def test_full_is_quadratic_discriminant_analysis(iris: Array) -> None:
    """Assert that the covariances are scikit-learn's, which in old versions divides by n − 1."""
    qda = pytest.importorskip("sklearn.discriminant_analysis").QuadraticDiscriminantAnalysis
    y = np.repeat(["s", "v", "w"], 50)
    other = qda(store_covariance=True).fit(iris, y)
    rule = drumlin.discriminate(iris, y, "full").classifier
    for mixture, matrix in zip(rule.mixtures, other.covariance_, strict=True):
        own = mixture.covariance.matrices()[0]
        divisor = round(50 * own[0, 0] / matrix[0, 0])
        assert divisor in (49, 50)
        np.testing.assert_allclose(own * 50 / divisor, matrix, rtol=1e-12)
    np.testing.assert_array_equal(rule.classes, other.classes_)


@pytest.mark.parametrize("family", CODES)
def test_the_log_likelihood_is_that_of_rows_and_classes(family: str, named: Any) -> None:
    """Assert that ℓ from the moments is the sum of log π_z + log p(x | z) over the rows."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, family)
    codes = np.searchsorted(fit.classifier.classes, labels)
    found = fit.classifier.log_joint(x)[np.arange(len(x)), codes].sum()
    assert fit.log_likelihood == pytest.approx(found, rel=1e-12)
    assert fit.n_parameters == fit.families[0].n_parameters(3, 2)


@pytest.mark.parametrize("family", CODES)
def test_leaving_out_equals_fitting_again(family: str, named: Any) -> None:
    """Assert that moments minus some rows give what a fit without these rows gives."""
    x, labels = named
    x = 1e3 + x
    fit = drumlin.discriminate(x, labels, family, rng=0)
    for folds in (5, "loo"):
        validation = fit.cross_validate(x, labels, folds)
        for f in (0, 3):
            held = validation.folds == f
            again = drumlin.discriminate(x[~held], labels[~held], family)
            np.testing.assert_allclose(
                validation.probabilities[held], again.classifier.probabilities(x[held]),
                rtol=1e-6, atol=1e-9,
            )  # fmt: skip


def test_leaving_out_counts_weights(named: Any) -> None:
    """Assert that folds of weighted rows are those of a weighted fit to the others."""
    x, labels = named
    weight = np.random.default_rng(3).uniform(0.2, 3.0, size=len(x))
    fit = drumlin.discriminate(x, labels, sample_weight=weight, rng=0)
    validation = fit.cross_validate(x, labels, 4, sample_weight=weight)
    held = validation.folds == 1
    rest = drumlin.discriminate(x[~held], labels[~held], sample_weight=weight[~held])
    np.testing.assert_allclose(
        validation.probabilities[held], rest.classifier.probabilities(x[held]), rtol=1e-9
    )
    wrong = validation.labels != labels
    assert validation.error == pytest.approx(weight[wrong].sum() / weight.sum(), rel=1e-12)


def test_rows_of_the_confusion_table_are_the_truth(named: Any) -> None:
    """Assert that entry (i, j) counts rows of class i decided for as class j."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, "spherical", costs={("a", "b"): 30.0})
    decided = fit.classifier.labels(x)
    names = fit.classifier.classes
    expected = [[((labels == i) & (decided == j)).sum() for j in names] for i in names]
    np.testing.assert_array_equal(fit.training.confusion, expected)
    assert not np.array_equal(fit.training.confusion, fit.training.confusion.T)
    costs = fit.classifier.costs
    assert fit.training.cost == pytest.approx((np.array(expected) * costs).sum() / len(x))


def test_folds_within_folds(named: Any) -> None:
    """Assert that the choice by error, made anew in a fold, does not see the rows held out."""
    x, labels = named
    labels = np.where(np.arange(len(x)) % 4 == 0, np.roll(labels, 7), labels)
    fit = drumlin.discriminate(x, labels, "all", criterion="error", rng=0)
    validation = fit.cross_validate(x, labels, 4)
    for f in range(4):
        held = validation.folds == f
        rest = drumlin.discriminate(x[~held], labels[~held], "all", criterion="error", rng=0)
        np.testing.assert_allclose(
            validation.probabilities[held], rest.classifier.probabilities(x[held]), atol=1e-6
        )


@pytest.mark.filterwarnings("ignore::drumlin.errors.UnhealthyFitWarning")
@pytest.mark.parametrize("priors", [None, [0.3, 0.3, 0.4]])
@pytest.mark.parametrize("n_components", [None, 1])
@pytest.mark.parametrize("far", [4.0, 400.0])
def test_a_class_without_rows_is_not_decided_for(
    n_components: int | None, priors: Any, far: float, named: Any
) -> None:
    """Assert it where the only row of a class is left out, near or far, its prior given or not.

    Its place and its class would else be known from itself.
    """
    x, labels = np.concatenate([named[0], [[far, far]]]), np.append(named[1], "z")
    keep = labels != "c"
    x, labels = x[keep], labels[keep]
    fit = drumlin.discriminate(x, labels, "diag", n_components=n_components, priors=priors, rng=0)
    assert fit.classifier.labels(x[-1:]) == ["z"]
    validation = fit.cross_validate(x, labels, "loo")
    assert validation.probabilities[-1, 2] == 0.0
    assert validation.probabilities[-1].sum() == pytest.approx(1.0)
    assert validation.labels[-1] != "z"
    assert np.isfinite(validation.brier)


@pytest.mark.filterwarnings("ignore::drumlin.errors.DrumlinWarning")
def test_folds_of_mixtures_are_repeated() -> None:
    """Assert equal probabilities twice where fewer components must start anew, at random."""
    rng = np.random.default_rng(0)
    spots = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [6.0, 6.0], [3.0, 3.0], [9.0, 1.0]])
    x = np.concatenate([rng.normal(size=(20, 2)), spots])
    labels = np.repeat(["a", "b"], [20, 6])
    fit = drumlin.discriminate(x, labels, "spherical", n_components=6, rng=3)
    once, again = (fit.cross_validate(x, labels, "loo").probabilities for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_mixtures_are_cross_validated(named: Any) -> None:
    """Assert that the classes without a fold are fitted again, to what a fit there gives."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, "tied", n_components=2, tol=1e-9, rng=0)
    validation = fit.cross_validate(x, labels, 3)
    held = validation.folds == 1
    again = drumlin.discriminate(x[~held], labels[~held], "tied", n_components=2, tol=1e-9, rng=0)
    assert validation.complete
    found = validation.probabilities[held]
    expected = again.classifier.probabilities(x[held])
    assert np.abs(found - expected).mean() < 0.05  # another optimum may be near
    assert not np.allclose(found, fit.classifier.probabilities(x[held]), atol=1e-6)


def test_the_family_is_chosen_anew_in_each_fold(named: Any) -> None:
    """Assert that with several families a fold is decided by the choice without it."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, "all", rng=0)
    validation = fit.cross_validate(x, labels, 4)
    held = validation.folds == 2
    again = drumlin.discriminate(x[~held], labels[~held], "all")
    np.testing.assert_allclose(
        validation.probabilities[held], again.classifier.probabilities(x[held]), atol=1e-6
    )


@pytest.mark.parametrize("criterion", ["bic", "error"])
def test_the_best_family_is_chosen(criterion: str, named: Any) -> None:
    """Assert that the family chosen has the lowest BIC, or error of folds, of the healthy ones."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, "all", criterion=criterion, rng=0)
    assert len(fit.candidates) == len(FAMILIES)
    values = {c.family: getattr(c, criterion) for c in fit.candidates}
    assert values[fit.families[0].code] == min(values.values())
    if criterion == "error":
        alone = drumlin.discriminate(x, labels, fit.families[0], rng=0).cross_validate(x, labels)
        assert alone.error == values[fit.families[0].code]


def two(costs: Any = None, priors: Any = (0.5, 0.5)) -> Classifier:
    """N(0, 1) against N(2, 1)."""
    mixtures = [drumlin.Mixture.from_arrays([1.0], [mean], [1.0]) for mean in (0.0, 2.0)]
    return Classifier(np.array(["low", "high"]), priors, tuple(mixtures), costs)


@pytest.mark.parametrize("ratio", [0.01, 0.5, 3.0, 200.0])
def test_costs_and_priors_move_the_boundary(ratio: float) -> None:
    """Assert that the boundary is at 1 + ½ log r, r the ratio of costs or of priors."""
    boundary = 1.0 + 0.5 * np.log(ratio)
    x = boundary + np.array([-1e-6, 1e-6])
    for rule in (
        two([[0.0, ratio], [1.0, 0.0]]),
        two({("low", "high"): ratio}),
        two(priors=(ratio / (1 + ratio), 1 / (1 + ratio))),
    ):
        assert rule.labels(x).tolist() == ["low", "high"]


@given(st.integers(0, 2**32 - 1))
def test_equal_costs_change_nothing(seed: int) -> None:
    """Assert that equal costs of all errors decide for the most probable class, near and far."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(50, 2)) * rng.choice([1.0, 1e3], size=(50, 1))
    mixtures = tuple(
        drumlin.Mixture.from_arrays(
            [1.0], rng.normal(size=(1, 2)), rng.chisquare(3, size=(1, 2)), "diag"
        )
        for _ in range(3)
    )
    priors = np.array([0.2, 0.3, 0.5])
    free = Classifier(np.arange(3), priors, mixtures)
    equal = Classifier(np.arange(3), priors, mixtures, 7.0 * (1.0 - np.eye(3)))
    p = np.sort(free.probabilities(x), axis=1)
    clear = p[:, -1] - p[:, -2] > 1e-12
    assert (free.labels(x) == equal.labels(x))[clear].all()
    np.testing.assert_allclose(7.0 * free.expected_costs(x), equal.expected_costs(x), atol=1e-12)


def test_probabilities_stay_finite_far_away() -> None:
    """Assert that rows sum to one and logarithms are finite a million deviations off."""
    rule = two()
    x = np.array([-1e6, 1e6, 1e150])
    np.testing.assert_allclose(rule.probabilities(x).sum(axis=1), 1.0)
    assert np.isfinite(rule.log_probabilities(x)).all()
    assert rule.labels(x[:2]).tolist() == ["low", "high"]


@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_weights_are_repeated_rows(family: str, named: Any) -> None:
    """Assert that integer weights equal repeated rows, and zero an absent row, also in folds."""
    x, labels = named
    weight = np.random.default_rng(2).integers(0, 4, size=len(x))
    weighted = drumlin.discriminate(x, labels, family, sample_weight=weight)
    repeated = drumlin.discriminate(x.repeat(weight, axis=0), labels.repeat(weight), family)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-12)
    assert weighted.training.error == pytest.approx(repeated.training.error, abs=1e-12)
    assert weighted.training.brier == pytest.approx(repeated.training.brier, rel=1e-9)
    np.testing.assert_array_equal(weighted.training.confusion, repeated.training.confusion)
    double = drumlin.discriminate(x, labels, family, sample_weight=np.full(len(x), 2.0))
    single = drumlin.discriminate(x, labels, family)
    np.testing.assert_allclose(
        double.classifier.log_joint(x), single.classifier.log_joint(x), rtol=1e-12
    )
    validation = weighted.cross_validate(x, labels, 5, sample_weight=weight)
    assert np.isnan(validation.probabilities[weight == 0]).all()
    assert validation.confusion.sum() == weight.sum()


def test_a_class_of_weight_zero_is_absent(named: Any) -> None:
    """Assert that a class whose rows all weigh nothing is no class."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, sample_weight=(labels != "a").astype(float))
    assert fit.classifier.classes.tolist() == ["b", "c"]


@pytest.mark.parametrize("family", CODES)
def test_names_of_classes_do_not_matter(family: str, named: Any) -> None:
    """Assert that other names in another order give the same densities to the same classes."""
    x, labels = named
    other = np.array([3, -1, 2])[np.searchsorted(["a", "b", "c"], labels)]
    one = drumlin.discriminate(x, labels, family).classifier.log_joint(x)
    two = drumlin.discriminate(x, other, family).classifier.log_joint(x)
    np.testing.assert_allclose(one, two[:, [2, 0, 1]], rtol=1e-7)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["x", "x", "y", "y", "x", "y"], ["x", "y"]),
        (np.array(["x", "x", "y", "y", "x", "y"], dtype=object), ["x", "y"]),
        ([True, True, False, False, True, False], [False, True]),
        ([1, 1, -1, -1, 1, -1], [-1, 1]),
        ([1.0, 1.0, 2.0, 2.0, 1.0, 2.0], [1.0, 2.0]),
        (np.array([7, 7, 9, 9, 7, 9], dtype=np.uint8), [7, 9]),
    ],
)
def test_labels_of_any_type(labels: Any, classes: list[Any]) -> None:
    """Assert that classes and decisions have the type of the labels."""
    x = np.array([0.0, 1.0, 8.0, 9.0, 0.5, 9.5])
    rule = drumlin.discriminate(x, labels, "tied").classifier
    assert rule.classes.tolist() == classes
    assert rule.labels(x).tolist() == list(labels)


def test_data_frames(named: Any) -> None:
    """Assert that pandas and polars give names of columns and classes; order is by name."""
    import pandas as pd
    import polars as pl

    x, labels = named
    for frame, series in (
        (pd.DataFrame(x, columns=["u", "v"]), pd.Series(labels).astype("category")),
        (pl.DataFrame({"u": x[:, 0], "v": x[:, 1]}), pl.Series(labels)),
    ):
        rule = drumlin.discriminate(frame, series).classifier
        assert rule.feature_names == ("u", "v")
        np.testing.assert_array_equal(rule.labels(frame[["v", "u"]]), rule.labels(x))


X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 2.0], [5.0, 5.0], [6.0, 5.0], [5.0, 7.0]])
Y = ["a", "a", "a", "b", "b", "b"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"labels": ["a"] * 6}, InvalidDataError, "one class only"),
        ({"labels": Y[:5]}, InvalidDataError, "one label for each row"),
        ({"labels": [*Y[:5], None]}, InvalidDataError, "label of row 5 is missing"),
        ({"labels": [0, 0, 0, 1, 1, np.nan]}, InvalidDataError, "label of row 5 is missing"),
        ({"labels": [0.5, 0, 0, 1, 1, 1]}, InvalidDataError, "not measurements"),
        ({"labels": np.array([*Y[:5], 3], dtype=object)}, InvalidDataError, "of types int, str"),
        ({"labels": np.zeros(6, dtype=complex)}, InvalidDataError, "complex"),
        ({"x": X * np.nan}, InvalidDataError, "missing"),
        ({"sample_weight": -np.ones(6)}, InvalidDataError, "not negative"),
        ({"family": "round"}, InvalidParameterError, "unknown family"),
        ({"criterion": "aic"}, InvalidParameterError, "criterion"),
        ({"criterion": "error", "n_components": 2}, InvalidParameterError, "leave n_components"),
        ({"n_components": []}, InvalidParameterError, "n_components is empty"),
        ({"n_components": 4}, InvalidParameterError, "class a: n_components is 4"),
        ({"priors": [0.5, 0.6]}, InvalidParameterError, "priors sum to 1.1"),
        ({"priors": [0.0, 1.0]}, InvalidParameterError, "prior of class a is 0"),
        ({"priors": [1.0]}, InvalidParameterError, "shape"),
        ({"priors": {"a": 1.0}}, InvalidParameterError, "give one for each"),
        ({"costs": [[0, 1]]}, InvalidParameterError, "shape"),
        ({"costs": [[0, -1], [1, 0]]}, InvalidParameterError, "cost of b where the truth is a"),
        ({"costs": {("a", "z"): 3}}, InvalidParameterError, "of the classes a, b"),
        ({"rng": -1}, InvalidParameterError, "seed"),
        ({"tol": -1.0}, InvalidParameterError, "tol"),
    ],
)
def test_bad_input_is_refused(options: dict[str, Any], error: type, words: str) -> None:
    """Assert that each wrong argument is refused by name, before any work."""
    with pytest.raises(error, match=words):
        drumlin.discriminate(**{"x": X, "labels": Y, **options})


def test_mixtures_that_stop_early_are_told(named: Any) -> None:
    """Assert that the warning names the classes whose mixture stopped at max_iter."""
    x, labels = named
    with pytest.warns(NotConvergedWarning, match="class a, b, c stopped at max_iter"):
        fit = drumlin.discriminate(x, labels, n_components=2, max_iter=2, rng=0)
    assert fit.outcome is Outcome.REACHED_LIMIT


def test_a_classifier_needs_priors() -> None:
    """Assert that None is refused by name."""
    one = Mixture.from_arrays([1.0], [0.0], [1.0])
    with pytest.raises(InvalidParameterError, match="priors is None"):
        Classifier(["a", "b"], None, [one, one])  # type: ignore[arg-type]


@pytest.mark.parametrize("folds", [1, 7, 2.5, "all", True])
def test_bad_folds_are_refused(folds: Any) -> None:
    """Assert that folds are from 2 to n, or "loo"."""
    fit = drumlin.discriminate(X, Y)
    with pytest.raises(InvalidParameterError, match="folds is"):
        fit.cross_validate(X, Y, folds)


def test_other_labels_are_refused() -> None:
    """Assert that cross-validation names a label that is no class of the fit."""
    with pytest.raises(InvalidDataError, match="label of row 5 is 'z': the classes are a, b"):
        drumlin.discriminate(X, Y).cross_validate(X, [*Y[:5], "z"])


def test_a_class_too_small_is_reported() -> None:
    """Assert that the class is named, the classifier works, and a healthy family is preferred."""
    x = np.concatenate([np.random.default_rng(0).normal(size=(30, 3)), [[9.0, 9.0, 9.0]]])
    labels = ["many"] * 30 + ["one"]
    with pytest.warns(UnhealthyFitWarning, match="class one has too few rows"):
        fit = drumlin.discriminate(x, labels, "full")
    assert not fit.healthy
    assert fit.classifier.labels(x).tolist() == labels
    assert drumlin.discriminate(x, labels, "all").healthy


@given(st.integers(0, 2**32 - 1), st.integers(2, 10))
def test_folds_are_stratified(seed: int, n_folds: int) -> None:
    """Assert that sizes of folds, and of each class in them, differ by one at most."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, size=60)
    folds = stratified_folds(codes, n_folds, rng)
    for part in (folds, *(folds[codes == c] for c in range(3))):
        counts = np.bincount(part, minlength=n_folds)
        assert counts.max() - counts.min() <= 1


def test_seeds_repeat_folds(named: Any) -> None:
    """Assert that equal seeds give equal folds, and others do not."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, rng=3)
    first, again, other = (fit.cross_validate(x, labels, 5, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.folds, again.folds)
    assert (first.folds != other.folds).any()
    np.testing.assert_array_equal(
        fit.cross_validate(x, labels).folds, fit.cross_validate(x, labels, rng=3).folds
    )


def test_results_do_not_depend_on_threads(named: Any) -> None:
    """Assert that one thread and three give the same bits."""
    x, labels = named
    one, three = (
        drumlin.discriminate(np.tile(x, (50, 1)), np.tile(labels, 50), n_threads=threads)
        for threads in (1, 3)
    )
    assert one.classifier == three.classifier


def test_an_interrupted_cross_validation_returns_what_is_done(named: Any) -> None:
    """Assert that Ctrl-C after two folds gives the error of their rows, and a warning."""
    x, labels = named

    def stop(fold: Fold) -> None:
        if fold.done == 2:
            signal.raise_signal(signal.SIGINT)

    fit = drumlin.discriminate(x, labels, rng=0)
    with pytest.warns(InterruptedWarning, match="after 2 of 10 folds"):
        part = fit.cross_validate(x, labels, observers=[stop])
    whole = fit.cross_validate(x, labels)
    done = part.folds >= 0
    assert not part.complete
    assert done.sum() == 26
    assert part.error == (whole.labels != labels)[done].mean()


def test_an_interrupted_comparison_is_among_the_families_done(
    named: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that Ctrl-C in the folds of a family ends the comparison after it."""
    x, labels = named
    own = Mixture.log_joint
    calls = []

    def stop(self: Mixture, *rows: Any, **options: Any) -> Array:
        calls.append(True)
        if len(calls) == 13:  # in the second family, of ten folds each
            signal.raise_signal(signal.SIGINT)
        return own(self, *rows, **options)

    monkeypatch.setattr(Mixture, "log_joint", stop)
    with pytest.warns(InterruptedWarning, match="not compared"):
        fit = drumlin.discriminate(x, labels, "all", criterion="error", rng=0)
    assert [one.error is None for one in fit.candidates] == [False] * 2 + [True] * 12
    assert fit.outcome is Outcome.INTERRUPTED
    assert "error" in str(fit)


HOSTILE = np.random.default_rng(0).normal(size=(40, 3))
HALVES = np.repeat(["a", "b"], 20)
SHAPES: dict[str, tuple[Array, Array]] = {
    "float32": (HOSTILE.astype(np.float32), HALVES),
    "fewer rows than columns": (HOSTILE.reshape(10, 12), HALVES[15:25]),
    "one class is a point": (np.where((HALVES == "a")[:, None], HOSTILE, 1.0), HALVES),
    "one class has one row": (HOSTILE[:21], HALVES[:21]),
    "a constant column": (np.c_[HOSTILE, np.full(40, 7.0)], HALVES),
    "a column that is the class": (np.c_[HOSTILE, HALVES == "a"], HALVES),
    "a column twice": (np.c_[HOSTILE, HOSTILE[:, 0]], HALVES),
    "far from zero": (HOSTILE + 1e8, HALVES),
    "scales": (HOSTILE * [1e-8, 1.0, 1e8], HALVES),
}


@pytest.mark.filterwarnings("ignore::drumlin.errors.DrumlinWarning")
@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_data(shape: str) -> None:
    """Assert that every family, fitted and left one out, gives finite probabilities."""
    x, labels = SHAPES[shape]
    weight = np.linspace(0.0, 3.0, len(x))[::-1] + 0.1
    for family in FAMILIES:
        fit = drumlin.discriminate(x, labels, family, sample_weight=weight, rng=0)
        for told in (
            fit.classifier.probabilities(x),
            fit.cross_validate(x, labels, 4, sample_weight=weight).probabilities,
        ):
            np.testing.assert_allclose(told.sum(axis=1), 1.0, rtol=1e-5)


def test_interrupted_mixtures_are_usable(named: Any) -> None:
    """Assert that Ctrl-C in the first class leaves one Gaussian for those that were not reached."""
    x, labels = named

    def stop(_progress: object) -> None:
        if not stopped:
            stopped.append(True)
            signal.raise_signal(signal.SIGINT)

    stopped: list[bool] = []
    with pytest.warns(InterruptedWarning, match="not reached have one Gaussian"):
        fit = drumlin.discriminate(x, labels, "all", n_components=range(1, 4), observers=[stop])
    assert fit.outcome is Outcome.INTERRUPTED
    assert [m.n_components for m in fit.classifier.mixtures[1:]] == [1, 1]
    assert fit.classifier.labels(x).shape == (125,)


def test_a_mixture_per_class_finds_two_islands() -> None:
    """Assert that a class in two parts gets two components, and its error falls."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 2)) + np.repeat([[-4.0, 0.0], [0.0, 0.0], [4.0, 0.0]], 100, axis=0)
    labels = np.repeat(["out", "in", "out"], 100)
    one = drumlin.discriminate(x, labels, "tied")
    many = drumlin.discriminate(x, labels, ["full", "tied"], n_components=range(1, 4), rng=0)
    assert {m.n_components for m in many.classifier.mixtures} == {1, 2}
    assert many.training.error < 0.06 < 0.25 < one.training.error
    assert many.bic() < one.bic()


@pytest.mark.parametrize("n_components", [None, [1, 2]])
def test_fits_are_pickled(n_components: Any, named: Any) -> None:
    """Assert that what comes back decides and is cross-validated as before."""
    x, labels = named
    fit = drumlin.discriminate(x, labels, "VEI,EVE", n_components=n_components, starts=1, rng=0)
    again = pickle.loads(pickle.dumps(fit))
    assert again.classifier == fit.classifier
    assert again.cross_validate(x, labels, 3).error == fit.cross_validate(x, labels, 3).error


def test_the_table(named: Any) -> None:
    """Assert that it tells classes, families, criteria, errors and the confusion table."""
    x, labels = named
    text = str(drumlin.discriminate(x, labels, "all", costs={("a", "b"): 5}, rng=0))
    for words in ("class", "prior", "BIC", "lower is better", "error", "mean cost", "decided"):
        assert words in text
    assert all(len(line) < 120 for line in text.splitlines())
