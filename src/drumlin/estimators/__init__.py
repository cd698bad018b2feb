"""FACE: estimators for scikit-learn, with its names, meanings and defaults.

They translate, and compute nothing. scikit-learn is loaded with this module
(``pip install 'drumlin[sklearn]'``).
"""

from __future__ import annotations

from drumlin.errors import MissingExtraError

try:
    from drumlin.estimators.discriminant import GaussianDiscriminantAnalysis
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise MissingExtraError(
        "drumlin.estimators needs scikit-learn: pip install 'drumlin[sklearn]'"
    ) from None

__all__ = ["GaussianDiscriminantAnalysis"]
