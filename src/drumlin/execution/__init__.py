"""Where the E-step runs: the threads of this process; an executor adds moments in a fixed order."""

from drumlin.execution.counting import Counting
from drumlin.execution.executor import Executor
from drumlin.execution.pool import Pool, check_pool
from drumlin.execution.threads import Threads, available_threads, check_n_threads, one_thread

__all__ = [
    "Counting",
    "Executor",
    "Pool",
    "Threads",
    "available_threads",
    "check_n_threads",
    "check_pool",
    "one_thread",
]
