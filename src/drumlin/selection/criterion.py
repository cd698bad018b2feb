"""What a table of fits is ordered by: one number for each fit, lower is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drumlin.errors import InvalidParameterError
from drumlin.fitting.result import Fit


@dataclass(frozen=True)
class Criterion:
    """A number by which fits to the same data are compared.

    name : str        what the caller says
    title : str       the head of a column; lower is better in all of them
    of : callable     (fit, held-out log-likelihood in nats or None) -> the number
    in_folds : bool   whether it needs the held-out log-likelihood
    """

    name: str
    title: str
    of: Callable[[Fit, float | None], float]
    in_folds: bool = False


def _bic(fit: Fit, _held_out: float | None) -> float:
    return fit.bic()


def _icl(fit: Fit, _held_out: float | None) -> float:
    return fit.icl()


def _aic(fit: Fit, _held_out: float | None) -> float:
    return fit.aic()


def _held_out(_fit: Fit, held_out: float | None) -> float:
    if held_out is None:
        return float("nan")
    return -2.0 * held_out


CRITERIA = (
    Criterion("bic", "BIC", _bic),
    Criterion("icl", "ICL", _icl),
    Criterion("aic", "AIC", _aic),
    Criterion("held-out", "−2 × held-out log-likelihood", _held_out, in_folds=True),
)
"""Schwarz 1978; Biernacki, Celeux & Govaert 2000; Akaike 1974; Smyth 2000. One line adds one."""


def criterion_named(name: object) -> Criterion:
    """The criterion called so. Raises InvalidParameterError listing the known names."""
    for criterion in CRITERIA:
        if name in (criterion, criterion.name):
            return criterion
    known = ", ".join(repr(criterion.name) for criterion in CRITERIA)
    raise InvalidParameterError(f"criterion is {name!r}: known are {known}")
