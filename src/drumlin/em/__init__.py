"""ONE RUN of expectation-maximisation: from a first mixture until a rule says stop.

`expect` and `maximise` are the two halves of a step, `iterates` alternates them, `run` stops.
"""

from drumlin.em.cost import Cost, PassCounter
from drumlin.em.counting import Counting
from drumlin.em.data_summary import DataSummary, summarise, total_moments
from drumlin.em.interruption import STOP_REASONS, Outcome, StopRequest
from drumlin.em.iteration import Iteration, degeneracy_allowance, unhealthy
from drumlin.em.problem import Problem, State, as_given
from drumlin.em.run import Observer, RunOptions, RunResult, last_step, run, run_towards
from drumlin.em.steps import expect, iterates, iteration_at, maximise, own_moments
from drumlin.em.stopping import EPSILON, remaining_gain, rounding

__all__ = [
    "EPSILON",
    "STOP_REASONS",
    "Cost",
    "Counting",
    "DataSummary",
    "Iteration",
    "Observer",
    "Outcome",
    "PassCounter",
    "Problem",
    "RunOptions",
    "RunResult",
    "State",
    "StopRequest",
    "as_given",
    "degeneracy_allowance",
    "expect",
    "iterates",
    "iteration_at",
    "last_step",
    "maximise",
    "own_moments",
    "remaining_gain",
    "rounding",
    "run",
    "run_towards",
    "summarise",
    "total_moments",
    "unhealthy",
]
