"""Pictures: what can be checked of them without eyes."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

import drumlin
from drumlin import plots
from drumlin.em import Iteration
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.plots import style

MEAN = np.array([1.0, -2.0])
MATRIX = np.array([[4.0, 1.2], [1.2, 1.0]])
TWO = drumlin.Mixture.from_arrays(
    [0.4, 0.6], [[0.0, 0.0], [3.0, 1.0]], [np.eye(2), MATRIX], feature_names=["a", "b"]
)
ONE = drumlin.Mixture.from_arrays([0.3, 0.7], [0.0, 4.0], [9.0, 1e-4], feature_names=["speed"])
FOUR = drumlin.Mixture.from_arrays(
    [0.5, 0.5], np.array([np.zeros(4), np.arange(4.0)]), np.ones((2, 4)), "diag"
)


def inside(polygon: np.ndarray, x: np.ndarray) -> float:
    """The fraction of the rows of x inside a closed curve, whatever drew it."""
    return float(Path(polygon).contains_points(x).mean())


def points_of(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) and colours (n, 3) of the points last drawn."""
    points = ax.collections[-1]
    return np.asarray(points.get_offsets()), np.asarray(points.get_facecolor())[:, :3]


def bars_of(ax: Axes) -> np.ndarray:
    """Areas of the bars of a histogram."""
    bars = [bar for bar in ax.patches if isinstance(bar, Rectangle)]
    return np.array([bar.get_width() * bar.get_height() for bar in bars])


def tolerance(content: float, n: int) -> float:
    """5.33 binomial standard deviations: exceeded by luck once in ten million."""
    return 5.33 * float(np.sqrt(content * (1.0 - content) / n))


@pytest.mark.parametrize("content", [0.1, 0.5, 0.95, 0.999])
def test_every_point_of_an_ellipse_is_at_the_chi_square_quantile(content: float) -> None:
    """Assert that the squared distance of the curve is the quantile of chi-square with 2 df."""
    from scipy.stats import chi2

    deviation = plots.ellipse(MEAN, MATRIX, content) - MEAN
    squared = np.einsum("ia,ia->i", deviation, np.linalg.solve(MATRIX, deviation.T).T)
    np.testing.assert_allclose(squared, chi2(2).ppf(content), rtol=1e-12)


@pytest.mark.parametrize("content", [0.5, 0.95])
def test_an_ellipse_holds_its_content(content: float) -> None:
    """Assert that the fraction of draws inside is the content, to binomial error.

    The polygon of 2000 corners lies inside the ellipse by a fraction of 1e-6 of its area.
    """
    n = 40_000
    x = np.random.default_rng(7).multivariate_normal(MEAN, MATRIX, n)
    fraction = inside(plots.ellipse(MEAN, MATRIX, content, n_points=2000), x)
    assert abs(fraction - content) < tolerance(content, n)


@pytest.mark.parametrize("content", [0.5, 0.95])
def test_variance_in_place_of_standard_deviation_would_be_seen(content: float) -> None:
    """Assert that the check above refuses the ellipse of Σ² (the bug of scikit-learn 6074)."""
    n = 40_000
    x = np.random.default_rng(7).multivariate_normal(MEAN, MATRIX, n)
    wrong = inside(plots.ellipse(MEAN, MATRIX @ MATRIX, content, n_points=2000), x)
    assert abs(wrong - content) > tolerance(content, n)


def test_an_ellipse_bears_columns_of_very_different_scale() -> None:
    """Assert that the extent is right in both columns when they differ by 1e9."""
    points = plots.ellipse([0.0, 0.0], np.diag([1.0, 1e-18]), 0.5)
    radius = np.sqrt(2.0 * np.log(2.0))
    np.testing.assert_allclose(np.abs(points).max(axis=0), [radius, radius * 1e-9], rtol=2e-4)


@pytest.mark.parametrize("content", [0.0, 1.0, 95.0, np.nan])
def test_a_content_is_a_fraction(content: float) -> None:
    """Assert that a content outside (0, 1) is refused with an example."""
    with pytest.raises(InvalidParameterError, match=r"fraction between 0 and 1, such as 0\.95"):
        plots.ellipse(MEAN, MATRIX, content)


