"""drumlin: Gaussian mixture models fitted by expectation-maximisation.

p(x) = Σ_j φ_j N(x; μ_j, Σ_j). `fit` fits it, `Mixture` is it, `save` and `load` keep it.
"""

from drumlin.fitting import fit
from drumlin.mixture import Mixture
from drumlin.report import Fit
from drumlin.storage import load, save

__all__ = ["Fit", "Mixture", "fit", "load", "save"]


def __getattr__(name: str) -> str:
    """``drumlin.__version__``, looked up only when asked: importing its source takes a while."""
    if name != "__version__":
        raise AttributeError(f"module 'drumlin' has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("drumlin")
    except PackageNotFoundError:  # run from a tree that was never installed
        return "0+unknown"
