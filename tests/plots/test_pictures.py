"""The pictures of classification, uncertainty, density, regions and projection: their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from scipy.stats import chi2, norm

import drumlin
from drumlin import plots
from drumlin._types import Array
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.plots import style
from drumlin.plots.geometry import intervals

CONTENTS = (0.25, 0.5, 0.75, 0.95)
LEVELS = Path(__file__).parent.parent / "reference/density/density_2d_faithful.json"
KINDS = ["scatter", "classification", "uncertainty", "density", "regions"]


def mixture_of(k: int, d: int, *, named: bool = True) -> drumlin.Mixture:
    """k overlapping components in d columns."""
    rng = np.random.default_rng(10 * k + d)
    roots = rng.normal(size=(k, d, d + 1))
    names = [f"column {a}" for a in range(d)] if named else None
    return drumlin.Mixture.from_arrays(
        rng.dirichlet(np.full(k, 8.0)), 2.0 * rng.normal(size=(k, d)),
        roots @ roots.transpose(0, 2, 1), feature_names=names,
    )  # fmt: skip


def tolerance(content: float, n: int) -> float:
    """5.33 binomial standard deviations: exceeded by luck once in ten million."""
    return 5.33 * float(np.sqrt(content * (1.0 - content) / n))


def points_of(ax: Axes) -> list[tuple[Array, Array, Array]]:
    """Places (m, 2), one colour, and the path of the symbol of each group of points."""
    return [
        (
            np.asarray(group.get_offsets()),
            np.asarray(group.get_facecolor())[0],
            np.asarray(group.get_paths()[0].vertices),
        )
        for group in ax.collections
        if isinstance(group, PathCollection)
    ]


def words_of(ax: Axes) -> list[str]:
    """What the legend says."""
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_levels_of_one_gaussian_are_those_of_chi_square(d: int) -> None:
    """Assert that the region above a level holds its content: (x−μ)ᵀΣ⁻¹(x−μ) is chi-square."""
    mixture = mixture_of(1, d)
    peak = float(mixture.log_density(mixture.means)[0])
    squared = 2.0 * (peak - plots.region_levels(mixture, CONTENTS))
    for content, held in zip(CONTENTS, chi2(d).cdf(squared), strict=True):
        assert abs(held - content) < tolerance(content, 100_000)


@pytest.mark.parametrize(("k", "d"), [(3, 1), (3, 2), (5, 4)])
def test_levels_of_a_mixture_hold_their_contents(k: int, d: int) -> None:
    """Assert that the fraction of other draws above a level is the content, to Monte Carlo error.

    Both the level and the check have the error of 100 000 draws.
    """
    mixture = mixture_of(k, d)
    log_density = mixture.log_density(mixture.sample(100_000, 77)[0])
    for content, level in zip(CONTENTS, plots.region_levels(mixture, CONTENTS), strict=True):
        held = float((log_density >= level).mean())
        assert abs(held - content) < np.sqrt(2.0) * tolerance(content, 100_000)
        shifted = float((log_density >= level + 0.2).mean())  # the check can fail
        assert abs(shifted - content) > np.sqrt(2.0) * tolerance(content, 100_000)


def test_levels_agree_with_those_of_mclust(faithful: Array) -> None:
    """Assert that densities are those of mclust, and levels close to its quantiles of the data.

    mclust takes quantiles of the density at the 272 rows, we those of the mixture: as many rows as
    the content says must be above ours, within binomial error.
    """
    stored = json.loads(LEVELS.read_text())
    found = stored["parameters"]
    mixture = drumlin.Mixture.from_arrays(found["pro"], found["mean"], found["covariances"])
    density = mixture.density(faithful)
    np.testing.assert_allclose(density, stored["density_at_data"], rtol=1e-11)
    levels = np.exp(plots.region_levels(mixture, stored["hdr_prob"]))
    for content, level in zip(stored["hdr_prob"], levels, strict=True):
        assert abs(float((density >= level).mean()) - content) < tolerance(content, len(faithful))
    np.testing.assert_allclose(levels, stored["hdrlevels"], rtol=0.15)


def test_intervals_of_one_column_hold_their_content() -> None:
    """Assert that the parts of a region of two separate peaks hold 75 %, by the distribution."""
    mixture = drumlin.Mixture.from_arrays([0.4, 0.6], [0.0, 9.0], [1.0, 4.0])
    places = np.linspace(-5.0, 17.0, 2001)
    (level,) = plots.region_levels(mixture, [0.75])
    parts = intervals(places, mixture.log_density(places[:, None]), float(level))
    assert len(parts) == 2
    held = sum(
        0.4 * (norm.cdf(high) - norm.cdf(low))
        + 0.6 * (norm.cdf((high - 9) / 2) - norm.cdf((low - 9) / 2))
        for low, high in parts
    )
    assert abs(held - 0.75) < tolerance(0.75, 100_000)


def test_intervals_may_reach_the_ends() -> None:
    """Assert that a region may be cut by the limits, be everything, or be empty."""
    places = np.array([0.0, 1.0, 2.0, 3.0])
    assert intervals(places, np.array([1.0, 0.0, 0.0, 1.0]), 0.5) == [(0.0, 0.5), (2.5, 3.0)]
    assert intervals(places, np.ones(4), 0.5) == [(0.0, 3.0)]
    assert intervals(places, np.zeros(4), 0.5) == []


def test_drawn_contours_lie_on_their_levels() -> None:
    """Assert that every point of a contour has the log-density of its level, to 0.02 nats."""
    mixture = mixture_of(3, 2)
    for draw in (plots.density_2d, plots.regions):
        ax = draw(mixture, ax=Figure().subplots())
        lines = ax.collections[-1]
        levels = np.sort(plots.region_levels(mixture, CONTENTS))
        found = [path.vertices for path in lines.get_paths()]
        assert len(found) == len(levels)
        for level, places in zip(levels, found, strict=True):
            np.testing.assert_allclose(mixture.log_density(places), level, atol=0.02)


def test_a_narrow_component_is_not_lost_between_places() -> None:
    """Assert that a peak of a thousandth of the width of the picture has its contours."""
    mixture = drumlin.Mixture.from_arrays(
        [0.5, 0.5], [[0.0, 0.0], [3.3, 1.7]], [1.0, 1e-6], "spherical"
    )
    lines = plots.density_2d(mixture, contents=[0.25]).collections[-1]
    places = np.concatenate([path.vertices for path in lines.get_paths()])
    assert len(places) > 20
    assert np.abs(places - [3.3, 1.7]).max() < 3e-3


def test_a_thin_ridge_has_closed_contours() -> None:
    """Assert that contours along a correlation of 0.995 are ellipses, and not beads."""
    matrix = np.array([[1.0, 0.995], [0.995, 1.0]])
    lines = plots.density_2d(drumlin.Mixture.from_arrays([1.0], [[0.0, 0.0]], [matrix]))
    parts = [len(path.to_polygons()) for path in lines.collections[-1].get_paths()]
    assert parts == [1, 1, 1, 1]


def test_the_image_shows_the_density() -> None:
    """Assert that the image holds p(x), and its colours begin at zero."""
    mixture = mixture_of(2, 2)
    mesh = plots.density_2d(mixture).collections[0]
    highest = mixture.density(mixture.means).max()
    assert np.max(np.asarray(mesh.get_array())) == pytest.approx(highest, rel=0.05)
    assert mesh.norm.vmin == 0.0


def test_symbols_and_counts_are_those_of_the_labels() -> None:
    """Assert that rows of a label share a colour and a symbol, and the legend counts them all."""
    mixture = mixture_of(3, 2)
    x = mixture.sample(6000, 2)[0]
    ax = plots.classification(mixture, x)
    labels = mixture.labels(x)
    words = words_of(ax)
    groups = points_of(ax)
    assert len(groups) == 3
    assert sum(len(places) for places, _, _ in groups) == 5000
    assert [text.get_text() for text in ax.texts] == ["5,000 of 6,000 rows drawn"]
    for j, (places, colour, _) in enumerate(groups):
        assert words[j] == f"component {j + 1}: {(labels == j).sum():,} rows"
        assert set(map(tuple, places)) <= set(map(tuple, x[labels == j]))
        assert np.round(colour[:3] - style.component_colours(3)[j], 6).tolist() == [0.0, 0.0, 0.0]
    shapes = {np.round(vertices, 6).tobytes() for _, _, vertices in groups}
    assert len(shapes) == 3


def test_labels_are_those_under_all_columns() -> None:
    """Assert that of four columns a plane is drawn, or a lane of one, with labels under all."""
    mixture = mixture_of(3, 4)
    x = mixture.sample(60, 2)[0]
    labels = mixture.labels(x)
    plane = points_of(plots.classification(mixture, x, columns=[3, 1]))
    lanes = points_of(plots.classification(mixture, x, columns=[2]))
    for j in range(3):
        np.testing.assert_array_equal(plane[j][0], x[labels == j][:, [3, 1]])
        np.testing.assert_array_equal(lanes[j][0][:, 0], x[labels == j, 2])
    heights = [places[0, 1] for places, _, _ in lanes]
    assert heights == sorted(heights, reverse=True)


def test_symbols_and_colours_pair_up_differently() -> None:
    """Assert that eighteen components have eighteen looks, also without their colours' shades."""
    looks = {(style.PALETTE[j % 6], marker) for j, marker in enumerate(style.markers(18))}
    assert len(looks) == 18


