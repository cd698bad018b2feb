"""AXIS: the covariances Σ, what a covariance is, and which M-step chose it.

Four structures say what is stored: `Full` (k, d, d), `Tied` (d, d), `Diagonal` (k, d) and
`Spherical` (k,). A `Family` says how an M-step turns moments into a structure:
Σ_j = λ_j D_j A_j D_jᵀ with volume λ, shape A and orientation D each equal among the components,
variable, or the identity (Banfield & Raftery 1993; Celeux & Govaert 1995). A `Floor`, given to a
run, keeps them from collapsing.
"""

from drumlin.covariance.families.family import Family, Sharing
from drumlin.covariance.families.m_step import Estimate, MStep
from drumlin.covariance.families.registry import (
    FAMILIES,
    STRUCTURES,
    families_named,
    family_named,
    structure_named,
)
from drumlin.covariance.families.tangent import Directions, Tangent, contrasts, tangent_of
from drumlin.covariance.floor import Floor, prior_of
from drumlin.covariance.relative_floor import ConjugatePrior, RelativeFloor
from drumlin.covariance.structures.base import Structure, unchecked
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full
from drumlin.covariance.structures.spherical import Spherical
from drumlin.covariance.structures.tied import Tied

__all__ = [
    "FAMILIES",
    "STRUCTURES",
    "ConjugatePrior",
    "Diagonal",
    "Directions",
    "Estimate",
    "Family",
    "Floor",
    "Full",
    "MStep",
    "RelativeFloor",
    "Sharing",
    "Spherical",
    "Structure",
    "Tangent",
    "Tied",
    "contrasts",
    "families_named",
    "family_named",
    "prior_of",
    "structure_named",
    "tangent_of",
    "unchecked",
]
