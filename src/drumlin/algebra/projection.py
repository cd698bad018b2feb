"""The directions in which the components of a mixture differ most, and its projection on them.

In coordinates where the mixture has mean 0 and covariance I, let μ_j and Σ_j be the means and
covariances of the components and S = Σ_j φ_j Σ_j. The directions are the eigenvectors, largest
eigenvalues first, of the matrix of differences in means and in covariances

    M = 2 λ (Σ_j φ_j μ_j μ_jᵀ)² + 2 (1 − λ) Σ_j φ_j (Σ_j − S)²,

with λ = 1/2 in Scrucca 2010 and λ = 1 (means only) in Scrucca 2014. A linear image of a mixture is
exactly a mixture, so the projection needs no fit of its own.

Source: Scrucca 2010, Dimension reduction for model-based clustering, Statistics and Computing 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drumlin._types import Array
from drumlin.algebra.linear import covariance_roots, image
from drumlin.covariance.cholesky import inverse_lower, lower_factor
from drumlin.data import rows_of_model
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.fitting.result import Fit
from drumlin.mixture import Mixture
from drumlin.tables import aligned

LEAST = float(np.sqrt(np.finfo(np.float64).eps))
"""An eigenvalue below this is zero: the components do not differ in its direction."""


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """The mixture of y = Bᵀ (x − c), returned by `project`.

    directions : (d, m) B; each column has total variance 1 and points along its largest entry
    eigenvalues : (m,) how much the components differ along each, decreasing
    centre : (d,) c, the mean of the mixture
    mixture : the distribution of y in m dimensions, components in the same order
    """

    directions: Array
    eigenvalues: Array
    centre: Array
    mixture: Mixture
    feature_names: tuple[str, ...] | None

    def __str__(self) -> str:
        """A table of the coefficients of the columns in each direction."""
        d, n_shown = self.directions.shape
        names = self.feature_names or tuple(f"x{a + 1}" for a in range(d))
        rows = [["", *(f"direction {a + 1}" for a in range(n_shown))]]
        rows += [
            [name, *(f"{entry:.4g}" for entry in line)]
            for name, line in zip(names, self.directions, strict=True)
        ]
        rows.append(["eigenvalue", *(f"{value:.4g}" for value in self.eigenvalues)])
        return "\n".join(aligned(rows))

    __repr__ = __str__

    def transform(self, x: Any) -> Array:
        """(n, m) y⁽ⁱ⁾ = Bᵀ (x⁽ⁱ⁾ − c). Raises InvalidDataError when x has other columns."""
        rows = rows_of_model(x, self.feature_names, len(self.centre))
        return (rows - self.centre) @ self.directions


def project(model: Mixture | Fit, x: Any = None, *, share_of_means: float = 0.5) -> Projection:
    """The directions in which the components of a mixture differ most, and its projection on them.

    model : a mixture of d dimensions, or a `Fit` of one
    x : (n, d) rows that give total mean and covariance; None takes those of the mixture, which
        are the same after a fit of ``full`` or ``tied``
    share_of_means : λ, from 0 (covariances only) to 1 (means only, the default of mclust)

    Directions with an eigenvalue below 1.5e-8 are left out, except the first.

    >>> import drumlin
    >>> means = [[0.0, 0.0, 0.0], [3.0, 3.0, 0.0]]
    >>> mixture = drumlin.Mixture.from_arrays([0.5, 0.5], means, [1.0, 1.0], "spherical")
    >>> projection = drumlin.project(mixture)
    >>> projection.eigenvalues.round(4), projection.mixture.n_features
    (array([0.6694]), 1)

    Raises InvalidParameterError, InvalidDataError when x has other columns or spans fewer than d
    dimensions.
    """
    if not 0.0 <= share_of_means <= 1.0:
        raise InvalidParameterError(
            f"share_of_means is {share_of_means}: it is from 0 (covariances) to 1 (means)"
        )
    mixture = model.mixture if isinstance(model, Fit) else model
    centre, root = _mixture_scale(mixture) if x is None else _sample_scale(mixture, x)
    whitening = inverse_lower(root[None])[0]
    values, vectors = np.linalg.eigh(_differences(mixture, centre, whitening, share_of_means))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    n_shown = max(1, int((values > LEAST).sum()))
    directions = whitening.T @ vectors[:, :n_shown]
    scale = np.sqrt((root * root).sum(axis=1))
    largest = np.abs(directions * scale[:, None]).argmax(axis=0)
    directions = directions * np.where(directions[largest, np.arange(n_shown)] < 0.0, -1.0, 1.0)
    names = tuple(f"direction {a + 1}" for a in range(n_shown))
    centred = Mixture(mixture.weights, mixture.means - centre, mixture.covariance)
    projected = image(centred, directions.T, names)
    return Projection(directions, values[:n_shown], centre, projected, mixture.feature_names)


def _differences(mixture: Mixture, centre: Array, whitening: Array, share: float) -> Array:
    """(d, d) M in the docstring of this module."""
    weights = mixture.weights
    means = (mixture.means - centre) @ whitening.T
    between = (weights[:, None] * means).T @ means
    roots = whitening @ covariance_roots(mixture)
    matrices = np.broadcast_to(
        roots @ roots.transpose(0, 2, 1), (len(weights), *between.shape)
    )  # when shared by all components the deviations are zero
    deviations = matrices - np.tensordot(weights, matrices, 1)
    of_covariances = np.einsum("j,jab,jbc->ac", weights, deviations, deviations)
    return 2.0 * share * between @ between + 2.0 * (1.0 - share) * of_covariances


def _mixture_scale(mixture: Mixture) -> tuple[Array, Array]:
    """(d,) mean of the mixture and (d, d) lower factor of its total covariance."""
    centre = mixture.mean()
    share = np.sqrt(mixture.weights)
    within = share[:, None, None] * covariance_roots(mixture)
    between = (share[:, None] * (mixture.means - centre)).T
    return centre, lower_factor(np.concatenate([*within, between], axis=1))


def _sample_scale(mixture: Mixture, x: Any) -> tuple[Array, Array]:
    """(d,) mean of the rows and (d, d) lower factor of their covariance with divisor n."""
    rows = rows_of_model(x, mixture.feature_names, mixture.n_features)
    centre = rows.mean(axis=0, dtype=np.float64)
    deviations = (rows - centre) / np.sqrt(len(rows))
    sd = np.sqrt((deviations * deviations).sum(axis=0))
    if len(rows) > mixture.n_features and (sd > 0.0).all():
        root = lower_factor((deviations / sd).T)
        if np.diagonal(root).min() > LEAST:
            return centre, sd[:, None] * root
    raise InvalidDataError(
        f"the {len(rows)} rows of x span fewer than {mixture.n_features} dimensions: leave x out, "
        "so that the mixture's own covariance is taken, or give more rows"
    )