def test_groups_of_uncertainty_are_cut_at_its_quantiles() -> None:
    """Assert that rows above the 75 % and the 95 % quantile are drawn larger, in this order."""
    mixture = mixture_of(3, 2)
    x = mixture.sample(400, 2)[0]
    doubt = 1.0 - mixture.responsibilities(x).max(axis=1)
    low, high = np.quantile(doubt, [0.75, 0.95])
    ax = plots.uncertainty(mixture, x)
    groups = [places for places, _, _ in points_of(ax)]
    assert [len(places) for places in groups] == [300, 80, 20]
    for places, inside in zip(
        groups, (doubt <= low, (doubt > low) & (doubt <= high), doubt > high), strict=True
    ):
        np.testing.assert_array_equal(places, x[inside])
    assert words_of(ax)[:3] == [
        f"uncertainty up to {low:.2g}: 300 rows",
        f"uncertainty above {low:.2g}: 80 rows",
        f"uncertainty above {high:.2g}: 20 rows",
    ]
    points = [group for group in ax.collections if isinstance(group, PathCollection)]
    areas = [float(group.get_sizes()[0]) for group in points]
    assert areas == sorted(areas)


def test_the_curve_of_uncertainty_is_that_of_one_column() -> None:
    """Assert that the curve is 1 − max_j w_j, that rows lie on it, and a marginal has none."""
    mixture = mixture_of(3, 1)
    x = mixture.sample(50, 1)[0]
    ax = plots.uncertainty(mixture, x)
    places, height = (np.asarray(values) for values in ax.lines[0].get_data())
    expected = 1.0 - mixture.responsibilities(places[:, None]).max(axis=1)
    np.testing.assert_allclose(height, expected, atol=1e-12)
    points = np.concatenate([group for group, _, _ in points_of(ax)])
    rows = points[np.argsort(points[:, 0])]
    np.testing.assert_array_equal(rows[:, 0], np.sort(x[:, 0]))
    found = 1.0 - mixture.responsibilities(rows[:, :1]).max(axis=1)
    np.testing.assert_allclose(rows[:, 1], found, atol=1e-12)
    whole = mixture_of(3, 4)
    ax = plots.uncertainty(whole, columns=[2])
    assert all(np.size(line.get_xdata()) == 2 for line in ax.lines)  # the means only


