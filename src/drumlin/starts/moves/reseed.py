"""A second life for a collapsed component: among the rows that the others explain worst."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumlin.em import Iteration, expect, unhealthy
from drumlin.moments import Form, Moments
from drumlin.starts.whitened_sample import WhitenedSample

WORST = 0.1
"""The fraction of the rows, those of lowest density, among which the new mean is drawn."""


def reseeded(sample: WhitenedSample, last: Iteration, rng: np.random.Generator) -> Moments:
    """The moments of ``last``, with its bad components moved to badly explained rows.

    The healthy components keep their moments. A moved one gets the covariance that they have in
    common and half an equal share of the mass.
    """
    problem = sample.problem
    centred = expect(last.mixture, problem, Form.FULL).centred()
    n_components, n_features = centred.origin.shape
    bad = unhealthy(centred.mass, last.on_floor, problem.family, n_features)
    if bad.all():
        return centred
    well = np.flatnonzero(~bad)
    within = centred.scatter[well].sum(axis=0) / centred.mass[well].sum()
    rest = last.mixture.take(well)
    observed = problem.observation
    density = observed.log_density(problem.backend, rest, sample.seen, n_threads=1)
    worst = np.argsort(density, kind="stable")[: max(n_components, int(WORST * len(density)))]
    mass, origin, scatter = centred.mass.copy(), centred.origin.copy(), centred.scatter.copy()
    for j in np.flatnonzero(bad):
        origin[j] = sample.rows.x[rng.choice(worst)]
        mass[j] = max(0.5 * centred.count / n_components, n_features + 1.0)
        scatter[j] = mass[j] * within
    return replace(centred, mass=mass, origin=origin, scatter=scatter)
