"""ONE RUN of expectation-maximisation: from a first mixture until a rule says stop.

`expect` and `maximise` are the two halves of a step, `iterates` alternates them, `run` stops.
"""

from drumlin.em.constraints import Constraints
from drumlin.em.cost import Cost, PassCounter
from drumlin.em.data_summary import DataSummary, summarise
from drumlin.em.engine import Engine
from drumlin.em.interruption import STOP_REASONS, Ending, Outcome, StopRequest
from drumlin.em.iteration import Iteration, degeneracy_allowance, unhealthy
from drumlin.em.problem import Problem, State, as_given
from drumlin.em.run import Observer, RunOptions, RunResult, run, run_towards
from drumlin.em.steps import expect, iterates, iteration_at, maximise, own_moments
from drumlin.em.stopping import EPSILON, RemainingGain, StoppingRule, remaining_gain, rounding

__all__ = [
    "EPSILON",
    "STOP_REASONS",
    "Constraints",
    "Cost",
    "DataSummary",
    "Ending",
    "Engine",
    "Iteration",
    "Observer",
    "Outcome",
    "PassCounter",
    "Problem",
    "RemainingGain",
    "RunOptions",
    "RunResult",
    "State",
    "StopRequest",
    "StoppingRule",
    "as_given",
    "degeneracy_allowance",
    "expect",
    "iterates",
    "iteration_at",
    "maximise",
    "own_moments",
    "remaining_gain",
    "rounding",
    "run",
    "run_towards",
    "summarise",
    "unhealthy",
]
