"""ONE FIT: starts, runs, and the best of them as a record.

Read `fit`, then `search`, then `drumlin.em.run` and `drumlin.em.steps`.
"""

from drumlin.fitting.fit import fit
from drumlin.fitting.result import Fit, FitFacts, RunSummary

__all__ = ["Fit", "FitFacts", "RunSummary", "fit"]
