"""AXIS: where a pass runs.

An executor maps a function over the chunks of a source and adds the results in a fixed tree.
"""

from drumlin.execution.executor import Executor, Result, tree_sum
from drumlin.execution.pool import Pool, check_pool
from drumlin.execution.threads import Threads, available_threads, check_n_threads, one_thread

__all__ = [
    "Executor",
    "Pool",
    "Result",
    "Threads",
    "available_threads",
    "check_n_threads",
    "check_pool",
    "one_thread",
    "tree_sum",
]
