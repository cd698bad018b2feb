"""What a program must offer to be measured. A peer lives in a process of its own.

Every method is one request to `benchmarks.worker`; what it returns travels back as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.cases import Case, Trial


@dataclass(frozen=True)
class Passes:
    """Seconds per EM pass, and the total log-likelihood that the last of them evaluated.

    The start is mixture 0; after m passes the log-likelihood is that of mixture m. None when the
    program takes no start, or does not report it. ``memory`` in bytes, for programs that run
    elsewhere than in the process that measures them.
    """

    seconds: Sequence[float]
    log_likelihood: float | None
    memory: float | None = None


@dataclass(frozen=True)
class FitPath:
    """A whole fit: seconds since its begin, and the log-likelihood known then, both per pass."""

    seconds: Sequence[float]
    log_likelihoods: Sequence[float]
    finished: bool
    """Whether the program stopped by its own rule, not by the limit of time."""


@dataclass(frozen=True)
class Fitted:
    """Seconds of whole fits of the same data, and the total log-likelihood they end at."""

    seconds: Sequence[float]
    log_likelihood: float


class Peer(Protocol):
    """A program with an EM pass."""

    def version(self) -> str:
        """ImportError or FileNotFoundError when it is not installed."""

    def variants(self, case: Case) -> Sequence[str]:
        """The ways it can do a case (drumlin: instruction sets); none when it cannot."""

    def passes(self, trial: Trial, variant: str, n_threads: int, n_passes: int) -> Passes:
        """Times ``n_passes`` passes from the start of the trial, after one to warm up."""


class TracedPeer(Peer, Protocol):
    """A program that reports its log-likelihood after every pass."""

    def converge(self, trial: Trial, n_threads: int, tol: float, max_seconds: float) -> FitPath:
        """From the start of the trial until a pass gains less than ``tol`` nats per row."""


class Library(TracedPeer, Protocol):
    """A program that is also measured as a whole."""

    def fit_small(self, trial: Trial, times: int) -> Fitted:
        """Fits few rows as a careful person would, several starts."""

    def fit_large(self, trial: Trial, times: int) -> Fitted:
        """Fits many rows, to see how much memory it takes."""

    def inference(self, trial: Trial, n_rows: int, times: int) -> Mapping[str, Sequence[float]]:
        """Seconds by operation (log_density, responsibilities, labels, sample) on some rows."""
