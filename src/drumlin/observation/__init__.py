"""AXIS: what of a row was seen; `Complete` when all of it was.

Every pass over rows goes through an observation: E-steps, starts, scores, and what is computed of
a fit afterwards.
"""

from drumlin.observation.complete import COMPLETE, Complete
from drumlin.observation.protocol import Observation

__all__ = ["COMPLETE", "Complete", "Observation"]
