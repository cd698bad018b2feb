"""Linear images of a mixture: y = A x of a Gaussian mixture x is a Gaussian mixture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drumlin._types import Array
from drumlin.covariance import Full
from drumlin.covariance.cholesky import lower_factor
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture


def image(mixture: Mixture, matrix: Array, feature_names: Sequence[str] | None = None) -> Mixture:
    """The distribution of y = A x: p(y) = Σ_j φ_j N(y; A μ_j, A Σ_j Aᵀ).

    matrix : (m, d) A of rank m <= d
    feature_names : m names of the columns of y
    """
    # The factor of A Σ_j Aᵀ comes from A L_j: forming the product would lose small eigenvalues.
    factors = lower_factor(matrix @ covariance_roots(mixture))
    if len(factors) == 1:  # shared by all components
        factors = factors.repeat(mixture.n_components, axis=0)
    names = None if feature_names is None else tuple(feature_names)
    return Mixture(mixture.weights, mixture.means @ matrix.T, Full(factors), feature_names=names)


def marginal(mixture: Mixture, columns: Sequence[int]) -> Mixture:
    """The marginal distribution of some columns: p(x_c) = Σ_j φ_j N(x_c; μ_jc, Σ_jcc).

    columns : m different column numbers; the result has m features in this order

    Raises InvalidParameterError for a column that does not exist or is named twice.
    """
    chosen = list(columns)
    known = range(mixture.n_features)
    wrong = [a for a in chosen if a not in known]
    if wrong or not chosen or len(set(chosen)) != len(chosen):
        raise InvalidParameterError(
            f"columns is {tuple(chosen)}: name different columns from 0 to {mixture.n_features - 1}"
        )
    names = mixture.feature_names
    kept = None if names is None else tuple(names[a] for a in chosen)
    return image(mixture, np.eye(mixture.n_features)[chosen], kept)


def covariance_roots(mixture: Mixture) -> Array:
    """(k, d, d) L_j with Σ_j = L_j L_jᵀ; (1, d, d) when all components share one."""
    roots = mixture.covariance.colouring
    return roots if roots.ndim == 3 else roots[:, :, None] * np.eye(mixture.n_features)
