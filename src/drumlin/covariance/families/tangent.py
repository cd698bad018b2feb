"""The tangent space of a family: the free directions of its covariances at given Σ_1 … Σ_k.

    Σ_j(θ) = L_j exp(R_j) exp(N_j) exp(R_jᵀ) L_jᵀ,   Σ_j = L_j L_jᵀ at θ = 0

N_j is symmetric and changes volume and shape, R_j rotates; both are linear in θ. A parameter of a
letter that is equal acts on all components. One rule for each letter covers every family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.families.family import Family, Sharing
from drumlin.errors import InvalidParameterError

TOLERANCE = 1e-5
"""Covariances belong to a family to this fraction of the products of their standard deviations."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The free directions of one component.

    parameters : (g,) int     which of the θ
    scalings : (g, d, d)      dN_j / dθ
    rotations : (g, d, d)     dR_j / dθ
    """

    parameters: Array
    scalings: Array
    rotations: Array

    @property
    def derivatives(self) -> Array:
        """(g, d, d) symmetric: d(L_j⁻¹ Σ_j L_j⁻ᵀ) / dθ at θ = 0."""
        return self.scalings + self.rotations + self.rotations.transpose(0, 2, 1)

    def curvature(self, scatter: Array) -> Array:
        """(g, g) ∂²/∂θ∂θ' of tr(L_jᵀ Σ_j(θ)⁻¹ L_j T) for a symmetric T (d, d)."""
        scaled, rotated = scatter @ self.scalings, self.rotations @ scatter
        squares = _inner_products(scaled, self.scalings)
        twice = _inner_products(scatter @ self.rotations, self.rotations.transpose(0, 2, 1))
        both = 2.0 * _inner_products(rotated, self.scalings)
        half = 0.5 * squares + twice + _inner_products(rotated, self.rotations) + both
        return half + half.T


def _inner_products(a: Array, b: Array) -> Array:
    """(g, g) Σ_xy a_xy b_xy of matrices (g, d, d)."""
    return a.reshape(len(a), -1) @ b.reshape(len(b), -1).T


@dataclass(frozen=True, eq=False)
class Tangent:
    """The free directions of k covariances.

    roots : (k, d, d)        L_j
    components : k of `Directions`
    n_parameters : p         θ_1 … θ_p
    """

    roots: Array
    components: tuple[Directions, ...]
    n_parameters: int


def tangent_of(family: Family, matrices: Array) -> Tangent:
    """The directions in which Σ_1 … Σ_k (k, d, d) can change without leaving the family.

    Raises InvalidParameterError when they are not of the family.
    """
    n_components, n_features = matrices.shape[:2]
    roots = _roots(family, matrices)
    unit, shapes, rotations = _generators(family, n_features)
    indices, n_parameters = [], 0
    for letter, generators in (
        (family.volume, unit),
        (family.shape, shapes),
        (family.orientation, rotations),
    ):
        index = _parameter_indices(letter, n_components, len(generators)) + n_parameters
        indices.append(index)
        n_parameters = int(index.max(initial=n_parameters - 1)) + 1
    shapes, rotations = shapes[: indices[1].shape[1]], rotations[: indices[2].shape[1]]
    scalings = np.concatenate([unit, shapes, np.zeros_like(rotations)])
    still = np.zeros((len(unit) + len(shapes), n_features, n_features))
    components = []
    for j, lengths in enumerate(np.linalg.norm(roots, axis=1)):
        # V^{-1/2} K V^{1/2} of skew-symmetric K, for a root D V^{1/2} with columns of length √v
        own = np.concatenate([still, rotations * (lengths / lengths[:, None])])
        parameters = np.concatenate([index[j] for index in indices])
        components.append(Directions(parameters, scalings, own))
    return Tangent(roots, tuple(components), n_parameters)


def _generators(family: Family, n_features: int) -> tuple[Array, Array, Array]:
    """(g, d, d) of N for volume and for shape, and of R for orientation.

    Where shape and orientation are shared alike, symmetric matrices of trace zero move both.
    """
    unit = np.eye(n_features)[None] / np.sqrt(n_features)
    shapes = contrasts(n_features).T[:, :, None] * np.eye(n_features)
    if family.shape is family.orientation:
        shapes = np.concatenate([shapes, _pair_generators(n_features, 1.0)])
    elif family.orientation is not Sharing.IDENTITY:
        return unit, shapes, _pair_generators(n_features, -1.0)
    return unit, shapes, np.zeros((0, n_features, n_features))


