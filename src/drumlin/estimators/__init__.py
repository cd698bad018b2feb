"""FACE: estimators for scikit-learn. They translate, and compute nothing.

Same name, same meaning, same default as there. scikit-learn is loaded with this module
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