@pytest.mark.parametrize("structure", ["full", "tied", "diag", "spherical"])
def test_the_marginal_is_the_integral_over_the_other_columns(structure: str) -> None:
    """Assert that weights, means and covariances of a marginal are those of its columns."""
    matrix = np.array([[4.0, 1.0, 0.5], [1.0, 2.0, 0.3], [0.5, 0.3, 1.0]])
    covariances = {
        "full": [matrix, 2 * matrix],
        "tied": matrix,
        "diag": [[4.0, 2.0, 1.0], [1.0, 2.0, 3.0]],
        "spherical": [1.0, 2.0],
    }[structure]
    whole = drumlin.Mixture.from_arrays([0.2, 0.8], [[0, 1, 2], [3, 4, 5]], covariances, structure)
    part = plots.marginal(whole, [2, 0])
    np.testing.assert_array_equal(part.means, [[2, 0], [5, 3]])
    np.testing.assert_array_equal(part.weights, whole.weights)
    expected = whole.covariance.matrices()[:, [2, 0]][:, :, [2, 0]]
    np.testing.assert_allclose(part.covariance.matrices(), expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("columns", [[], [0, 0], [0, 4], [-1, 0], ["x1", "x2"]])
def test_wrong_columns_are_refused(columns: list[Any]) -> None:
    """Assert that missing, repeated and unknown columns are refused with the range."""
    with pytest.raises(InvalidParameterError, match="name different columns from 0 to 3"):
        plots.marginal(FOUR, columns)


def test_the_density_line_integrates_to_one() -> None:
    """Assert that the drawn mixture has area 1 and its components their weights.

    To 5e-4: the line ends 3.5 sd from the means, beyond which a Gaussian has 4.7e-4 of its mass.
    The spike inside the other component must be resolved, and added to it.
    """
    ax = plots.density_1d(ONE)
    area = {line.get_label(): np.trapezoid(*np.array(line.get_data())[::-1]) for line in ax.lines}
    assert area["mixture"] == pytest.approx(1.0, abs=5e-4)
    assert area["component 1, weight 0.30"] == pytest.approx(0.3, abs=3e-4)
    assert area["component 2, weight 0.70"] == pytest.approx(0.7, abs=3e-4)


def test_the_histogram_has_area_one_and_counts_weights() -> None:
    """Assert that bars are scaled to area 1, and that a weight of zero leaves a row out."""
    x = np.concatenate([ONE.sample(200, 0)[0][:, 0], [0.5, 0.5, 0.5]])
    weight = np.concatenate([np.ones(200), np.zeros(3)])
    area = []
    for ax in (plots.density_1d(ONE, x, sample_weight=weight), plots.density_1d(ONE, x)):
        area.append(bars_of(ax))
        assert area[-1].sum() == pytest.approx(1.0, rel=1e-12)
    assert not np.allclose(area[0], area[1])


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_any_number_of_rows_can_be_drawn(n: int) -> None:
    """Assert that few rows, equal rows and a far outlier make a picture with bounded bins."""
    x = np.concatenate([np.linspace(0.0, 1.0, n), [1e4]])
    assert len(plots.density_1d(ONE, np.full(n, 3.0)).patches) >= 1
    assert len(plots.density_1d(ONE, x).patches) <= 200
    plots.scatter_2d(TWO, np.full((n, 2), 3.0)).figure.canvas.draw()


@pytest.mark.parametrize(
    ("draw", "mixture"), [(plots.density_1d, ONE), (plots.scatter_2d, TWO)], ids=["1-d", "2-d"]
)
@pytest.mark.parametrize("data", [True, False], ids=["with data", "alone"])
def test_axes_given_are_axes_returned(draw: object, mixture: drumlin.Mixture, data: bool) -> None:
    """Assert that a picture is drawn on the Axes given, labelled with the names of the columns."""
    assert callable(draw)
    ax = Figure().subplots()
    x = mixture.sample(50, 0)[0] if data else None
    assert draw(mixture, x, ax=ax) is ax
    assert mixture.feature_names is not None
    expected = (*mixture.feature_names, "density")[:2]
    assert (ax.get_xlabel(), ax.get_ylabel()) == expected
    assert plt.get_fignums() == []


def test_points_have_the_mixed_colours_of_their_components() -> None:
    """Assert that a sure point has its component's colour and a half-half point one between."""
    colours = style.mixed_colours(np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))
    first, between, second = colours
    np.testing.assert_allclose([first, second], style.component_colours(2), atol=1e-12)
    low, high = np.minimum(first, second), np.maximum(first, second)
    assert np.all((between > low) & (between < high))


