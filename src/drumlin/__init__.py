"""drumlin: Gaussian mixture models fitted by expectation-maximisation.

p(x) = Σ_j φ_j N(x; μ_j, Σ_j). `fit` fits it, `Mixture` is it, `save` and `load` keep it.
"""

from importlib.metadata import PackageNotFoundError, version

from drumlin.fitting import fit
from drumlin.mixture import Mixture
from drumlin.report import Fit
from drumlin.storage import load, save

try:
    __version__ = version("drumlin")
except PackageNotFoundError:  # run from a tree that was never installed
    __version__ = "0+unknown"

__all__ = ["Fit", "Mixture", "__version__", "fit", "load", "save"]
