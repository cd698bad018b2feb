"""drumlin: Gaussian mixture models fitted by expectation-maximisation.

p(x) = Σ_j φ_j N(x; μ_j, Σ_j). `fit` fits it, `Mixture` is it, `save` and `load` keep it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drumlin import errors, plots, storage
    from drumlin.algebra import Projection, project
    from drumlin.classifier import Classifier
    from drumlin.discriminant import DiscriminantFit, discriminate
    from drumlin.fitting.fit import fit
    from drumlin.fitting.result import Fit
    from drumlin.likelihood_ratio import BootstrapTest, bootstrap_test
    from drumlin.merging import Merging, merge
    from drumlin.mixture import Mixture
    from drumlin.selection import Selection, select
    from drumlin.storage import load, load_classifier, save

    __version__: str

__all__ = [
    "BootstrapTest",
    "Classifier",
    "DiscriminantFit",
    "Fit",
    "Merging",
    "Mixture",
    "Projection",
    "Selection",
    "__version__",
    "bootstrap_test",
    "discriminate",
    "errors",
    "fit",
    "load",
    "load_classifier",
    "merge",
    "plots",
    "project",
    "save",
    "select",
    "storage",
]

HOMES = {
    "BootstrapTest": "likelihood_ratio",
    "Classifier": "classifier",
    "DiscriminantFit": "discriminant",
    "Fit": "fitting",
    "Merging": "merging",
    "Mixture": "mixture",
    "Projection": "algebra",
    "Selection": "selection",
    "bootstrap_test": "likelihood_ratio",
    "discriminate": "discriminant",
    "fit": "fitting",
    "load": "storage",
    "load_classifier": "storage",
    "merge": "merging",
    "project": "algebra",
    "save": "storage",
    "select": "selection",
}
"""Where the public names live."""

MODULES = ("errors", "plots", "storage")
"""Modules that `import drumlin` gives, too."""


def __getattr__(name: str) -> Any:
    """Public names are loaded when first used, so that `drumlin --help` does not wait for NumPy."""
    if name == "__version__":
        from drumlin.version import installed_version

        value: Any = installed_version()
    elif name in HOMES:
        value = getattr(import_module(f"drumlin.{HOMES[name]}"), name)
    elif name in MODULES:
        value = import_module(f"drumlin.{name}")
    else:
        raise AttributeError(f"module 'drumlin' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
