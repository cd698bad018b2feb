"""Files of classifiers: bit for bit there and back, and every damage is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import Classifier, storage
from drumlin.errors import InvalidParameterError, ModelFileError

LABELS = {
    "texts": np.array(["b", "a", "ü, \n"]),
    "numbers": np.array([-1, 3, 2**60]),
    "floats": np.array([1.0, 2.0, 3.0]),
    "truth": np.array([True, False, False]),
}


@pytest.fixture
def fit(groups: Any) -> drumlin.DiscriminantFit:
    x, labels = groups
    return drumlin.discriminate(x, labels, "VEV", costs=np.arange(9).reshape(3, 3), rng=0)


@pytest.mark.parametrize("suffix", ["json", "npz"])
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("n_components", [None, [1, 2]])
def test_there_and_back(
    suffix: str, kind: str, n_components: Any, groups: Any, tmp_path: Path
) -> None:
    """Assert that the classifier that is loaded equals the one saved, labels and all."""
    x, labels = groups
    fit = drumlin.discriminate(
        x, LABELS[kind][labels], "full,diag", n_components=n_components, starts=1, rng=0
    )
    path = tmp_path / f"c.{suffix}"
    drumlin.save(fit, path)
    again = drumlin.load_classifier(path)
    assert again == fit.classifier
    assert again.classes.dtype.kind == fit.classifier.classes.dtype.kind
    drumlin.save(fit.classifier, path)
    assert storage.read_classifier(path).facts is None


def test_facts(fit: drumlin.DiscriminantFit, tmp_path: Path) -> None:
    """Assert that costs and the facts of the fit are kept."""
    drumlin.save(fit, tmp_path / "c.json")
    assert drumlin.load_classifier(tmp_path / "c.json") == fit.classifier
    facts = storage.read_classifier(tmp_path / "c.json").facts
    assert facts is not None
    assert facts.families == ("VEV",) * 3
    assert facts.log_likelihood == fit.log_likelihood
    assert facts.error == fit.training.error
    np.testing.assert_array_equal(facts.confusion, fit.training.confusion)
    assert facts.outcome is fit.outcome


DAMAGE: list[tuple[str, Any, str]] = [
    ("version", 2, "newer drumlin"),
    ("format", "other", "not a drumlin classifier"),
    ("classifier.classes", [0, 1], "no valid classifier"),
    ("classifier.classes", [0, 0, 1], "no valid classifier"),
    ("classifier.classes", [0, "a", 1], "classifier.classes"),
    ("classifier.classes", [[0], [1], [2]], "classifier.classes"),
    ("classifier.priors", [0.5, 0.5, 0.5], "priors sum to 1.5"),
    ("classifier.priors", ["a"], "classifier.priors"),
    ("classifier.costs", [[1, 2]], "costs"),
    ("classifier.mixtures.class_2", None, "class_2"),
    ("classifier.mixtures.class_2.weights", [2.0], "no valid mixture: weights sum to 2"),
    ("facts.outcome", "GOOD", "facts.outcome"),
    ("facts.sizes", [1.0], "facts.sizes"),
    ("facts.error", None, "facts.error"),
    ("facts.confusion", [[1.0]], "facts.confusion"),
]


@pytest.mark.parametrize(("place", "value", "words"), DAMAGE)
def test_damage_is_named(
    place: str, value: Any, words: str, fit: drumlin.DiscriminantFit, tmp_path: Path
) -> None:
    """Assert that each damaged field is refused by its name."""
    document = json.loads(storage.to_json(fit))
    *path, name = place.split(".")
    inner = document
    for step in path:
        inner = inner[step]
    inner[name] = value
    (tmp_path / "c.json").write_text(json.dumps(document))
    with pytest.raises(ModelFileError, match=words):
        drumlin.load_classifier(tmp_path / "c.json")


def test_the_other_kind_of_model(fit: drumlin.DiscriminantFit, tmp_path: Path) -> None:
    """Assert that either loader names the other."""
    drumlin.save(fit, tmp_path / "c.json")
    with pytest.raises(ModelFileError, match="load_classifier"):
        drumlin.load(tmp_path / "c.json")
    drumlin.save(fit.classifier.mixtures[0], tmp_path / "m.json")
    with pytest.raises(ModelFileError, match=r"drumlin\.load"):
        drumlin.load_classifier(tmp_path / "m.json")
    with pytest.raises(ModelFileError, match="component_names"):
        drumlin.save(fit, tmp_path / "c.json", component_names=["a", "b", "c"])
    with pytest.raises(InvalidParameterError, match="is not a model"):
        drumlin.save(3, tmp_path / "c.json")  # type: ignore[arg-type]
    assert isinstance(drumlin.load_classifier(tmp_path / "c.json"), Classifier)