def test_drawn_points_carry_the_responsibilities() -> None:
    """Assert that the colour of each drawn point comes from its responsibilities."""
    x = TWO.sample(40, 1)[0]
    _, colours = points_of(plots.scatter_2d(TWO, x))
    np.testing.assert_allclose(colours, style.mixed_colours(TWO.responsibilities(x)), atol=1e-12)


def test_a_legend_stays_short() -> None:
    """Assert that of eight components six are named and the others counted."""
    eight = drumlin.Mixture.from_arrays(np.full(8, 0.125), np.arange(8.0), np.ones(8))
    labels = plots.density_1d(eight).get_legend_handles_labels()[1]
    assert labels[5:] == ["component 6, weight 0.12", "and 2 more", "mixture"]


def test_component_colours_are_different() -> None:
    """Assert that eighteen components have eighteen colours."""
    assert len(np.unique(style.component_colours(18), axis=0)) == 18


def test_many_rows_are_thinned_and_the_picture_says_so() -> None:
    """Assert that of 6000 rows 5000 are drawn, with a note."""
    ax = plots.scatter_2d(TWO, TWO.sample(6000, 2)[0])
    assert len(points_of(ax)[0]) == 5000
    assert [text.get_text() for text in ax.texts] == ["5,000 of 6,000 rows drawn"]


def test_of_many_columns_two_are_drawn_under_all() -> None:
    """Assert that columns choose the plane, while colours come from all columns."""
    x = FOUR.sample(30, 3)[0]
    ax = plots.scatter_2d(FOUR, x, columns=(3, 1), contours=False)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x4", "x2")
    places, colours = points_of(ax)
    np.testing.assert_array_equal(places, x[:, [3, 1]])
    np.testing.assert_allclose(colours, style.mixed_colours(FOUR.responsibilities(x)), atol=1e-12)


def test_pairs_label_the_outer_axes_and_hide_the_upper_ones() -> None:
    """Assert that the grid is m × m with names outside and nothing above the diagonal."""
    grid = plots.pairs(FOUR, FOUR.sample(30, 3)[0], columns=[0, 2, 3])
    assert grid.shape == (3, 3)
    assert [ax.get_xlabel() for ax in grid[-1]] == ["x1", "x3", "x4"]
    assert [ax.get_ylabel() for ax in grid[:, 0]] == ["x1", "x3", "x4"]
    visible = [[ax.get_visible() for ax in row] for row in grid]
    assert visible == np.tril(np.ones((3, 3), dtype=bool)).tolist()


@pytest.mark.parametrize(
    ("mixture", "shape"), [(ONE, (1, 1)), (TWO, (1, 1)), (FOUR, (4, 4))], ids=["1", "2", "4"]
)
def test_plot_chooses_by_the_number_of_columns(
    mixture: drumlin.Mixture, shape: tuple[int, int]
) -> None:
    """Assert that plot draws one Axes for d <= 2 and pairs for more, in the figure given."""
    figure = Figure(layout="constrained")
    grid = plots.plot(mixture, mixture.sample(20, 0)[0], figure=figure)
    assert grid.shape == shape
    assert all(ax.figure is figure for ax in grid.flat)
    figure.canvas.draw()


@pytest.mark.parametrize("columns", [1, 2], ids=["1-d", "2-d"])
def test_the_story_ends_where_fit_ends(faithful: np.ndarray, columns: int) -> None:
    """Assert that panels carry iterations 0, 1, 2, 5 and the last with its log-likelihood."""
    x = faithful[:, :columns]
    story: list[Iteration] = []
    start = drumlin.fit(x, 2, labels=(x[:, 0] > 4.5).astype(int)).mixture
    drumlin.fit(x, 2, starts=start, acceleration="none", observers=[story.append])
    titles = [ax.get_title() for ax in plots.em_story(x, start=start)]
    last = story[-1]
    assert titles[0] == f"start\nlog-likelihood −{-story[0].log_likelihood:.1f}"
    assert titles[-1] == f"iteration {last.index}\nlog-likelihood −{-last.log_likelihood:.1f}"
    assert [title.split("\n")[0] for title in titles[1:4]] == [f"iteration {t}" for t in (1, 2, 5)]
    assert [ax.get_title() for ax in plots.em_story(x, story=story)] == titles


