"""Random covariances of the fourteen families, made of their letters alone."""

from __future__ import annotations

import numpy as np

from drumlin._types import Array
from drumlin.covariance import FAMILIES, Family, family_named

CODES = tuple(family.code for family in FAMILIES)


def family_of(code: str) -> Family:
    """The family of these letters."""
    return family_named(code, 2)


def covariances(code: str, k: int, d: int, rng: np.random.Generator) -> Array:
    """(k, d, d) random λ_j D_j A_j D_jᵀ with what the letters share."""
    volumes, shapes = np.exp(rng.normal(size=k)), np.exp(rng.normal(size=(k, d)))
    shapes /= np.exp(np.log(shapes).mean(axis=1, keepdims=True))
    axes = np.stack([np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(k)])
    equal = {"E": np.zeros(k, dtype=int), "V": np.arange(k)}
    volumes = volumes[equal[code[0]]]
    shapes = np.ones((k, d)) if code[1] == "I" else shapes[equal[code[1]]]
    axes = np.tile(np.eye(d), (k, 1, 1)) if code[2] == "I" else axes[equal[code[2]]]
    return np.einsum("j,jab,jb,jcb->jac", volumes, axes, shapes, axes)
