"""First mixtures: every start ends in an M-step of some moments.

k-means++ with Lloyd steps in the whitened frame, random rows, quantiles in one dimension, a tree
of merges, and what the caller gives: a mixture, labels, responsibilities. `planned` lists them.
More begin where a run has ended: `rearranged` splits, merges and moves components, `reseeded` moves
collapsed ones, `enlarged` has one more.
"""

from drumlin.starts.agglomeration import Tree, tree_of
from drumlin.starts.enlarge import start as enlarged
from drumlin.starts.frame import Frame, frame_of
from drumlin.starts.given import Begin, all_known, check_every_label, from_labels, read_starts
from drumlin.starts.kmeans import LLOYD_STEPS
from drumlin.starts.neighbours import fewer, more
from drumlin.starts.plan import Planned, planned
from drumlin.starts.rearrange import start as rearranged
from drumlin.starts.reseed import start as reseeded

__all__ = [
    "LLOYD_STEPS",
    "Begin",
    "Frame",
    "Planned",
    "Tree",
    "all_known",
    "check_every_label",
    "enlarged",
    "fewer",
    "frame_of",
    "from_labels",
    "more",
    "planned",
    "read_starts",
    "rearranged",
    "reseeded",
    "tree_of",
]
