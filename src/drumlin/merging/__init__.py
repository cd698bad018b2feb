"""SUBJECT: clusters that are not Gaussian. Components merged while that makes the assignment surer.

A mixture that fits well may spend several components on one cluster. From k clusters, one per
component, down to one, each step merges the two whose union lowers the entropy of the soft
assignment most,

    −Σ_i s⁽ⁱ⁾ Σ_c t_c⁽ⁱ⁾ log t_c⁽ⁱ⁾,    t_c⁽ⁱ⁾ = Σ_{j in c} w_j⁽ⁱ⁾,

and the density stays as it is. Where the entropy bends, merging no longer removes overlap.

Source: Baudry, Raftery, Celeux, Lo & Gottardo 2010, Combining mixture components for clustering.
"""

from drumlin.merging.clusters import Merging, elbow, merge
from drumlin.merging.entropy import Merge

__all__ = [
    "Merge",
    "Merging",
    "elbow",
    "merge",
]
