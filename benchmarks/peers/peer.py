"""What a program must offer to be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.cases import Case, Trial
from benchmarks.clock import Timing


@dataclass(frozen=True)
class Setting:
    """How a program is run: a variant of it (drumlin: the instruction set), and its threads."""

    variant: str
    n_threads: int


@dataclass(frozen=True)
class Passes:
    """Seconds per EM pass, and the total log-likelihood that the last of them evaluated.

    The start is mixture 0; after m passes the log-likelihood is that of mixture m.
    """

    timing: Timing
    log_likelihood: float


class Peer(Protocol):
    """A program with an EM pass."""

    @property
    def name(self) -> str:
        """How tables call it."""

    def version(self) -> str | None:
        """None when it is not installed."""

    def settings(self, case: Case, thread_counts: Sequence[int]) -> Sequence[Setting]:
        """The settings to try on a case; none when it cannot do the case."""

    def passes(self, trial: Trial, setting: Setting, n_passes: int) -> Passes:
        """Times ``n_passes`` passes from the start of the trial, after one to warm up."""


class Library(Peer, Protocol):
    """A program that is also measured as a whole."""

    def fit(self, x: np.ndarray, n_components: int) -> float:
        """Fits few rows as a careful person would, several starts; the total log-likelihood."""

    def fit_large(self, x: np.ndarray, n_components: int) -> float:
        """Fits many rows, to see how much memory it takes; the total log-likelihood."""

    def inference(
        self, trial: Trial, thread_counts: Sequence[int]
    ) -> Mapping[str, Sequence[Callable[[], object]]]:
        """By operation (log_density, responsibilities, labels, sample): a call per setting."""
