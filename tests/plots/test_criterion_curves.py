"""The picture of a selection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import drumlin
from drumlin.selection import Selection


@pytest.fixture(scope="module")
def selection() -> Selection:
    """Three numbers of components, all families, two clusters."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 9.0])
    return drumlin.select(x, range(1, 4), rng=0)


def test_every_family_has_a_curve_through_its_values(selection: Selection) -> None:
    """Assert that the labelled curves are the criterion over k."""
    axes = drumlin.plots.criterion_curves(selection)
    named = [(str(line.get_label()).removesuffix(" ↑"), line.get_xydata()) for line in axes.lines]
    curves = {name: np.asarray(points) for name, points in named}
    for family in {cell.family.code for cell in selection.cells}:
        cells = [cell for cell in selection.cells if cell.family.code == family]
        expected = [(cell.n_components, cell.value) for cell in cells]
        np.testing.assert_array_equal(curves[family], expected)
    assert "lower is better" in axes.get_ylabel()


def test_the_winner_is_ringed_and_in_view(selection: Selection) -> None:
    """Assert that the ring is at the chosen cell, which is in view."""
    axes = drumlin.plots.criterion_curves(selection)
    best = selection.best_cell
    ring = np.asarray(axes.lines[-1].get_xydata())
    np.testing.assert_array_equal(ring, [(best.n_components, best.value)])
    bottom, top = axes.get_ylim()
    assert bottom < best.value < top


def test_most_cells_are_in_view(selection: Selection) -> None:
    """Assert that three quarters of the cells are."""
    axes = drumlin.plots.criterion_curves(selection)
    _, top = axes.get_ylim()
    values = np.array([cell.value for cell in selection.cells])
    assert np.mean(values <= top) >= 0.75


def test_a_hidden_family_is_marked() -> None:
    """Assert an arrow on the family whose curve is out of view, and on no other.

    It is the spherical one, of columns whose units are 1e4 apart.
    """
    x = np.random.default_rng(4).normal(size=(60, 2)) * [1.0, 1e4]
    axes = drumlin.plots.criterion_curves(drumlin.select(x, [1, 2], "EII,EEI,VVI,EEE,VVV", rng=0))
    _, top = axes.get_ylim()
    curves = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines[:-1]}
    assert {label for label, values in curves.items() if (values > top).all()} == {"EII ↑"}
    assert [label for label in curves if label.endswith("↑")] == ["EII ↑"]


def test_unhealthy_cells_are_hollow(selection: Selection) -> None:
    """Assert that exactly the unhealthy cells have a white point."""
    sick = selection.cells[0]
    assert sick.fit is not None
    changed = replace(sick, fit=replace(sick.fit, healthy=False))
    shown = replace(selection, cells=(changed, *selection.cells[1:]))
    axes = drumlin.plots.criterion_curves(shown)
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    points = [tuple(point) for line in hollow for point in np.asarray(line.get_xydata())]
    unhealthy = [(c.n_components, c.value) for c in shown.cells if not c.healthy]
    assert sorted(points) == sorted(unhealthy)
