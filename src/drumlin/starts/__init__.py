"""AXIS: first mixtures. Every start ends in an M-step of some moments.

k-means++ with Lloyd steps in the whitened frame, random rows, quantiles in one dimension, a tree
of merges, and what the caller gives: a mixture, labels, responsibilities. `recipes` lists them.
More begin where a run has ended (`moves`): `split_merge_moves`, `insertions` of one component more,
`reseeded` unhealthy components, and the mixtures of adjacent k.
"""

from drumlin.starts.assigned import LabelStart, check_every_label
from drumlin.starts.given import SingleStart, StartFactory, read_starts
from drumlin.starts.kmeans import LLOYD_STEPS
from drumlin.starts.merge_tree import MergeTree, merge_tree
from drumlin.starts.moves.adjacent_k import one_fewer, one_more
from drumlin.starts.moves.insertion import insertions
from drumlin.starts.moves.reseed import reseeded
from drumlin.starts.moves.split_merge import split_merge_moves
from drumlin.starts.schedule import StartRecipe, recipes
from drumlin.starts.whitened_sample import WhitenedSample, whitened_sample

__all__ = [
    "LLOYD_STEPS",
    "LabelStart",
    "MergeTree",
    "SingleStart",
    "StartFactory",
    "StartRecipe",
    "WhitenedSample",
    "check_every_label",
    "insertions",
    "merge_tree",
    "one_fewer",
    "one_more",
    "read_starts",
    "recipes",
    "reseeded",
    "split_merge_moves",
    "whitened_sample",
]
