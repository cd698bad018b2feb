"""Split and merge: two components that share a cluster become one, one that spans two becomes two.

A run of EM keeps the number of components that it gave to each region; this moves one. Pairs are
merged where that costs least (Runnalls 2007); a component is split along the direction in which it
is longest relative to the pooled covariance, which is where two clusters hide in it, whatever the
scale of the columns (after Ueda et al. 2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drumlin.covariance.factors import inverse_lower
from drumlin.em import Iteration, expect
from drumlin.moments import Form, Moments
from drumlin.starts.frame import Frame

Array = np.ndarray

PAIRS, SPLITS = 3, 2
"""How many merges, and how many splits for each, are tried."""

FLATTEST = 1e-9
"""Added to relative variances, which may be zero: the comparison of pairs is rough."""

HALFWAY = 0.8
"""The halves of a split component lie this many standard deviations from its mean."""


def start(frame: Frame, last: Iteration) -> Iterator[Moments]:
    """The most promising rearrangements of ``last``, as moments, the best guess first."""
    if last.mixture.n_components < 3:
        return
    seen = expect(last.mixture, frame.problem, Form.FULL)
    centred = frame.shrunk(seen)
    factor = frame.problem.floor.lift((centred.scatter.sum(0) / centred.mass.sum())[None])[0]
    white = inverse_lower(factor)[0]
    relative = white @ centred.scatter @ white.T
    values, vectors = np.linalg.eigh(relative / centred.mass[:, None, None])
    longest = np.argsort(-values[:, -1] * np.sqrt(centred.mass), kind="stable")
    for i, j in _cheapest_pairs(centred, white):
        for split in [c for c in longest if c not in (i, j)][:SPLITS]:
            axis = factor[0] @ vectors[split, :, -1] * np.sqrt(values[split, -1])
            yield _rearranged(centred, i, j, int(split), HALFWAY * axis)


def _cheapest_pairs(moments: Moments, white: Array) -> list[tuple[int, int]]:
    """½ [m_ij log |S_ij| − m_i log |S_i| − m_j log |S_j|], smallest first."""
    mass, scatter = moments.mass, white @ moments.scatter @ white.T
    centres = (moments.origin - moments.origin.mean(axis=0)) @ white.T
    single = mass * _log_determinants(scatter, mass)
    costs = {}
    for i in range(1, len(mass)):
        joint = mass[i] + mass[:i]
        apart = (centres[i] - centres[:i]) * np.sqrt(mass[i] * mass[:i] / joint)[:, None]
        merged = scatter[i] + scatter[:i] + apart[:, :, None] * apart[:, None, :]
        lost = joint * _log_determinants(merged, joint) - single[i] - single[:i]
        costs.update({(i, j): float(cost) for j, cost in enumerate(lost)})
    return sorted(costs, key=costs.__getitem__)[:PAIRS]


def _log_determinants(scatter: Array, mass: Array) -> Array:
    """(m,) log |S / mass| of scatters relative to the pooled one."""
    flattest = FLATTEST * np.eye(scatter.shape[-1])
    return np.linalg.slogdet(scatter / mass[:, None, None] + flattest)[1]


def _merged(moments: Moments, i: int, j: int) -> tuple[float, Array, Array]:
    """Mass, mean and scatter of two components as one."""
    mass = moments.mass[i] + moments.mass[j]
    apart = moments.origin[i] - moments.origin[j]
    mean = moments.origin[j] + moments.mass[i] / mass * apart
    between = moments.mass[i] * moments.mass[j] / mass * np.outer(apart, apart)
    return float(mass), mean, moments.scatter[i] + moments.scatter[j] + between


def _rearranged(moments: Moments, i: int, j: int, split: int, offset: Array) -> Moments:
    """i and j become i; ``split`` becomes itself and j, on either side of its mean."""
    mass, origin, scatter = moments.mass.copy(), moments.origin.copy(), moments.scatter.copy()
    mass[i], origin[i], scatter[i] = _merged(moments, i, j)
    half = 0.5 * (moments.scatter[split] - moments.mass[split] * np.outer(offset, offset))
    mass[split] = mass[j] = 0.5 * moments.mass[split]
    scatter[split] = scatter[j] = half
    origin[split], origin[j] = moments.origin[split] + offset, moments.origin[split] - offset
    return replace(moments, mass=mass, origin=origin, scatter=scatter)
