"""What is to be said of standard errors before they are believed: the warnings.

Called by what the public methods call, so that a warning shows the line of the caller.
"""

from __future__ import annotations

import warnings

from drumlin.em import Outcome
from drumlin.errors import (
    DrumlinWarning,
    InterruptedWarning,
    NotConvergedWarning,
    UncertaintyWarning,
)
from drumlin.tables import counted
from drumlin.uncertainty.resampling import Replicates

OFF_MAXIMUM = 0.05
"""Nats below the maximum from which errors are off by a third of themselves."""

OFTEN = 0.05
"""A share of refits that went wrong which is worth a warning."""


def warn_off_maximum(nats: float) -> None:
    """``nats`` : what the mixture is below the maximum of the data."""
    if nats > OFF_MAXIMUM:
        warnings.warn(
            f"the mixture is about {nats:.2g} nats below the maximum of the log-likelihood of "
            "these data: give the x, sample_weight and labels of the fit, or fit with a smaller "
            "tol",
            UncertaintyWarning,
            stacklevel=4,
        )


def warn_of_refits(refits: Replicates, n_done: int, often: float = OFTEN) -> None:
    """What went wrong in the refits, where it was often, and whether they were cut short.

    often : the share of unhealthy ones from which that is said
    """
    of = counted(n_done, "refit")
    halted, remarks = refits.halted, list[tuple[type[DrumlinWarning], str]]()
    if halted not in (None, Outcome.STOPPED):
        cut = InterruptedWarning if halted is Outcome.INTERRUPTED else NotConvergedWarning
        remarks.append((cut, f"{halted.value} after {n_done} of {refits.planned} refits"))
    if refits.ambiguous > OFTEN * n_done:
        message = (
            f"the components of {refits.ambiguous} of {of} cannot be matched to those of the fit "
            "without doubt: errors are too large where components change places; use fewer "
            "components, or method='information'"
        )
        remarks.append((UncertaintyWarning, message))
    if refits.unhealthy > often * n_done:
        message = (
            f"{refits.unhealthy} of {of} were unhealthy and left out, so errors are too small: "
            "use fewer components or a family with fewer parameters"
        )
        remarks.append((UncertaintyWarning, message))
    if refits.unfinished > OFTEN * n_done:
        message = f"{refits.unfinished} of {of} stopped at max_iter: raise it"
        remarks.append((NotConvergedWarning, message))
    for kind, message in remarks:
        warnings.warn(message, kind, stacklevel=4)
