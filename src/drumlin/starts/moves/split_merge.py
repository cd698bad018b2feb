"""Split, merge and move: two components that share a cluster become one, and the other is used.

A run of EM keeps the number of components that it gave to each region; this moves one. Pairs are
merged where that costs least (Runnalls 2007); a component is split along the direction in which it
is longest relative to the pooled covariance, which is where two clusters hide in it, whatever the
scale of the columns (after Ueda et al. 2000). Where rows lie close together inside a broad
component no split finds them: so one component also begins anew at random rows.

Among many components many are misplaced, so there several moves are made at once. Every component
is cut across its longest axis and its rows dealt to the better half a few times (Celeux & Govaert
1992). What a cut gains and what a merge costs are the same difference of classification
log-likelihoods, and the best cut is paired with the cheapest merge while it gains more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.covariance.cholesky import inverse_lower
from drumlin.data import Rows
from drumlin.em import Iteration, expect, maximise
from drumlin.moments import Form, Moments
from drumlin.observation import COMPLETE
from drumlin.starts.moves.insertion import inserted
from drumlin.starts.whitened_sample import WhitenedSample

PAIRS, SPLITS = 3, 2
"""How many merges, and how many splits for each, are tried."""

FLATTEST = 1e-9
"""Added to relative variances, which may be zero: the comparison of pairs is rough."""

PLACES = 6
"""Random rows at which the component that the cheapest merge sets free is tried."""

MANY = 8
"""Components from which several moves are made at once."""

CEM_STEPS = 3
"""How often the rows of a component are dealt to its halves."""

HALFWAY = 0.8
"""The halves of a split component lie this many standard deviations from its mean."""


def split_merge_moves(
    sample: WhitenedSample, last: Iteration, rng: np.random.Generator
) -> Iterator[Moments]:
    """The most promising rearrangements of ``last``, as moments, the best guesses first."""
    if last.mixture.n_components < 3:
        return
    seen = expect(last.mixture, sample.problem, Form.FULL)
    centred = sample.shrunk(seen)
    factor = sample.problem.floor.clip((centred.scatter.sum(0) / centred.mass.sum())[None])[0]
    white = inverse_lower(factor)[0]
    relative = white @ centred.scatter @ white.T
    values, vectors = np.linalg.eigh(relative / centred.mass[:, None, None])
    longest = np.argsort(-values[:, -1] * np.sqrt(centred.mass), kind="stable")
    pairs = merge_costs(centred, white)
    if len(longest) >= MANY:
        halves = cut_in_halves(sample, last, vectors[:, :, -1] @ white)
        moves = _worthwhile(pairs, halves, white)
        if len(moves) > 1:
            yield _all_moved(centred, halves, moves)
    for i, j in list(pairs)[:PAIRS]:
        for split in [c for c in longest if c not in (i, j)][:SPLITS]:
            axis = factor[0] @ vectors[split, :, -1] * np.sqrt(values[split, -1])
            yield _rearranged(centred, i, j, int(split), HALFWAY * axis)
    i, j = next(iter(pairs))
    for place in sample.drawn_rows(PLACES, rng):
        yield _moved_to(sample, centred, i, j, place)


def merge_costs(moments: Moments, white: Array) -> dict[tuple[int, int], float]:
    """What merging i and j costs, for all pairs, the cheapest first."""
    costs = {}
    for i in range(1, len(moments.mass)):
        others = np.arange(i)
        lost = nats_lost(moments, np.full(i, i), others, white)
        costs.update({(i, j): float(cost) for j, cost in enumerate(lost)})
    return {pair: costs[pair] for pair in sorted(costs, key=costs.__getitem__)}


def nats_lost(moments: Moments, i: Array, j: Array, white: Array) -> Array:
    """(m,) nats of classification log-likelihood that merging components i and j (m,) loses.

    f(S_i + S_j + between, m_i + m_j) − f(S_i, m_i) − f(S_j, m_j), f(S, m) = m (½ log |S/m| − log m)
    """
    joint = moments.mass[i] + moments.mass[j]
    apart = (moments.origin[i] - moments.origin[j]) @ white.T
    apart *= np.sqrt(moments.mass[i] * moments.mass[j] / joint)[:, None]
    scatter = white @ moments.scatter @ white.T
    alone = _nats(scatter, moments.mass)
    merged = scatter[i] + scatter[j] + apart[:, :, None] * apart[:, None, :]
    return _nats(merged, joint) - alone[i] - alone[j]


def _nats(scatter: Array, mass: Array) -> Array:
    """(m,) mass (½ log |S / mass| − log mass), S relative to the pooled scatter."""
    flattest = FLATTEST * np.eye(scatter.shape[-1])
    volume = np.linalg.slogdet(scatter / mass[:, None, None] + flattest)[1]
    return mass * (0.5 * volume - np.log(mass))


def _worthwhile(
    pairs: dict[tuple[int, int], float], halves: Moments, white: Array
) -> list[tuple[int, int, int]]:
    """Moves (i, j, split), no component in two of them, that gain more than they cost."""
    k = len(halves.mass) // 2
    gains = nats_lost(halves, np.arange(k), np.arange(k) + k, white)
    moves: list[tuple[int, int, int]] = []
    free = set(range(k))
    for split in np.argsort(-gains, kind="stable"):
        for (i, j), cost in pairs.items():
            if gains[split] <= max(cost, 0.0):
                break
            if {i, j, int(split)} <= free and split not in (i, j):
                moves.append((i, j, int(split)))
                free -= {i, j, int(split)}
                break
    return moves


def _all_moved(moments: Moments, halves: Moments, moves: list[tuple[int, int, int]]) -> Moments:
    """In every move i and j become i, and the halves of ``split`` are itself and j."""
    k = len(moments.mass)
    mass, origin, scatter = moments.mass.copy(), moments.origin.copy(), moments.scatter.copy()
    for i, j, split in moves:
        mass[i], origin[i], scatter[i] = joined(moments, i, j)
        pair = [split, k + split]
        share = moments.mass[split] / halves.mass[pair].sum()
        mass[[split, j]] = share * halves.mass[pair]
        origin[[split, j]] = halves.origin[pair]
        scatter[[split, j]] = share * halves.scatter[pair]
    return replace(moments, mass=mass, origin=origin, scatter=scatter)


def cut_in_halves(
    sample: WhitenedSample, last: Iteration, across: Array, *, cem_steps: int = CEM_STEPS
) -> Moments:
    """Moments of 2 k components: j and k + j are the halves of component j of ``last``.

    across : (k, d) the normal of the first cut through its mean
    """
    problem, points, k = sample.problem, sample.rows.x, len(across)
    seen, observation, backend = sample.seen, problem.observation, problem.backend
    parent = observation.labels(backend, last.mixture, seen, n_threads=1)
    apart = np.einsum("ia,ia->i", points - last.mixture.means[parent], across[parent])
    labels, here = parent + k * (apart < 0.0), np.arange(len(points))
    for _ in range(cem_steps):
        moments = sample.shrunk(sample.moments_of_labels(labels, 2 * k))
        both = maximise(moments, problem).mixture
        log_joint = observation.log_joint(backend, both, seen, n_threads=1)
        labels = parent + k * (log_joint[here, parent + k] > log_joint[here, parent])
    return sample.shrunk(sample.moments_of_labels(labels, 2 * k))


def joined(moments: Moments, i: int, j: int) -> tuple[float, Array, Array]:
    """Mass, mean and scatter of two components as one."""
    mass = moments.mass[i] + moments.mass[j]
    apart = moments.origin[i] - moments.origin[j]
    mean = moments.origin[j] + moments.mass[i] / mass * apart
    between = moments.mass[i] * moments.mass[j] / mass * np.outer(apart, apart)
    return float(mass), mean, moments.scatter[i] + moments.scatter[j] + between


def _moved_to(sample: WhitenedSample, moments: Moments, i: int, j: int, place: Array) -> Moments:
    """i and j become one, and a new component begins at some row."""
    mass, mean, scatter = joined(moments, i, j)
    others = np.delete(np.arange(len(moments.mass)), [i, j])
    fewer = replace(
        moments,
        mass=np.append(moments.mass[others], mass),
        shift=moments.shift[1:],
        origin=np.concatenate([moments.origin[others], mean[None]]),
        scatter=np.concatenate([moments.scatter[others], scatter[None]]),
    )
    mixture = maximise(fewer, sample.problem).mixture
    owner = COMPLETE.labels(sample.problem.backend, mixture, Rows(place[None]), n_threads=1)
    return inserted(fewer, place, int(owner[0]))


def _rearranged(moments: Moments, i: int, j: int, split: int, offset: Array) -> Moments:
    """i and j become i; ``split`` becomes itself and j, on either side of its mean."""
    mass, origin, scatter = moments.mass.copy(), moments.origin.copy(), moments.scatter.copy()
    mass[i], origin[i], scatter[i] = joined(moments, i, j)
    half = 0.5 * (moments.scatter[split] - moments.mass[split] * np.outer(offset, offset))
    mass[split] = mass[j] = 0.5 * moments.mass[split]
    scatter[split] = scatter[j] = half
    origin[split], origin[j] = moments.origin[split] + offset, moments.origin[split] - offset
    return replace(moments, mass=mass, origin=origin, scatter=scatter)
