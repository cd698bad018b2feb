"""How the covariances of a family can move: the free directions at given Σ_1 … Σ_k.

    Σ_j(θ) = L_j exp(R_j) exp(N_j) exp(R_jᵀ) L_jᵀ,   Σ_j = L_j L_jᵀ at θ = 0

N_j is symmetric (it changes volume and shape), R_j turns; both are linear in θ. A parameter that a
letter shares moves all components together. One rule per letter gives every family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.covariance.families.family import Family, Sharing
from drumlin.errors import InvalidParameterError

OFF = 1e-5
"""By how much of the standard deviations covariances may miss their family."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What moves one component.

    parameters : (g,) int     which of the θ
    stretches : (g, d, d)     dN_j / dθ
    turns : (g, d, d)         dR_j / dθ
    """

    parameters: Array
    stretches: Array
    turns: Array

    @property
    def slopes(self) -> Array:
        """(g, d, d) symmetric: d(L_j⁻¹ Σ_j L_j⁻ᵀ) / dθ at θ = 0."""
        return self.stretches + self.turns + self.turns.transpose(0, 2, 1)

    def curvature(self, scatter: Array) -> Array:
        """(g, g) ∂²/∂θ∂θ' of tr(L_jᵀ Σ_j(θ)⁻¹ L_j T) for a symmetric T (d, d)."""
        stretched, turned = scatter @ self.stretches, self.turns @ scatter
        squares = _products(stretched, self.stretches)
        twice = _products(scatter @ self.turns, self.turns.transpose(0, 2, 1))
        both = 2.0 * _products(turned, self.stretches)
        half = 0.5 * squares + twice + _products(turned, self.turns) + both
        return half + half.T


def _products(a: Array, b: Array) -> Array:
    """(g, g) Σ_xy a_xy b_xy of matrices."""
    result: Array = a.reshape(len(a), -1) @ b.reshape(len(b), -1).T
    return result


@dataclass(frozen=True, eq=False)
class Tangent:
    """The free directions of k covariances.

    roots : (k, d, d)    L_j
    moves : k of `Moves`
    n_parameters : p     θ_1 … θ_p
    """

    roots: Array
    moves: tuple[Moves, ...]
    n_parameters: int


def tangent_of(family: Family, matrices: Array) -> Tangent:
    """The directions in which Σ_1 … Σ_k (k, d, d) can move without leaving the family.

    Raises InvalidParameterError when they are not of the family.
    """
    n_components, n_features = matrices.shape[:2]
    joint = family.shape is family.orientation
    shapes = contrasts(n_features).T[:, :, None] * np.eye(n_features)
    if joint:
        shapes = np.concatenate([shapes, _pairs(n_features, 1.0)])
    turns = np.zeros((0, n_features, n_features))
    if not joint and family.orientation is not Sharing.IDENTITY:
        turns = _pairs(n_features, -1.0)
    unit = np.eye(n_features)[None] / np.sqrt(n_features)
    roots = _roots(family, matrices)
    places, first = [], 0
    for letter, generators in (
        (family.volume, unit),
        (family.shape, shapes),
        (family.orientation, turns),
    ):
        index = _numbered(letter, n_components, len(generators)) + first
        places.append(index)
        first = int(index.max(initial=first - 1)) + 1
    moves = []
    for j in range(n_components):
        stretches = [unit, shapes[: places[1].shape[1]]]
        turned = _rescaled(turns[: places[2].shape[1]], roots[j])
        still = np.zeros((sum(map(len, stretches)), n_features, n_features))
        moves.append(
            Moves(
                np.concatenate([index[j] for index in places]),
                np.concatenate([*stretches, np.zeros_like(turned)]),
                np.concatenate([still, turned]),
            )
        )
    return Tangent(roots, tuple(moves), first)


def contrasts(size: int) -> Array:
    """(size, size − 1) orthonormal columns, each of sum zero."""
    columns = np.zeros((size, size - 1))
    for c in range(size - 1):
        columns[: c + 1, c] = 1.0
        columns[c + 1, c] = -(c + 1.0)
    return columns / np.linalg.norm(columns, axis=0)


def _pairs(size: int, sign: float) -> Array:
    """(size (size − 1) / 2, size, size) (E_ab ± E_ba) / √2, a > b."""
    a, b = np.tril_indices(size, -1)
    made = np.zeros((len(a), size, size))
    number = np.arange(len(a))
    made[number, a, b], made[number, b, a] = np.sqrt(0.5), sign * np.sqrt(0.5)
    return made


def _numbered(letter: Sharing, n_components: int, size: int) -> Array:
    """(k, size) parameters of each component, counted from 0; (k, 0) where there are none."""
    if letter is Sharing.VARIABLE:
        return np.arange(n_components * size).reshape(n_components, size)
    return np.tile(np.arange(size * (letter is Sharing.EQUAL)), (n_components, 1))


def _rescaled(turns: Array, root: Array) -> Array:
    """V^{-1/2} K V^{1/2} of skew K, for a root D V^{1/2} with columns of length √v."""
    lengths = np.linalg.norm(root, axis=0)
    return turns * (lengths / lengths[:, None])


def _roots(family: Family, matrices: Array) -> Array:
    """(k, d, d) L_j of the family's own shape: L, √v, or axes times √v."""
    n_features = matrices.shape[-1]
    volumes = np.exp(np.linalg.slogdet(matrices)[1] / n_features)
    shapes = _of_letters(family, matrices / volumes[:, None, None])
    if family.volume is Sharing.EQUAL:
        volumes = np.full_like(volumes, volumes.mean())
    roots = np.sqrt(volumes)[:, None, None] * shapes
    sd = np.sqrt(np.einsum("jaa->ja", matrices))
    off = np.abs(roots @ roots.transpose(0, 2, 1) - matrices) / (sd[:, :, None] * sd[:, None, :])
    worst = off.max(axis=(1, 2))
    if not worst.max() <= OFF:
        raise InvalidParameterError(
            f"the covariances are not of family {family.code}: that of component "
            f"{worst.argmax() + 1} is off by {worst.max():.2g} of its variances; name the family "
            "that they have, or VVV, which has all"
        )
    return roots


def _of_letters(family: Family, scaled: Array) -> Array:
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
    """(d, d) orthogonal D that makes all Dᵀ Σ_j D diagonal, where there is one.

    The eigenvectors of a combination of the matrices are those of each, unless eigenvalues of the
    combination come together by chance: of several, the one that serves best.
    """
    n_components = len(matrices)
    best, least = np.eye(matrices.shape[-1]), np.inf
    for attempt in range(4):
        shares = 1.0 + np.cos(1.0 + attempt * np.arange(1.0, n_components + 1.0)) ** 2
        axes = np.linalg.eigh(np.einsum("j,jab->ab", shares, matrices))[1]
        seen = axes.T @ matrices @ axes
        off = float(np.abs(seen * (1.0 - np.eye(len(axes)))).max())
        if off < least:
            best, least = axes, off
    return best
