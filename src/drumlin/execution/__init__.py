"""Where the E-step runs: the threads of this process; an executor adds moments in a fixed order."""

from drumlin.execution.counting import Counting
from drumlin.execution.executor import Executor
from drumlin.execution.threads import Threads, available_threads, check_n_threads

__all__ = ["Counting", "Executor", "Threads", "available_threads", "check_n_threads"]
