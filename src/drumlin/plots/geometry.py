"""The geometry of pictures: ellipses, highest-density regions, grids, limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from drumlin._types import Array
from drumlin.algebra import marginal
from drumlin.errors import InvalidParameterError
from drumlin.mixture import Mixture

N_DRAWS = 100_000
"""Sample size for the levels of regions."""


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
    circle = ellipse_radius(content) * np.stack([np.cos(angle), np.sin(angle)])
    root = sd[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(mean, dtype=np.float64) + (root @ circle).T


def ellipse_radius(content: float) -> float:
    """r with P(|z| ≤ r) = content for standard Gaussian z in two dimensions."""
    return float(np.sqrt(-2.0 * np.log1p(-content)))


def check_contents(contents: Sequence[float]) -> tuple[float, ...]:
    """The contents as floats. Raises InvalidParameterError unless strictly between 0 and 1."""
    for content in contents:
        if not 0.0 < content < 1.0:
            raise InvalidParameterError(
                f"content is {content}: it is a fraction between 0 and 1, such as 0.95"
            )
    return tuple(float(content) for content in contents)


def region_levels(mixture: Mixture, contents: Sequence[float]) -> Array:
    """(m,) log-densities above which the fractions ``contents`` of the probability lie.

    {x : log p(x) ≥ c} is the smallest region that holds a content, its highest-density region; c is
    the (1 − content)-quantile of log p(x) for x from the mixture (Hyndman 1996), here of the same
    100 000 draws every time: the standard deviation of the content held is 0.0016 at most.

    contents : each between 0 and 1

    >>> import drumlin
    >>> normal = drumlin.Mixture.from_arrays([1.0], [0.0], [1.0])
    >>> drumlin.plots.region_levels(normal, [0.95]).round(1)  # log N(1.96; 0, 1) = -2.84
    array([-2.8])

    Raises InvalidParameterError when a content is not strictly between 0 and 1.
    """
    fractions = np.array(check_contents(contents))
    log_density = mixture.log_density(mixture.sample(N_DRAWS, 0)[0])
    return np.quantile(log_density, 1.0 - fractions)


def intervals(places: Array, log_density: Array, level: float) -> list[tuple[float, float]]:
    """The intervals in which a log-density, linear between the places, is at least ``level``."""
    above = log_density >= level
    edges = np.flatnonzero(above[1:] != above[:-1])
    share = (level - log_density[edges]) / (log_density[edges + 1] - log_density[edges])
    crossings = places[edges] + share * (places[edges + 1] - places[edges])
    ends = [places[0]] * bool(above[0]) + [*crossings] + [places[-1]] * bool(above[-1])
    return [(float(low), float(high)) for low, high in zip(ends[::2], ends[1::2], strict=True)]


def fine_grid(
    mixture: Mixture, column: int, limits: Array, n_even: int, n_near: int = 121
) -> Array:
    """Places between limits: even ones, and more of them within 6 sd of every mean."""
    sd = mixture.covariance.standard_deviations[:, column]
    local = mixture.means[:, column] + np.linspace(-6.0, 6.0, n_near)[:, None] * sd
    low, high = limits
    shown = local[(local > low) & (local < high)]
    return np.unique(np.concatenate([np.linspace(low, high, n_even), shown]))


def restrict(
    mixture: Mixture, x: Array | None, columns: Sequence[int]
) -> tuple[Mixture, Array | None]:
    """The marginal of some columns, and these columns of the rows."""
    return marginal(mixture, columns), None if x is None else x[:, list(columns)]


def limits_of(mixture: Mixture, x: Array | None, radius: float) -> Array:
    """(d, 2) lower and upper limits that show the data and most of the components.

    They include ``radius`` standard deviations of each component, but reach beyond the data by at
    most a quarter of their range: one wide component must not push the data into a corner.
    """
    sd = mixture.covariance.standard_deviations
    low, high = (mixture.means - radius * sd).min(axis=0), (mixture.means + radius * sd).max(axis=0)
    if x is not None:
        least, most = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        span = most - least
        low = np.minimum(least, np.maximum(low, least - span / 4))
        high = np.maximum(most, np.minimum(high, most + span / 4))
    span = high - low
    span = np.where(span > 0.0, span, np.maximum(1.0, np.abs(low)))  # of a single point
    return np.stack([low - 0.04 * span, high + 0.04 * span], axis=1)