def test_the_projection_is_that_of_project(iris: Array) -> None:
    """Assert that rows, ellipses and eigenvalues drawn are those of drumlin.project."""
    mixture = drumlin.fit(iris, 3, rng=0).mixture
    found = drumlin.project(mixture)
    ax = plots.projection(mixture, iris)
    labels, rows = mixture.labels(iris), found.transform(iris)
    for j, (places, _, _) in enumerate(points_of(ax)):
        np.testing.assert_allclose(places, rows[labels == j, :2], atol=1e-12)
    half = plots.ellipse(
        found.mixture.means[0, :2], found.mixture.covariance.matrices()[0, :2, :2], 0.5
    )
    np.testing.assert_allclose(np.array(ax.lines[0].get_data()).T, half, atol=1e-12)
    first, second = found.eigenvalues[:2]
    assert ax.get_xlabel() == f"direction 1, eigenvalue {first:.3g}"
    assert ax.get_ylabel() == f"direction 2, eigenvalue {second:.3g}"
    assert ax.get_aspect() == 1.0


@pytest.mark.parametrize("kind", [*KINDS, "projection"])
@pytest.mark.parametrize(
    ("d", "k", "data"),
    [
        *((d, k, data) for d in (1, 2) for k in (1, 3) for data in (True, False)),
        *((4, 3, True), (4, 1, False)),  # a matrix of Axes takes a second
    ],
)
def test_every_picture_can_be_drawn(kind: str, d: int, k: int, data: bool) -> None:
    """Assert that every kind draws any number of columns and components, names on the axes."""
    mixture = mixture_of(k, d, named=data)
    x = mixture.sample(40, 0)[0] if data else None
    figure = Figure(figsize=(3.0, 3.0), dpi=30)
    if kind == "projection":
        ax = figure.subplots()
        assert plots.projection(mixture, x, ax=ax) is ax
        assert ax.get_xlabel().startswith("direction 1, eigenvalue ")
    else:
        grid = plots.plot(mixture, x, kind=kind, figure=figure)
        assert grid.shape == ((4, 4) if d == 4 else (1, 1))
        assert grid[-1, 0].get_xlabel() == style.column_names(mixture)[0]
        assert grid[-1, 0].get_ylabel() != ""
    figure.canvas.draw()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "draw",
    [plots.plot, plots.pairs, plots.scatter_2d, plots.classification, plots.uncertainty,
     plots.density_2d, plots.regions, plots.projection],
)  # fmt: skip
def test_a_fit_is_drawn_as_its_mixture(draw: Any, faithful: Array) -> None:
    """Assert that a fit gives the axes of its mixture."""
    fit = drumlin.fit(faithful, 2, starts=1, rng=0)
    first, second = [np.array(draw(model, faithful)).flat[-1] for model in (fit, fit.mixture)]
    assert first.dataLim.bounds == second.dataLim.bounds
    assert first.get_xlabel() == second.get_xlabel()


