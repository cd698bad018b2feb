"""One component more than a run ended with: an old one split, or a new one at some row.

A cluster that k components missed may be anything: half of a long component, or rows close
together inside a broad one. So every component is split across its longest axis, and new ones are
put at random rows (after Vlassis & Likas 2002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.em import Iteration, Problem, expect
from drumlin.moments import Form, Moments

HALFWAY = 0.8
"""The halves of a split component lie this many standard deviations from its mean."""

WIDTH = 0.25
"""Covariance of a new component, as a fraction of that of the component into which it is put."""


def insertions(
    problem: Problem, last: Iteration, n_inserted: int, rng: np.random.Generator
) -> Iterator[Moments]:
    """Moments of k + 1 components: k splits, then ``n_inserted`` at rows drawn by weight."""
    centred = expect(last.mixture, problem, Form.FULL).centred()
    pooled = centred.scatter.sum(axis=0) / centred.mass.sum()
    scale = np.sqrt(np.maximum(np.diagonal(pooled), np.finfo(np.float64).tiny))
    for component in range(len(centred.mass)):
        yield _split(centred, component, scale)
    rows = problem.summary.draw
    weight = rows.weights
    chosen = rows.take(rng.choice(len(rows), size=n_inserted, p=weight / weight.sum()))
    owners = problem.observation.labels(problem.backend, last.mixture, chosen, n_threads=1)
    places = np.asarray(problem.observation.points(chosen).x, dtype=np.float64)
    for place, owner in zip(places, owners, strict=True):
        yield inserted(centred, place, int(owner))


def _split(moments: Moments, component: int, scale: Array) -> Moments:
    """The component as two halves across its longest axis, columns in units of ``scale``."""
    mass, scatter = moments.mass[component], moments.scatter[component]
    values, vectors = np.linalg.eigh(scatter / np.outer(scale, scale) / max(mass, 1.0))
    offset = HALFWAY * np.sqrt(max(values[-1], 0.0)) * scale * vectors[:, -1]
    half = 0.5 * (scatter - mass * np.outer(offset, offset))
    means = moments.origin[component] + offset, moments.origin[component] - offset
    return _with(moments, component, (0.5 * mass, means[0], half), (0.5 * mass, means[1], half))


def inserted(moments: Moments, place: Array, owner: int) -> Moments:
    """A new component with half an equal share of the mass, which the others give in proportion."""
    share = 0.5 / (len(moments.mass) + 1)
    mass = share * moments.mass.sum()
    scatter = WIDTH * mass / max(moments.mass[owner], 1.0) * moments.scatter[owner]
    less = replace(
        moments, mass=(1.0 - share) * moments.mass, scatter=(1.0 - share) * moments.scatter
    )
    old = less.mass[owner], less.origin[owner], less.scatter[owner]
    return _with(less, owner, old, (mass, place, scatter))


def _with(
    moments: Moments,
    component: int,
    old: tuple[float, Array, Array],
    new: tuple[float, Array, Array],
) -> Moments:
    """The component replaced by ``old``, and ``new`` after all others."""
    mass, origin, scatter = moments.mass.copy(), moments.origin.copy(), moments.scatter.copy()
    mass[component], origin[component], scatter[component] = old
    return replace(
        moments,
        mass=np.append(mass, new[0]),
        shift=np.zeros((len(mass) + 1, origin.shape[1])),
        origin=np.concatenate([origin, new[1][None]]),
        scatter=np.concatenate([scatter, new[2][None]]),
    )
