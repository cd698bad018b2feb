"""SUBJECT: are k components enough, or do the data ask for k + 1?

The statistic is 2 (ℓ of k + 1 − ℓ of k). Under k components it has no known distribution, since
the larger model is then not identified, so its distribution is drawn: samples of the size of the
data from the fitted k components, to each of which both models are fitted in the same way as to
the data. With B samples, p = (1 + #{statistic of a sample >= that of the data}) / (B + 1).

Source: McLachlan 1987; McLachlan & Peel 2000, section 6.6.
"""

from drumlin.likelihood_ratio.replicates import Replicate
from drumlin.likelihood_ratio.result import BootstrapTest, RatioTest
from drumlin.likelihood_ratio.testing import bootstrap_test

__all__ = [
    "BootstrapTest",
    "RatioTest",
    "Replicate",
    "bootstrap_test",
]
