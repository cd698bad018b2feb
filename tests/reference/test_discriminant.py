"""Discriminant analysis against mclust: one Gaussian per class, and a mixture per class."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import Classifier, Mixture
from drumlin._types import Array
from drumlin.covariance import FAMILIES
from tests.ingredients import DATA

HERE = Path(__file__).parent
SETS = ["iris", "banknote"]
WRONG = {"VVE": "mclust's VVE is not the maximum-likelihood one (README)"}
LOOSE = {"VEI": 1e-9, "VEV": 1e-9, "VEE": 1e-6, "EVE": 5e-5}
"""Families whose M-step is a limit, at which mclust stops early: its inner tolerance is 1e-5, and
its parameters are less likely than ours, as a test below asserts. What is compared here, ℓ of the
rows alone, is not what the M-step maximises, so it may differ either way."""


@cache
def stored(name: str) -> dict[str, Any]:
    reference: dict[str, Any] = json.loads((HERE / "da" / f"{name}.json").read_text())
    return reference


@cache
def data(name: str) -> tuple[Array, Array]:
    """x and the labels of a set; the class is the last column of iris and the first of banknote."""
    cells = np.genfromtxt(DATA / f"{name}.csv", delimiter=",", skip_header=1, dtype=str)
    if name == "iris":
        return cells[:, :4].astype(float), np.char.strip(cells[:, 4], '"')
    return cells[:, 1:].astype(float), np.char.strip(cells[:, 0], '"')


def rows(name: str, part: str) -> tuple[Array, Array, Array, Array]:
    """x and labels to fit, and those left for testing; all of them are fitted in "full"."""
    x, labels = data(name)
    train = np.zeros(len(x), dtype=bool)
    train[np.array(stored(name)["train_index_1based"]) - 1] = True
    if part == "full":
        train[:] = True
    return x[train], labels[train], x[~train], labels[~train]


def known_family(code: str) -> str:
    if code in WRONG:
        pytest.skip(WRONG[code])
    return code


@pytest.mark.parametrize("part", ["full", "split"])
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("code", [family.code for family in FAMILIES])
def test_every_family_has_the_log_likelihood_of_mclust(code: str, name: str, part: str) -> None:
    """Assert that Σ log Σ_c π_c p(x | c) is that behind mclust's BIC."""
    family = known_family(code)
    x, labels, *_ = rows(name, part)
    fit = drumlin.discriminate(x, labels, family)
    free = fit.n_parameters - (fit.classifier.n_classes - 1)  # mclust 6.0.0 does not count π
    bic = stored(name)["results"][f"{part}_EDDA"]["edda_bic"][code]
    expected = (bic + free * np.log(len(x))) / 2
    found = fit.classifier.log_density(x).sum()
    assert found == pytest.approx(expected, rel=LOOSE.get(code, 1e-11))
    assert fit.row_log_likelihood == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize("part", ["full", "split"])
@pytest.mark.parametrize("name", SETS)
def test_one_gaussian_per_class_is_that_of_mclust(name: str, part: str) -> None:
    """Assert equal parameters, both counts, errors, Brier scores and probabilities."""
    reference = stored(name)["results"][f"{part}_EDDA"]
    models = reference["models"]
    code = known_family(models["setosa" if name == "iris" else "genuine"]["model"])
    x, labels, others, truth = rows(name, part)
    fit = drumlin.discriminate(x, labels, code)
    rule = fit.classifier
    near = 1e-3 if code == "EVE" else 1e-9  # LOOSE says why; the likelihoods at the end decide
    assert rule.classes.tolist() == reference["class_labels"]
    assert fit.n_parameters == reference["df_with_class_proportions"]
    np.testing.assert_allclose(rule.priors, reference["prop"], rtol=1e-12)
    for c, label in enumerate(reference["class_labels"]):
        q = models[label]["parameters"]
        np.testing.assert_allclose(rule.mixtures[c].means, q["mean"], rtol=1e-12)
        np.testing.assert_allclose(
            rule.mixtures[c].covariance.matrices()[0], q["covariances"][0], atol=near
        )
    assert fit.training.error == pytest.approx(reference["train_error"], abs=1e-12)
    assert fit.training.brier == pytest.approx(reference["train_brier"], abs=near)
    assert rule.labels(x).tolist() == reference["train_predicted"]
    np.testing.assert_allclose(rule.probabilities(x[:10]), reference["train_z_first10"], atol=near)
    if part == "split":
        assert (rule.labels(others) != truth).sum() == reference["n_test_errors"]
    theirs = Classifier(
        rule.classes,
        np.array(reference["prop"]),
        [
            Mixture.from_arrays([1.0], q["mean"], q["covariances"])
            for q in (models[label]["parameters"] for label in reference["class_labels"])
        ],
    )
    own = np.searchsorted(rule.classes, labels)
    reached = theirs.log_joint(x)[np.arange(len(x)), own].sum()
    assert fit.log_likelihood >= reached - 1e-9


@pytest.mark.parametrize("name", SETS)
def test_leaving_one_out_is_that_of_mclust(name: str) -> None:
    """Assert equal decisions, and the error and Brier score, at the priors of all rows."""
    reference = stored(name)["results"]["loo_cv_EDDA"]
    code = known_family(reference["model"])
    x, labels = data(name)
    priors = np.unique(labels, return_counts=True)[1] / len(x)
    validation = drumlin.discriminate(x, labels, code, priors=priors).cross_validate(
        x, labels, "loo"
    )
    assert validation.labels.tolist() == reference["predicted"]
    assert validation.error == pytest.approx(reference["error"], abs=1e-12)
    assert validation.brier == pytest.approx(reference["brier"], abs=1e-5)


@pytest.mark.parametrize("part", ["full", "split"])
@pytest.mark.parametrize("name", SETS)
def test_a_mixture_per_class_is_at_least_as_good_as_that_of_mclust(name: str, part: str) -> None:
    """Assert that the BIC is no worse, and equal where the same model is chosen in each class.

    The families are those that mclust chooses here among all (one Gaussian, XXX, is VVV).
    """
    reference = stored(name)["results"][f"{part}_MclustDA"]
    x, labels, others, truth = rows(name, part)
    fit = drumlin.discriminate(x, labels, "EEE,EVE,VVV", n_components=range(1, 3), rng=0)
    rule = fit.classifier
    assert rule.classes.tolist() == reference["class_labels"]
    marginal = -2 * fit.row_log_likelihood + fit.n_parameters * np.log(len(x))
    assert marginal <= -reference["bic_with_class_proportions_as_in_6.1.1_and_later"] + 0.05
    same = all(
        m["G"] == rule.mixtures[c].n_components and m["model"] in ("XXX", fit.families[c].code)
        for c, m in enumerate(reference["models"][name] for name in reference["class_labels"])
    )
    if same:
        assert fit.n_parameters == reference["df_with_class_proportions"]
        assert rule.log_density(x).sum() == pytest.approx(reference["loglik"], abs=1e-2)
        assert fit.training.error == pytest.approx(reference["train_error"], abs=1e-12)
        if part == "split":
            assert (rule.labels(others) != truth).sum() == reference["n_test_errors"]
