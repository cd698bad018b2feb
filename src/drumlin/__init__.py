"""drumlin: Gaussian mixture models fitted by expectation-maximisation.

p(x) = Σ_j φ_j N(x; μ_j, Σ_j). `fit` fits it, `Mixture` is it, `save` and `load` keep it.
"""

from drumlin.mixture import Mixture

__all__ = ["Mixture"]
