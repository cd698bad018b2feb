"""The M-steps of the families that are clipped at the floor, each named by its family's code.

They are closed forms, and the clipped covariances are the exact maximum of Q under the floor.

moments : `Moments` about their own means;  S_j = scatter_j (k, d, d) or its diagonal (k, d)

Source: Celeux & Govaert 1995.
"""

from __future__ import annotations

import numpy as np

from drumlin.covariance.families.m_step import Estimate
from drumlin.covariance.floor import Floor
from drumlin.covariance.structures.base import unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full
from drumlin.covariance.structures.spherical import Spherical
from drumlin.covariance.structures.tied import Tied
from drumlin.moments import Moments, divisor


def vvv(moments: Moments, floor: Floor) -> Estimate:
    """Σ_j = S_j / mass_j."""
    factors, clipped = floor.clip(moments.scatter / divisor(moments.mass)[:, None, None])
    return Estimate(unchecked(Full, factors=factors), clipped)


def eee(moments: Moments, floor: Floor) -> Estimate:
    """Σ = Σ_j S_j / Σ_j mass_j."""
    n_components = len(moments.mass)
    pooled = moments.scatter.sum(axis=0) / divisor(moments.mass.sum())
    factors, clipped = floor.clip(pooled[None])
    shared = unchecked(Tied, factor=factors[0], components=n_components)
    return Estimate(shared, np.repeat(clipped, n_components))


def vvi(moments: Moments, floor: Floor) -> Estimate:
    """The diagonals of S_j / mass_j."""
    variances, clipped = floor.clip_variances(moments.scatter / divisor(moments.mass)[:, None])
    return Estimate(unchecked(Diagonal, variances=variances), clipped)


def eei(moments: Moments, floor: Floor) -> Estimate:
    """The diagonal of Σ_j S_j / Σ_j mass_j."""
    n_components = len(moments.mass)
    pooled = moments.scatter.sum(axis=0) / divisor(moments.mass.sum())
    variances, clipped = floor.clip_variances(pooled[None])
    shared = unchecked(Diagonal, variances=np.repeat(variances, n_components, axis=0))
    return Estimate(shared, np.repeat(clipped, n_components))


def vii(moments: Moments, floor: Floor) -> Estimate:
    """λ_j = tr S_j / (d mass_j)."""
    n_features = moments.scatter.shape[1]
    variances, clipped = floor.clip_volumes(moments.scatter.mean(axis=1) / divisor(moments.mass))
    return Estimate(unchecked(Spherical, variances=variances, features=n_features), clipped)


def eii(moments: Moments, floor: Floor) -> Estimate:
    """λ = Σ_j tr S_j / (d Σ_j mass_j)."""
    n_components, n_features = moments.scatter.shape
    pooled = moments.scatter.mean(axis=1).sum() / divisor(moments.mass.sum())
    variances, clipped = floor.clip_volumes(np.full(n_components, pooled))
    return Estimate(unchecked(Spherical, variances=variances, features=n_features), clipped)
