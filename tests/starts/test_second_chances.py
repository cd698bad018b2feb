"""Starts from where a run has ended: collapsed components move, misplaced ones split and merge."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from drumlin import Mixture
from drumlin._types import Array
from drumlin.em import as_given, expect, iterates, maximise
from drumlin.moments import Form, Moments
from drumlin.starts import reseeded, split_merge_moves
from drumlin.starts.moves.split_merge import PLACES
from tests.ingredients import random_mixture
from tests.starts.ingredients import framed


def test_a_collapsed_component_is_moved_and_the_others_stay() -> None:
    """Assert that reseeding leaves healthy components and gives the sick one mass elsewhere."""
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 8.0])
    problem, frame = framed(x)
    spike = Mixture.from_arrays(
        [0.495, 0.01, 0.495], [[0.0, 0.0], x[0], [8.0, 8.0]],
        [np.eye(2), 1e-9 * np.eye(2), np.eye(2)],
    )  # fmt: skip
    start = as_given(spike)
    last = next(iterates(start, problem))
    assert not last.healthy
    before = expect(spike, problem, Form.FULL).centred()
    after = reseeded(frame, last, rng)
    for j in (0, 2):
        np.testing.assert_array_equal(after.origin[j], before.origin[j])
        np.testing.assert_array_equal(after.scatter[j], before.scatter[j])
    assert after.mass[1] >= 3.0
    assert (after.origin[1] == x).all(axis=1).any()  # one of the rows


def total(moments: Moments) -> list[Array]:
    """Mass, mean and scatter of all components together."""
    centred = moments.centred()
    mean = centred.mass @ centred.origin / centred.mass.sum()
    apart = centred.origin - mean
    between = (centred.mass[:, None] * apart).T @ apart
    return [np.asarray(centred.mass.sum()), mean, centred.scatter.sum(axis=0) + between]


def test_splitting_and_merging_keep_the_moments_of_the_whole() -> None:
    """Assert that every rearrangement has the mass, mean and scatter that it began with."""
    rng = np.random.default_rng(10)
    mixture = random_mixture(rng, 4, 3)
    problem, frame = framed(mixture.sample(200, rng)[0])
    last = next(iterates(as_given(mixture), problem))
    before = total(frame.shrunk(expect(mixture, problem, Form.FULL)))
    tried = list(split_merge_moves(frame, last, rng))
    assert len(tried) == 6 + PLACES
    for moments in tried[:6]:
        for got, want in zip(total(moments), before, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-9)
        assert (np.linalg.eigvalsh(moments.scatter) > 0).all()
    for moments in tried[6:]:
        assert moments.mass.sum() == pytest.approx(before[0], rel=1e-12)
        assert (frame.rows.x == moments.means[-1]).all(axis=1).any()
        assert (np.linalg.eigvalsh(moments.scatter) > 0).all()


def test_rows_close_together_in_a_broad_component_are_found() -> None:
    """Assert that a merge and a new component at a row find what no split does: a dense core."""
    rng = np.random.default_rng(14)
    centres = np.repeat([[0.0, 0.0], [3.0, 0.0], [80.0, 0.0]], [300, 200, 200], axis=0)
    sd = np.repeat([10.0, 0.3, 1.0], [300, 200, 200])
    x = centres + sd[:, None] * rng.normal(size=(700, 2))
    broad = Mixture.from_arrays(
        [0.72, 0.14, 0.14], [[1.0, 0.0], [79.5, 0.0], [80.5, 0.0]],
        [60.0 * np.eye(2), np.eye(2), np.eye(2)],
    )  # fmt: skip
    problem, frame = framed(x)
    stuck = next(islice(iterates(as_given(broad), problem), 30, None))
    assert stuck.mass.max() > 450.0  # otherwise nothing is tested
    moved = list(split_merge_moves(frame, stuck, rng))[6:]
    found = [next(islice(iterates(maximise(m, problem), problem), 15, None)) for m in moved]
    best = max(found, key=lambda last: last.log_likelihood)
    assert best.log_likelihood > stuck.log_likelihood + 100.0
    assert np.sort(best.mass) == pytest.approx([200.0, 200.0, 300.0], abs=10.0)


def test_two_components_on_one_cluster_and_one_on_two_are_set_right() -> None:
    """Assert that the best guess of split and merge leads EM to the three clusters."""
    rng = np.random.default_rng(11)
    centres = np.array([[0.0, 0.0], [20.0, 0.0], [26.0, 0.0]])
    x = (centres[:, None, :] + rng.normal(size=(3, 60, 2))).reshape(-1, 2)
    wrong = Mixture.from_arrays(
        [0.17, 0.16, 0.67], [[-0.6, 0.0], [0.6, 0.0], [23.0, 0.0]],
        [np.eye(2), np.eye(2), np.diag([10.0, 1.0])],
    )  # fmt: skip
    problem, frame = framed(x)
    stuck = next(islice(iterates(as_given(wrong), problem), 100, None))
    assert np.abs(stuck.mixture.means[:, 0] - 23.0).min() < 1.0  # otherwise nothing is tested
    step = maximise(next(split_merge_moves(frame, stuck, rng)), problem)
    found = next(islice(iterates(step, problem), 30, None))
    assert found.log_likelihood > stuck.log_likelihood + 10.0
    means = np.sort(found.mixture.means[:, 0])
    np.testing.assert_allclose(means, centres[:, 0], atol=1.0)


def test_many_components_are_moved_at_once() -> None:
    """Assert that one guess sets two pairs on one cluster and two on two right together."""
    rng = np.random.default_rng(13)
    centres = np.stack([np.arange(8) * 15.0, np.arange(8) % 2 * 15.0], axis=1)
    x = (centres[:, None, :] + rng.normal(size=(8, 60, 2))).reshape(-1, 2)
    means = np.stack([centres[0], centres[0], centres[1], centres[1], centres[6], centres[7],
                      centres[2:4].mean(axis=0), centres[4:6].mean(axis=0)])  # fmt: skip
    means[[0, 2]] += 0.6
    wide = np.repeat([np.eye(2), 60.0 * np.eye(2)], [6, 2], axis=0)
    wrong = Mixture.from_arrays(np.full(8, 0.125), means, wide)
    problem, frame = framed(x)
    stuck = next(islice(iterates(as_given(wrong), problem), 100, None))
    assert _taken(stuck.mixture, centres) == 4  # otherwise nothing is tested
    moved = next(split_merge_moves(frame, stuck, rng))
    assert moved.mass.sum() == pytest.approx(len(x) + 8 * 3)  # pseudo-rows
    step = maximise(moved, problem)
    found = next(islice(iterates(step, problem), 30, None))
    assert _taken(found.mixture, centres) == 8


def _taken(mixture: Mixture, centres: Array) -> int:
    """How many of the clusters have a component whose mean is within one standard deviation."""
    apart = np.linalg.norm(mixture.means[:, None] - centres, axis=2)
    return int((apart.min(axis=0) < 1.0).sum())


def test_two_components_are_not_split_merge_moves() -> None:
    """Assert that it takes three: one to split and two to merge."""
    rng = np.random.default_rng(12)
    mixture = random_mixture(rng, 2, 2)
    problem, frame = framed(mixture.sample(50, rng)[0])
    assert list(split_merge_moves(frame, next(iterates(as_given(mixture), problem)), rng)) == []
