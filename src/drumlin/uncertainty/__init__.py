"""SUBJECT: how sure the estimates are. Standard errors and intervals of all parameters.

    information                      the inverse of the observed information (Louis 1982)
    sandwich                         the same with the scores of the rows, I⁻¹ (Σ r rᵀ) I⁻¹
    bootstrap                        refits of rows drawn with replacement
    weighted-likelihood bootstrap    refits under Dirichlet weights
    jackknife                        refits without one row

The first two take one pass, and are right where n is large and the components stand apart. The
refits take longer and need neither. Sample weights are counts of rows in all of them.

Source: Boldea & Magnus 2009; O'Hagan, Murphy, Scrucca & Gormley 2019.
"""

from drumlin.uncertainty.methods import METHODS, standard_errors
from drumlin.uncertainty.resampling import Refit, Replicates
from drumlin.uncertainty.result import Intervals, StandardErrors, Summary

__all__ = [
    "METHODS",
    "Intervals",
    "Refit",
    "Replicates",
    "StandardErrors",
    "Summary",
    "standard_errors",
]
