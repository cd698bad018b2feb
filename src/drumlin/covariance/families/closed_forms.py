"""The M-steps that are clipped at the floor: closed forms whose clipped maximum is exact."""

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


def variable_everything(moments: Moments, floor: Floor) -> Estimate:
    """VVV: Σ_j = S_j / mass_j, eigenvalues relative to S₊ clipped at ε."""
    factors, on_floor = floor.lift(moments.scatter / divisor(moments.mass)[:, None, None])
    return Estimate(unchecked(Full, factors=factors), on_floor)


def equal_everything(moments: Moments, floor: Floor) -> Estimate:
    """EEE: Σ = Σ_j S_j / Σ_j mass_j, eigenvalues relative to S₊ clipped at ε."""
    n_components = len(moments.mass)
    pooled = moments.scatter.sum(axis=0) / divisor(moments.mass.sum())
    factors, on_floor = floor.lift(pooled[None])
    shared = unchecked(Tied, factor=factors[0], components=n_components)
    return Estimate(shared, np.repeat(on_floor, n_components))


def variable_variances(moments: Moments, floor: Floor) -> Estimate:
    """VVI: diagonal of S_j / mass_j, each at least ε diag S₊."""
    variances = moments.scatter / divisor(moments.mass)[:, None]
    on_floor = ((variances < floor.variances) & ~floor.flat_columns).any(axis=1)
    lifted = np.maximum(variances, floor.variances)
    return Estimate(unchecked(Diagonal, variances=lifted), on_floor)


def equal_variances(moments: Moments, floor: Floor) -> Estimate:
    """EEI: diagonal of Σ_j S_j / Σ_j mass_j, at least ε diag S₊."""
    n_components = len(moments.mass)
    variances = moments.scatter.sum(axis=0) / divisor(moments.mass.sum())
    on_floor = ((variances < floor.variances) & ~floor.flat_columns).any()
    lifted = np.repeat(np.maximum(variances, floor.variances)[None], n_components, axis=0)
    return Estimate(unchecked(Diagonal, variances=lifted), np.repeat(on_floor, n_components))


def equal_volume(moments: Moments, floor: Floor) -> Estimate:
    """EII: Σ_j tr S_j / (d Σ_j mass_j), at least ε tr S₊ / d."""
    n_components, n_features = moments.scatter.shape
    variance = moments.scatter.mean(axis=1).sum() / divisor(moments.mass.sum())
    lifted = np.full(n_components, max(variance, floor.variance))
    on_floor = np.full(n_components, variance < floor.variance and not floor.flat)
    return Estimate(unchecked(Spherical, variances=lifted, features=n_features), on_floor)


def variable_volume(moments: Moments, floor: Floor) -> Estimate:
    """VII: tr S_j / (d mass_j), at least ε tr S₊ / d."""
    n_features = moments.scatter.shape[1]
    variances = moments.scatter.mean(axis=1) / divisor(moments.mass)
    on_floor = (variances < floor.variance) & (not floor.flat)
    lifted = np.maximum(variances, floor.variance)
    return Estimate(unchecked(Spherical, variances=lifted, features=n_features), on_floor)