@pytest.mark.parametrize("name", ["classification", "uncertainty", "regions", "density_2d"])
def test_wrong_columns_and_data_are_refused(name: str) -> None:
    """Assert that too many, unknown and repeated columns, and other data, are refused in words."""
    draw = getattr(plots, name)
    mixture = mixture_of(2, 4)
    with pytest.raises(InvalidParameterError, match="not 4: name them with columns, or use plot"):
        draw(mixture)
    for columns in ([0, 9], [1, 1]):
        with pytest.raises(InvalidParameterError, match="name different columns from 0 to 3"):
            draw(mixture, columns=columns)
    with pytest.raises(InvalidDataError, match="3 columns"):
        draw(mixture, np.zeros((5, 3)), columns=[0, 1])
    assert plt.get_fignums() == []


def test_wrong_options_are_refused() -> None:
    """Assert that an unknown kind lists those that are, and a content is a fraction."""
    mixture = mixture_of(2, 2)
    for grid in (plots.plot, plots.pairs):
        with pytest.raises(InvalidParameterError, match="one of scatter, classification"):
            grid(mixture, kind="pie")
    for single in (plots.density_2d, plots.regions):
        with pytest.raises(InvalidParameterError, match="fraction between 0 and 1"):
            single(mixture, contents=[95])
    with pytest.raises(InvalidParameterError, match="density_2d needs two columns"):
        plots.density_2d(mixture_of(2, 1))
    assert plt.get_fignums() == []
