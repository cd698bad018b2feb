"""FACE: pictures. Every function takes matplotlib Axes, or makes them, and returns them.

Colours show responsibilities: a point between two components has a colour between theirs. An
ellipse holds a fraction of its component; by default 50 % and 95 %.

matplotlib is loaded when the first picture is drawn (``pip install 'drumlin[plot]'``).
"""

from drumlin.algebra import marginal
from drumlin.plots.curves import (
    criterion_curves,
    entropy_of_merging,
    log_likelihood_path,
    null_distribution,
    null_distributions,
)
from drumlin.plots.decision_boundary import decision_boundary
from drumlin.plots.density import density_1d
from drumlin.plots.em_story import em_story
from drumlin.plots.geometry import ellipse, region_levels
from drumlin.plots.labels import classification, uncertainty
from drumlin.plots.merging import merged_clusters
from drumlin.plots.pairs import pairs, plot
from drumlin.plots.projection import projection
from drumlin.plots.regions import density_2d, regions
from drumlin.plots.scatter import scatter_2d

__all__ = [
    "classification",
    "criterion_curves",
    "decision_boundary",
    "density_1d",
    "density_2d",
    "ellipse",
    "em_story",
    "entropy_of_merging",
    "log_likelihood_path",
    "marginal",
    "merged_clusters",
    "null_distribution",
    "null_distributions",
    "pairs",
    "plot",
    "projection",
    "region_levels",
    "regions",
    "scatter_2d",
    "uncertainty",
]
