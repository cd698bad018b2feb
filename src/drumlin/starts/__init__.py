"""AXIS: first mixtures. Every start ends in an M-step of some moments.

k-means++ with Lloyd steps in the whitened frame, random rows, quantiles in one dimension, a tree
of merges, and what the caller gives: a mixture, labels, responsibilities. `planned` lists them.
More begin where a run has ended: `rearranged` splits, merges and moves components, `reseeded` moves
collapsed ones, `enlarged` has one more.
"""

from drumlin.starts.given import (
    StartFactory,
    all_known,
    check_every_label,
    from_labels,
    read_starts,
)
from drumlin.starts.kmeans import LLOYD_STEPS
from drumlin.starts.merge_tree import MergeTree, merge_tree
from drumlin.starts.moves.adjacent_k import fewer, more
from drumlin.starts.moves.insertion import start as enlarged
from drumlin.starts.moves.reseed import start as reseeded
from drumlin.starts.moves.split_merge import start as rearranged
from drumlin.starts.schedule import StartRecipe, planned
from drumlin.starts.whitened_sample import WhitenedSample, whitened_sample

__all__ = [
    "LLOYD_STEPS",
    "MergeTree",
    "StartFactory",
    "StartRecipe",
    "WhitenedSample",
    "all_known",
    "check_every_label",
    "enlarged",
    "fewer",
    "from_labels",
    "merge_tree",
    "more",
    "planned",
    "read_starts",
    "rearranged",
    "reseeded",
    "whitened_sample",
]
