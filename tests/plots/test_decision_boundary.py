"""Regions of decision: what can be checked of them without eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin import Classifier, Mixture, plots
from drumlin.errors import InvalidParameterError
from drumlin.plots.decision_boundary import margins
from drumlin.plots.style import component_colours

TWO = Classifier(
    np.array(["left", "right"]),
    np.array([0.5, 0.5]),
    [Mixture.from_arrays([1.0], [[a, 0.0]], [1.0], "spherical") for a in (-2.0, 2.0)],
)


def lines_of(ax: Any) -> np.ndarray:
    """(m, 2) places on all boundary lines."""
    paths = [path.vertices for c in ax.collections for path in c.get_paths() if len(path) > 50]
    return np.concatenate(paths)


@pytest.mark.parametrize("ratio", [1.0, 9.0, 1e-3])
@pytest.mark.parametrize("by", ["costs", "priors"])
def test_the_line_is_where_the_decision_changes(ratio: float, by: str) -> None:
    """Assert that the line is at ¼ log of the ratio of priors or of costs, with its known place."""
    change = (
        {"priors": [ratio / (1 + ratio), 1 / (1 + ratio)]}
        if by == "priors"
        else {"costs": [[0.0, ratio], [1.0, 0.0]]}
    )
    ax = plots.decision_boundary(replace(TWO, **change))
    np.testing.assert_allclose(lines_of(ax)[:, 0], 0.25 * np.log(ratio), atol=1e-6)


def test_shades_are_decisions(groups: Any) -> None:
    """Assert that the colour of every place is that of the class decided for there."""
    x, labels = groups
    rule = drumlin.discriminate(x, labels, "full", costs={(0, 1): 50.0}).classifier
    ax = plots.decision_boundary(rule, x, labels)
    image = ax.get_images()[0]
    left, right, low, high = image.get_extent()
    colours = np.asarray(image.get_array())[::40, ::40]
    across, up = np.linspace(left, right, 400)[::40], np.linspace(low, high, 400)[::40]
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    decided = rule.labels(grid.reshape(-1, 2)).reshape(colours.shape[:2])
    expected = 1.0 - 0.2 * (1.0 - component_colours(3))
    np.testing.assert_allclose(colours, expected[decided], atol=1e-12)
    wrong = (rule.labels(x) != labels).sum()
    legend = ax.get_legend()
    assert legend is not None
    assert f"{wrong} decided wrongly" in [text.get_text() for text in legend.get_texts()]


def test_margins_have_the_sign_of_the_decision(groups: Any) -> None:
    """Assert that the largest margin is that of the class decided for, with costs and without."""
    x, labels = groups
    far = np.concatenate([x, 50.0 * x])
    for costs in (None, [[0.0, 3.0, 1.0], [0.2, 0.0, 1.0], [7.0, 1.0, 0.0]]):
        rule = drumlin.discriminate(x, labels, costs=costs).classifier
        found = margins(rule, far)
        assert ((found > 0).sum(axis=1) <= 1).all()
        near = slice(0, len(x))
        np.testing.assert_array_equal(found[near].argmax(axis=1), rule.labels(far)[near])


def test_more_columns_and_names(iris: np.ndarray) -> None:
    """Assert that two of four columns are decided by their marginals, and the picture says so."""
    labels = np.repeat([0, 1, 2], 50)
    rule = drumlin.discriminate(iris, labels, "full,diag", n_components=[1, 2], rng=0).classifier
    ax = plots.decision_boundary(rule, iris, columns=(3, 1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x4", "x2")
    assert "decided by these 2 of 4" in " ".join(t.get_text() for t in ax.texts)
    with pytest.raises(InvalidParameterError, match="two columns"):
        plots.decision_boundary(rule, columns=(1,))
    one = drumlin.discriminate(iris[:, 0], labels).classifier
    with pytest.raises(InvalidParameterError, match="two columns"):
        plots.decision_boundary(one)
