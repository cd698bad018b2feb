"""Merging components into clusters: against mclust, against the definition, and its laws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import drumlin
from drumlin import plots
from drumlin._types import Array
from drumlin.backends import Backend, Density
from drumlin.data import ArraySource, Rows, Table
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.merging import Merge, Merging, elbow, merge
from drumlin.merging.entropy import BLOCK_ROWS, merges
from drumlin.observation import Complete
from tests.ingredients import STRUCTURE_NAMES, draw, engine_for, random_mixture

COMBI = Path(__file__).parent.parent / "reference" / "combi"


class GivenResponsibilities(Complete):
    """Rows that are responsibilities themselves, whatever the mixture."""

    def responsibilities(
        self, backend: Backend, mixture: Density, rows: Rows, *, n_threads: int
    ) -> Array:
        """The rows."""
        del backend, mixture, n_threads
        return rows.x


def merges_of(mixture: drumlin.Mixture, soft: Array, chunk_rows: int) -> Iterator[Merge]:
    """The steps of merging these responsibilities, in chunks."""
    source = ArraySource(Rows(soft), chunk_rows)
    return merges(mixture, source, engine_for(len(soft)), GivenResponsibilities())


def merged_as_reference(name: str) -> tuple[dict[str, Any], Merging]:
    """R's results, and our merging of the same responsibilities in blocks of 100 rows."""
    stored = json.loads((COMBI / f"{name}.json").read_text())
    z = np.array(stored["z"])
    single = drumlin.Mixture.from_arrays(
        np.full(z.shape[1], 1.0 / z.shape[1]), np.arange(z.shape[1]), np.ones(z.shape[1])
    )
    return stored, Merging(single, Table(z), tuple(merges_of(single, z, 100)))


def entropy(soft: Array, weight: Array) -> float:
    """−Σ_i s⁽ⁱ⁾ Σ_c t log t by definition."""
    return float(-weight @ np.where(soft > 0, soft * np.log(np.where(soft > 0, soft, 1)), 0).sum(1))


def by_definition(soft: Array, weight: Array) -> Iterator[tuple[tuple[int, int], float]]:
    """Pairs and the entropies after merging them, from all responsibilities at once."""
    while soft.shape[1] > 1:
        tried = {}
        for a, b in combinations(range(soft.shape[1]), 2):
            joined = np.delete(soft, b, axis=1)
            joined[:, a] = soft[:, a] + soft[:, b]
            tried[a, b] = entropy(joined, weight), joined
        pair = min(tried, key=lambda p: tried[p][0])
        yield pair, tried[pair][0]
        soft = tried[pair][1]


@pytest.mark.parametrize("name", ["ex4.1", "ex4.2"])
def test_merges_as_mclust(name: str) -> None:
    """Assert the pairs, the entropies to rounding, the classes and the suggestion of clustCombi.

    Its entropies are sums of terms of both signs, good to 1e-14 per nat of the first; of one
    cluster it has 1e-14 where the truth is 0.
    """
    stored, merging = merged_as_reference(name)
    pairs = [[a + 1, b + 1] for a, b in (step.pair for step in merging.merges)]
    assert pairs == [step["merged_columns_1based"] for step in stored["merge"]]
    theirs = np.array(stored["entropy_by_K"])
    np.testing.assert_allclose(merging.entropies, theirs, rtol=1e-13, atol=1e-13)
    assert merging.entropies[0] == 0.0
    assert merging.suggested == stored["optimal_G_reg2"]
    z = np.array(stored["z"])
    for g, classes in stored["classification"].items():
        members = merging.members(int(g))
        soft = np.stack([z[:, members == c].sum(axis=1) for c in range(int(g))], axis=1)
        assert (soft.argmax(axis=1) + 1).tolist() == classes


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
@pytest.mark.parametrize("d", [1, 3])
def test_merges_as_defined(structure: str, d: int, backend: Backend) -> None:
    """Assert that pairs and entropies are those of the definition, with weights, in one piece."""
    rng = np.random.default_rng([7, d])
    mixture = random_mixture(rng, 5, d, structure, spread=2.0)
    x = draw(mixture, 300, rng)[0]
    weight = rng.integers(0, 4, 300).astype(float)
    merging = merge(mixture, x, sample_weight=weight, backend=backend)
    soft = mixture.responsibilities(x, backend="reference")
    wanted = list(by_definition(soft, weight))
    assert [step.pair for step in merging.merges] == [pair for pair, _ in wanted]
    heights = [entropy(soft, weight), *(height for _, height in wanted)]
    np.testing.assert_allclose(merging.entropies[::-1], heights, rtol=1e-11, atol=1e-10)


