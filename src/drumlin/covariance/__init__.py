"""The structure of Σ: what a covariance is, and which M-step rule chose it.

Four structures say what is stored: `Full` (k, d, d), `Tied` (d, d), `Diagonal` (k, d) and
`Spherical` (k,). A `Family` says how an M-step turns moments into a structure:
Σ_j = λ_j D_j A_j D_jᵀ with volume λ, shape A and orientation D each equal among the components,
variable, or the identity (Banfield & Raftery 1993; Celeux & Govaert 1995).
"""

from drumlin.covariance.diagonal import Diagonal
from drumlin.covariance.family import Family, Letter
from drumlin.covariance.floor import Floor
from drumlin.covariance.full import Full
from drumlin.covariance.registry import (
    FAMILIES,
    STRUCTURES,
    families_named,
    family_named,
    structure_named,
)
from drumlin.covariance.rule import Estimate
from drumlin.covariance.spherical import Spherical
from drumlin.covariance.structure import Structure, computed
from drumlin.covariance.tangent import Moves, Tangent, contrasts, tangent_of
from drumlin.covariance.tied import Tied

__all__ = [
    "FAMILIES",
    "STRUCTURES",
    "Diagonal",
    "Estimate",
    "Family",
    "Floor",
    "Full",
    "Letter",
    "Moves",
    "Spherical",
    "Structure",
    "Tangent",
    "Tied",
    "computed",
    "contrasts",
    "families_named",
    "family_named",
    "structure_named",
    "tangent_of",
]
