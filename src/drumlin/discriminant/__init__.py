"""SUBJECT: known labels. One Gaussian or a mixture per class, and the decisions that follow.

The responsibilities of labelled rows are one-hot, so that one Gaussian per class is a single M-step
of moments (Bensmail & Celeux 1996), and cross-validation subtracts the moments of the rows held
out. A mixture per class is a selection in each (Hastie & Tibshirani 1996; Fraley & Raftery 2002).
What both end in, the value that decides, is `drumlin.Classifier`.
"""

from drumlin.discriminant.discrimination import discriminate
from drumlin.discriminant.result import Candidate, DiscriminantFit
from drumlin.discriminant.validation import Assessment, Fold, Validation

__all__ = [
    "Assessment",
    "Candidate",
    "DiscriminantFit",
    "Fold",
    "Validation",
    "discriminate",
]
