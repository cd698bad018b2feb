"""`GaussianDiscriminantAnalysis` follows scikit-learn to the letter."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin._types import Array

pytest.importorskip("sklearn")

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from drumlin.estimators import GaussianDiscriminantAnalysis

Y = np.repeat(["setosa", "versicolor", "virginica"], 50)


@pytest.mark.filterwarnings("ignore::drumlin.errors.DrumlinWarning")
@parametrize_with_checks(
    [
        GaussianDiscriminantAnalysis(),
        GaussianDiscriminantAnalysis("tied"),
        GaussianDiscriminantAnalysis("diag", n_components=1, random_state=0),
    ]
)
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    """Assert that every check of scikit-learn passes."""
    check(estimator)


def test_tied_is_lda(iris: Array) -> None:
    """Assert that attributes and probabilities are those of LinearDiscriminantAnalysis."""
    other = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(iris, Y)
    ours = GaussianDiscriminantAnalysis("tied").fit(iris, Y)
    np.testing.assert_allclose(ours.means_, other.means_, rtol=1e-13)
    np.testing.assert_allclose(ours.priors_, other.priors_, rtol=1e-13)
    np.testing.assert_allclose(ours.covariance_[2], other.covariance_, rtol=1e-12)
    np.testing.assert_allclose(
        ours.predict_log_proba(iris), other.predict_log_proba(iris), rtol=1e-7, atol=1e-9
    )
    assert ours.score(iris, Y) == other.score(iris, Y)


@pytest.mark.parametrize("two", [True, False])
def test_full_is_qda(iris: Array, two: bool) -> None:
    """Assert that names, shapes and classes are those of QuadraticDiscriminantAnalysis."""
    x, y = (iris[50:], Y[50:]) if two else (iris, Y)
    other = QuadraticDiscriminantAnalysis(store_covariance=True, priors=None).fit(x, y)
    ours = GaussianDiscriminantAnalysis().fit(x, y)
    for name in ("classes_", "priors_", "means_"):
        assert getattr(ours, name).shape == getattr(other, name).shape
    assert np.shape(ours.covariance_) == np.shape(other.covariance_)
    for method in ("decision_function", "predict_proba", "predict_log_proba", "predict"):
        found, expected = getattr(ours, method)(x), getattr(other, method)(x)
        assert found.shape == expected.shape
    np.testing.assert_array_equal(ours.predict(x), other.predict(x))


def test_it_translates(iris: Array) -> None:
    """Assert that options by class name mean what they mean in `drumlin.discriminate`."""
    priors = {"setosa": 0.2, "versicolor": 0.2, "virginica": 0.6}
    costs = {("virginica", "versicolor"): 9.0}
    ours = GaussianDiscriminantAnalysis("EEV", priors=priors, costs=costs).fit(iris, Y)
    rule = drumlin.discriminate(iris, Y, "EEV", priors=priors, costs=costs).classifier
    np.testing.assert_array_equal(ours.predict(iris), rule.labels(iris))
    np.testing.assert_array_equal(ours.predict_proba(iris), rule.probabilities(iris))
    np.testing.assert_array_equal(
        ours.classes_[ours.decision_function(iris).argmax(axis=1)], ours.predict(iris)
    )
    with pytest.raises(drumlin.errors.InvalidParameterError, match="rose"):
        GaussianDiscriminantAnalysis(priors={"rose": 1.0}).fit(iris, Y)


def test_all_that_is_known_of_the_fit_is_in_the_words_of_y(iris: Array) -> None:
    """Assert that `discriminant_` names the classes, and is cross-validated by y; dtype is kept."""
    y = Y.astype(object)
    ours = GaussianDiscriminantAnalysis("tied").fit(iris, y)
    assert ours.discriminant_.classifier.classes.tolist() == sorted(set(Y))
    assert ours.discriminant_.cross_validate(iris, y, "loo").error == 0.02
    assert ours.classes_.dtype == ours.predict(iris).dtype == object
    with pytest.raises(drumlin.errors.InvalidParameterError, match="'rose', 'setosa'"):
        GaussianDiscriminantAnalysis(costs={("rose", "setosa"): 2.0}).fit(iris, y)


def test_in_cross_validation(iris: Array) -> None:
    """Assert that it clones, and scores in folds, with a seed in mixtures."""
    estimator = GaussianDiscriminantAnalysis("full,tied", n_components=[1, 2], random_state=0)
    assert cross_val_score(estimator, iris, Y, cv=3).mean() > 0.93


def test_without_scikit_learn() -> None:
    """Assert that without scikit-learn the error tells how to install it."""
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try: import drumlin.estimators\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'drumlin[sklearn]'" in done.stdout