def test_integer_weights_are_repeated_rows() -> None:
    """Assert that a row of weight 3 counts three times, and one of weight 0 not at all."""
    rng = np.random.default_rng(3)
    mixture = random_mixture(rng, 4, 2, spread=1.5)
    x = draw(mixture, 200, rng)[0]
    weight = rng.integers(0, 4, 200)
    weighted = merge(mixture, x, sample_weight=weight)
    repeated = merge(mixture, np.repeat(x, weight, axis=0))
    assert [s.pair for s in weighted.merges] == [s.pair for s in repeated.merges]
    assert [s.total_weight for s in weighted.merges] == [s.total_weight for s in repeated.merges]
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-12)


def test_blocks_and_threads_do_not_matter() -> None:
    """Assert that more rows than a block merge as one piece does, bit for bit on any threads."""
    rng = np.random.default_rng(4)
    mixture = random_mixture(rng, 4, 2, spread=2.0)
    x = draw(mixture, 2 * BLOCK_ROWS + 100, rng)[0]
    merging = merge(mixture, x, n_threads=1)
    assert np.array_equal(merging.entropies, merge(mixture, x, n_threads=3).entropies)
    soft = mixture.responsibilities(x)
    heights = [height for _, height in by_definition(soft, np.ones(len(x)))]
    np.testing.assert_allclose(merging.entropies[-2::-1], heights, rtol=1e-11, atol=1e-9)
    assert np.array_equal(merging.labels(3), merging.responsibilities(3).argmax(axis=1))


def test_clusters_are_sums_of_components() -> None:
    """Assert that clusters nest, are numbered by their first components, and sum to one."""
    rng = np.random.default_rng(5)
    mixture = random_mixture(rng, 6, 2, spread=2.0)
    x = draw(mixture, 400, rng)[0]
    merging = merge(mixture, x.astype(np.float32))
    assert (np.diff(merging.entropies) >= 0.0).all()
    soft = mixture.responsibilities(x.astype(np.float32))
    for g in range(1, 7):
        members = merging.members(g)
        firsts = [int(np.flatnonzero(members == c)[0]) for c in range(g)]
        assert firsts == sorted(firsts)
        expected = np.stack([soft[:, members == c].sum(axis=1) for c in range(g)], axis=1)
        np.testing.assert_allclose(merging.responsibilities(g), expected, rtol=0, atol=1e-6)
        if g < 6:
            finer = merging.members(g + 1)
            assert len({(f, c) for f, c in zip(finer, members, strict=True)}) == g + 1
    assert np.array_equal(merging.members(6), np.arange(6))
    assert merging.labels(1).max() == 0


def test_entropy_of_hardly_overlapping_components_is_exact() -> None:
    """Assert a loss of 1e-30 nats to twelve digits against mpmath, where differences give 0."""
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 60

    def exact(row: Array) -> list[Any]:
        return [mpmath.mpf(float(value)) for value in row]

    soft = np.array([[1.0, 1e-32], [1e-40, 1.0]])
    two = drumlin.Mixture.from_arrays([0.5, 0.5], [0.0, 1.0], np.ones(2))
    (step,) = merges_of(two, soft, 2)
    f = [[v * mpmath.log(v) for v in (a + b, a, b)] for a, b in map(exact, soft)]
    lost = sum(both - one - other for both, one, other in f)
    assert step.entropy_drop == pytest.approx(float(lost), rel=1e-12)
    assert 1e-31 < step.entropy_drop < 1e-29


def test_far_components_have_no_entropy() -> None:
    """Assert that responsibilities of exactly 0 and 1 merge without a warning."""
    mixture = drumlin.Mixture.from_arrays([0.5, 0.3, 0.2], [0.0, 1e6, 2e6], np.ones(3))
    merging = drumlin.merge(mixture, np.array([0.0, 1e6, 2e6]))
    assert merging.entropies.tolist() == [0.0, 0.0, 0.0]
    assert merging.labels(3).tolist() == [0, 1, 2]


def test_the_elbow_is_at_the_corner() -> None:
    """Assert that points on two lines give those lines; a negative control moves a point."""
    along = np.array([0.0, 1.0, 2.5, 3.0, 4.0, 7.0])
    heights = np.where(along < 3.0, 1.0 + along, 4.0 + 10.0 * (along - 3.0))
    found = elbow(along, heights)
    assert found.index == 3
    np.testing.assert_allclose([*found.left, *found.right], [1, 1, -26, 10], atol=1e-12)
    assert elbow(along, heights + np.array([0, 0, 0, 9, 0, 0])).index != 3


