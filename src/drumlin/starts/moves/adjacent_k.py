"""From k components to k − 1 and k + 1: the cheapest merge, and the best split.

What a table of fits has found for one number of components begins the next one, both ways.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumlin._types import Array
from drumlin.covariance import family_named
from drumlin.covariance.cholesky import inverse_lower
from drumlin.em import Iteration
from drumlin.moments import Moments
from drumlin.starts.moves.split_merge import cut_in_halves, joined, merge_costs, nats_lost
from drumlin.starts.whitened_sample import WhitenedSample


def one_fewer(sample: WhitenedSample, moments: Moments) -> Moments:
    """Full moments of k − 1 components from those of k >= 2: the pair that loses least is one."""
    centred = moments.centred()
    i, j = next(iter(merge_costs(sample.shrunk(moments), _white(sample, centred)[0])))
    mass, origin, scatter = centred.mass.copy(), centred.origin.copy(), centred.scatter.copy()
    mass[i], origin[i], scatter[i] = joined(centred, i, j)
    return replace(
        centred,
        mass=np.delete(mass, j),
        shift=np.delete(centred.shift, j, axis=0),
        origin=np.delete(origin, j, axis=0),
        scatter=np.delete(scatter, j, axis=0),
    )


def one_more(sample: WhitenedSample, last: Iteration, moments: Moments) -> Moments:
    """Full moments of k + 1 components: the one that gains most from it is cut in two."""
    centred = moments.centred()
    white, axes = _white(sample, centred)
    # the rows are dealt with free covariances, by which the gain is judged, whatever the family
    free = replace(sample.problem, family=family_named("full", sample.problem.source.n_features))
    cut = cut_in_halves(replace(sample, problem=free), last, axes, cem_steps=1)
    k = len(centred.mass)
    gains = nats_lost(cut, np.arange(k), np.arange(k) + k, white)
    split = int(np.argmax(gains))
    pair = [split, k + split]
    share = centred.mass[split] / cut.mass[pair].sum()

    def with_halves(all_of_them: Array, parts: Array) -> Array:
        return np.concatenate([np.delete(all_of_them, split, axis=0), parts])

    return replace(
        centred,
        mass=with_halves(centred.mass, share * cut.mass[pair]),
        shift=np.concatenate([centred.shift, np.zeros((1, centred.shift.shape[1]))]),
        origin=with_halves(centred.origin, cut.origin[pair]),
        scatter=with_halves(centred.scatter, share * cut.scatter[pair]),
    )


def _white(sample: WhitenedSample, centred: Moments) -> tuple[Array, Array]:
    """(d, d) what whitens the pooled scatter, and (k, d) the normal of the longest axis of each."""
    relative = sample.shrunk(centred)
    pooled = relative.scatter.sum(0) / relative.mass.sum()
    white = inverse_lower(sample.problem.floor.clip(pooled[None])[0])[0]
    each = white @ (relative.scatter / relative.mass[:, None, None]) @ white.T
    longest = np.linalg.eigh(each)[1][:, :, -1]
    return white, longest @ white