def test_a_story_of_several_runs_tells_the_best(faithful: np.ndarray) -> None:
    """Assert that the story of an observed fit is that of its best run, from start to end."""
    story: list[Iteration] = []
    fitted = drumlin.fit(faithful, 2, rng=0, observers=[story.append])
    titles = [ax.get_title() for ax in plots.em_story(faithful, story=story)]
    for title, place in ((titles[0], 0), (titles[-1], -1)):
        assert title.endswith(f"log-likelihood −{-fitted.log_likelihoods[place]:.1f}")
    assert titles[0].startswith("start")


def test_the_story_needs_something_to_tell(faithful: np.ndarray) -> None:
    """Assert that no components, an empty story and unknown iterations are refused."""
    with pytest.raises(InvalidParameterError, match="name n_components"):
        plots.em_story(faithful)
    with pytest.raises(InvalidParameterError, match="story holds no iteration"):
        plots.em_story(faithful, story=[])
    with pytest.raises(InvalidParameterError, match="the run has 0 to"):
        plots.em_story(faithful, 2, iterations=[10_000])


def test_the_story_of_an_array_can_be_labelled(faithful: np.ndarray) -> None:
    """Assert that names for the columns stand at the axes."""
    panels = plots.em_story(faithful, 2, iterations=[0], feature_names=["length", "wait"])
    figure = panels[0].figure
    assert (figure.get_supxlabel(), panels[0].get_ylabel()) == ("length", "wait")


def test_the_path_is_that_of_the_fit(faithful: np.ndarray) -> None:
    """Assert that the line is ℓ per pass, on the Axes given, with the reason as a note."""
    fitted = drumlin.fit(faithful, 2, rng=0)
    ax = Figure().subplots()
    assert plots.log_likelihood_path(fitted, ax=ax) is ax
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), fitted.log_likelihoods)
    assert any(text.get_text().endswith(f"−1130.264 nats; {fitted.reason}") for text in ax.texts)


def test_a_path_of_one_pass_is_drawn() -> None:
    """Assert that a closed-form fit, one pass, has a picture too."""
    fitted = SimpleNamespace(log_likelihoods=[-3.0], reason="closed form")
    plots.log_likelihood_path(fitted).figure.canvas.draw()


@pytest.mark.parametrize(
    ("draw", "mixture", "other"),
    [(plots.density_1d, ONE, "pairs"), (plots.scatter_2d, TWO, "density_1d")],
    ids=["1-d", "2-d"],
)
def test_bad_data_is_refused(draw: object, mixture: drumlin.Mixture, other: str) -> None:
    """Assert that empty, missing and wrong columns, and a wrong dimension, name the trouble."""
    assert callable(draw)
    d = mixture.n_features
    with pytest.raises(InvalidDataError, match="empty"):
        draw(mixture, np.empty((0, d)))
    with pytest.raises(InvalidDataError, match="missing"):
        draw(mixture, np.full((3, d), np.nan))
    with pytest.raises(InvalidDataError, match="3 columns"):
        draw(mixture, np.zeros((5, 3)))
    with pytest.raises(InvalidParameterError, match=other):
        draw(FOUR if d == 1 else ONE)


def test_without_matplotlib_the_remedy_is_named() -> None:
    """Assert that drumlin.plots imports without matplotlib, and a picture asks for the extra."""
    code = """
import sys
sys.modules["matplotlib"] = None
from drumlin import Mixture, plots
from drumlin.errors import MissingExtraError
try:
    plots.density_1d(Mixture.from_arrays([1.0], [0.0], [1.0]))
except MissingExtraError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout == "pictures need matplotlib: pip install 'drumlin[plot]'\n", run.stderr