def contrasts(size: int) -> Array:
    """(size, size − 1) orthonormal columns, each of sum zero."""
    columns = np.zeros((size, size - 1))
    for c in range(size - 1):
        columns[: c + 1, c] = 1.0
        columns[c + 1, c] = -(c + 1.0)
    return columns / np.linalg.norm(columns, axis=0)


def _pair_generators(size: int, sign: float) -> Array:
    """(size (size − 1) / 2, size, size) (E_ab ± E_ba) / √2, a > b."""
    a, b = np.tril_indices(size, -1)
    generators = np.zeros((len(a), size, size))
    index = np.arange(len(a))
    generators[index, a, b], generators[index, b, a] = np.sqrt(0.5), sign * np.sqrt(0.5)
    return generators


def _parameter_indices(letter: Sharing, n_components: int, size: int) -> Array:
    """(k, size) the parameters of each component, from 0; (k, 0) where the letter has none."""
    if letter is Sharing.VARIABLE:
        return np.arange(n_components * size).reshape(n_components, size)
    return np.tile(np.arange(size * (letter is Sharing.EQUAL)), (n_components, 1))


def _roots(family: Family, matrices: Array) -> Array:
    """(k, d, d) L_j in the form of the family: lower factors, √v, or axes times √v."""
    n_features = matrices.shape[-1]
    volumes = np.exp(np.linalg.slogdet(matrices)[1] / n_features)
    shapes = _shape_roots(family, matrices / volumes[:, None, None])
    if family.volume is Sharing.EQUAL:
        volumes = np.full_like(volumes, volumes.mean())
    roots = np.sqrt(volumes)[:, None, None] * shapes
    sd = np.sqrt(np.einsum("jaa->ja", matrices))
    error = np.abs(roots @ roots.transpose(0, 2, 1) - matrices) / (sd[:, :, None] * sd[:, None, :])
    worst = error.max(axis=(1, 2))
    if not worst.max() <= TOLERANCE:
        raise InvalidParameterError(
            f"the covariances are not of family {family.code}: that of component "
            f"{worst.argmax() + 1} is off by {worst.max():.2g} of its variances; name the family "
            "that they have, or VVV, which has all"
        )
    return roots


def _shape_roots(family: Family, scaled: Array) -> Array:
    """Roots of Σ_j / λ_j, (k, d, d), as shape and orientation are shared."""
    n_components, n_features = scaled.shape[:2]
    equal = family.shape is Sharing.EQUAL
    if family.orientation is Sharing.IDENTITY:
        variances = np.einsum("jaa->ja", scaled)
        if family.shape is Sharing.IDENTITY:
            variances = np.ones_like(variances)
        elif equal:
            variances = np.tile(variances.mean(axis=0), (n_components, 1))
        return np.sqrt(variances)[:, :, None] * np.eye(n_features)
    if family.shape is family.orientation:
        shared = np.tile(scaled.mean(axis=0), (n_components, 1, 1))
        return np.linalg.cholesky(shared if equal else scaled)
    values, axes = np.linalg.eigh(scaled)
    if equal:
        values = np.tile(values.mean(axis=0), (n_components, 1))
    else:
        axes = _common_axes(scaled)
        values = np.einsum("ba,jbc,ca->ja", axes, scaled, axes)
        axes = np.tile(axes, (n_components, 1, 1))
    return axes * np.sqrt(values)[:, None, :]


def _common_axes(matrices: Array) -> Array:
    """(d, d) orthogonal D that makes all Dᵀ Σ_j D diagonal, where one exists.

    The eigenvectors of a linear combination are those of each matrix, unless eigenvalues of the
    combination coincide by chance: of several combinations the best is taken.
    """
    n_components = len(matrices)
    best, least = np.eye(matrices.shape[-1]), np.inf
    for attempt in range(4):
        shares = 1.0 + np.cos(1.0 + attempt * np.arange(1.0, n_components + 1.0)) ** 2
        axes = np.linalg.eigh(np.einsum("j,jab->ab", shares, matrices))[1]
        rotated = axes.T @ matrices @ axes
        error = float(np.abs(rotated * (1.0 - np.eye(len(axes)))).max())
        if error < least:
            best, least = axes, error
    return best