def test_suggestions() -> None:
    """Assert that clusters made of two close components each are suggested, not the components."""
    centres = np.array([0.0, 1.5, 20.0, 21.5, 40.0, 41.5])
    mixture = drumlin.Mixture.from_arrays(np.full(6, 1 / 6), centres, np.ones(6))
    merging = drumlin.merge(mixture, mixture.sample(600, 0)[0])
    assert merging.suggested == merging.suggested_by_rows == 3
    assert merging.members(3).tolist() == [0, 0, 1, 1, 2, 2]
    assert "suggested  3, where the entropy bends" in str(merging)
    few = drumlin.merge(drumlin.Mixture.from_arrays([0.5, 0.5], [0.0, 1.0], np.ones(2)), [0.0, 1.0])
    assert few.suggested == 2
    assert "no bend" in str(few)
    one = drumlin.merge(drumlin.Mixture.from_arrays([1.0], [0.0], [1.0]), [0.0, 1.0])
    assert (one.merges, one.suggested, one.labels(1).tolist()) == ((), 1, [0, 0])


def test_a_fit_and_its_mixture_merge_alike(faithful: Array) -> None:
    """Assert that a Fit serves, that new rows get labels, and that the table tells the steps."""
    fit = drumlin.fit(faithful, 3, rng=0)
    merging = drumlin.merge(fit, faithful)
    assert merging.merges == drumlin.merge(fit.mixture, faithful).merges
    assert isinstance(merging.merges[0], Merge)
    assert np.array_equal(merging.labels(2, faithful[:9]), merging.labels(2)[:9])
    assert str(merging).splitlines()[0] == "clusters  entropy  rows merged  merged components"
    assert len({len(line) for line in str(merging).splitlines()[1:2]}) == 1


@pytest.mark.parametrize("n_clusters", [0, 4, 1.5, True, "two"])
def test_wrong_numbers_of_clusters_are_refused(n_clusters: Any) -> None:
    """Assert that a number of clusters that is not from 1 to k is named."""
    mixture = drumlin.Mixture.from_arrays(np.full(3, 1 / 3), np.arange(3.0), np.ones(3))
    merging = drumlin.merge(mixture, np.arange(3.0))
    with pytest.raises(InvalidParameterError, match="whole number from 1 to 3"):
        merging.labels(n_clusters)


def test_wrong_data_are_refused() -> None:
    """Assert that columns, missing values, weights and what is no mixture are told."""
    mixture = drumlin.Mixture.from_arrays([0.5, 0.5], [0.0, 1.0], np.ones(2))
    with pytest.raises(InvalidDataError, match="x has 2 columns, the mixture 1"):
        drumlin.merge(mixture, np.ones((3, 2)))
    with pytest.raises(InvalidDataError, match="missing"):
        drumlin.merge(mixture, [0.0, np.nan])
    with pytest.raises(InvalidDataError, match="one value per row"):
        drumlin.merge(mixture, [0.0, 1.0], sample_weight=[1.0])
    with pytest.raises(InvalidParameterError, match="a Fit or a Mixture, not a str"):
        drumlin.merge("model.json", [0.0])  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["clusters", "rows"])
def test_the_picture_of_the_entropy(by: str) -> None:
    """Assert that the points are the entropies and the ring is at the suggestion."""
    merging = merged_as_reference("ex4.1")[1]
    axes = plots.entropy_of_merging(merging, by=by)
    points, ring = axes.lines[0], axes.lines[3]
    assert np.array_equal(points.get_ydata(), merging.entropies)
    suggested = merging.suggested if by == "clusters" else merging.suggested_by_rows
    assert np.asarray(ring.get_ydata()).tolist() == [merging.entropies[suggested - 1]]
    with pytest.raises(InvalidParameterError, match="'clusters' or 'rows'"):
        plots.entropy_of_merging(merging, by="size")
    plt.close("all")


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_picture_of_the_clusters(d: int) -> None:
    """Assert that clusters are drawn for any number of columns, one line of the legend each."""
    mixture = random_mixture(np.random.default_rng(d), 4, d, spread=2.0)
    merging = drumlin.merge(mixture, mixture.sample(200, 1)[0])
    axes = plots.merged_clusters(merging, 2)
    legend = axes.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == 2 + (d > 1)  # the content of the ellipses
    with pytest.raises(InvalidParameterError):
        plots.merged_clusters(merging, 9)
    if d > 1:
        with pytest.raises(InvalidParameterError, match="name two columns"):
            plots.merged_clusters(merging, 2, columns=(0,))
    plt.close("all")
