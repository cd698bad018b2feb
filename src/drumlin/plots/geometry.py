"""What a picture of a mixture is made of, before anything is drawn: ellipses, marginals, levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from drumlin.covariance import Full
from drumlin.covariance.factors import lower_factor
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture

Array = np.ndarray


def ellipse(mean: ArrayLike, matrix: ArrayLike, content: float, *, n_points: int = 181) -> Array:
    """(n_points, 2) closed curve that holds the fraction ``content`` of N(mean, matrix).

    {x : (x − μ)ᵀ Σ⁻¹ (x − μ) = −2 log(1 − content)}: the squared distance of a Gaussian vector in
    two dimensions is chi-square with two degrees of freedom, P(q ≤ r) = 1 − exp(−r / 2).

    mean : (2,)
    matrix : (2, 2) covariance, variances on its diagonal
    content : between 0 and 1

    >>> from drumlin.plots import ellipse
    >>> points = ellipse([0.0, 0.0], [[4.0, 0.0], [0.0, 1.0]], 0.95)
    >>> float(points[:, 0].max())  # 2 standard deviations of 2.4477
    4.895...

    Raises InvalidParameterError when ``content`` is not strictly between 0 and 1.
    """
    (content,) = check_contents([content])
    covariance = np.asarray(matrix, dtype=np.float64)
    # Through the correlation matrix: columns may differ in scale by many orders of magnitude.
    sd = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(sd, sd))
    angle = np.linspace(0.0, 2.0 * np.pi, n_points)
    circle = np.sqrt(-2.0 * np.log1p(-content)) * np.stack([np.cos(angle), np.sin(angle)])
    root = sd[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(mean, dtype=np.float64) + (root @ circle).T


def check_contents(contents: Sequence[float]) -> tuple[float, ...]:
    """The contents as floats. Raises InvalidParameterError unless strictly between 0 and 1."""
    for content in contents:
        if not 0.0 < content < 1.0:
            raise InvalidParameterError(
                f"content is {content}: it is a fraction between 0 and 1, such as 0.95"
            )
    return tuple(float(content) for content in contents)


def marginal(mixture: Mixture, columns: Sequence[int]) -> Mixture:
    """The mixture of some columns: p(x_c) = Σ_j φ_j N(x_c; μ_jc, Σ_jcc).

    columns : m different column numbers; the result has m features in this order

    Raises InvalidParameterError for a column that is not there, or named twice.
    """
    chosen = list(columns)
    wrong = [a for a in chosen if not 0 <= a < mixture.n_features]
    if wrong or not chosen or len(set(chosen)) != len(chosen):
        raise InvalidParameterError(
            f"columns is {tuple(chosen)}: name different columns from 0 to {mixture.n_features - 1}"
        )
    # Rows of L_j make a factor of Σ_jcc; the product would lose small eigenvalues.
    roots = mixture.covariance.colouring
    if roots.ndim == 2:
        roots = roots[:, :, None] * np.eye(mixture.n_features)
    factors = lower_factor(roots[:, chosen])
    if len(factors) == 1:  # shared by all
        factors = factors.repeat(mixture.n_components, axis=0)
    names = mixture.feature_names
    return Mixture(
        mixture.weights,
        mixture.means[:, chosen],
        Full(factors),
        feature_names=None if names is None else tuple(names[a] for a in chosen),
    )


def view(mixture: Mixture, x: Array | None, radius: float) -> Array:
    """(d, 2) lower and upper limits that show the data and, as far as sensible, the components.

    ``radius`` standard deviations of each component are shown, but beyond the data at most a
    quarter of their span: one wide component must not push the data into a corner.
    """
    sd = mixture.covariance.standard_deviations
    low, high = (mixture.means - radius * sd).min(axis=0), (mixture.means + radius * sd).max(axis=0)
    if x is not None:
        least, most = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        span = most - least
        low = np.minimum(least, np.maximum(low, least - span / 4))
        high = np.maximum(most, np.minimum(high, most + span / 4))
    span = high - low
    span = np.where(span > 0.0, span, np.maximum(1.0, np.abs(low)))  # a single point
    return np.stack([low - 0.04 * span, high + 0.04 * span], axis=1)


def levels(density: Array, contents: Sequence[float]) -> Array:
    """Heights above which the fractions ``contents`` of a density on a regular grid lie, rising."""
    heights = np.sort(density, axis=None)[::-1]
    mass = np.cumsum(heights)
    if not mass[-1] > 0.0:
        return np.empty(0)
    index = np.searchsorted(mass / mass[-1], contents)
    found = np.unique(heights[np.minimum(index, len(heights) - 1)])
    return found[(found > 0.0) & (found < heights[0])]
