"""drumlin itself: `em.iterates` on every instruction set, `drumlin.fit` as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

import drumlin
from benchmarks.cases import Case, Trial
from benchmarks.clock import gaps
from benchmarks.peers.peer import Passes, Setting
from drumlin import Mixture
from drumlin.backends import Backend, NativeBackend, ReferenceBackend, instruction_sets
from drumlin.constraints import measure
from drumlin.covariance import family_named
from drumlin.data import ArraySource, Rows
from drumlin.em import Problem, as_given, iterates
from drumlin.execution import Threads

REFERENCE = "reference"


@dataclass(frozen=True)
class Drumlin:
    """The package of this repository."""

    name: str = "drumlin"

    def version(self) -> str:
        """The version of the tree."""
        return drumlin.__version__

    def settings(self, case: Case, thread_counts: Sequence[int]) -> list[Setting]:
        """Widest instruction set first; the reference backend, on one thread, where none is."""
        del case
        sets = instruction_sets()
        if not sets:
            return [Setting(REFERENCE, 1)]
        return [Setting(name, count) for name in reversed(sets) for count in thread_counts]

    def passes(self, trial: Trial, setting: Setting, n_passes: int) -> Passes:
        """A pass is what `iterates` does between two items: an M-step and an E-step."""
        run = iterates(as_given(_mixture(trial)), _problem(trial, setting))
        next(run)
        stamps = [perf_counter()]
        for iteration in run:
            stamps.append(perf_counter())
            if iteration.index == n_passes:
                break
        return Passes(gaps(stamps), iteration.log_likelihood)

    def fit(self, x: np.ndarray, n_components: int) -> float:
        """Default settings."""
        return float(drumlin.fit(x, n_components, rng=0).log_likelihood)

    def fit_large(self, x: np.ndarray, n_components: int) -> float:
        """Default settings too."""
        return self.fit(x, n_components)

    def inference(
        self, trial: Trial, thread_counts: Sequence[int]
    ) -> Mapping[str, Sequence[Callable[[], object]]]:
        """Default settings: all threads, the widest instruction set."""
        del thread_counts
        mixture = _mixture(trial)
        return {
            "log_density": [lambda: mixture.log_density(trial.x)],
            "responsibilities": [lambda: mixture.responsibilities(trial.x)],
            "labels": [lambda: mixture.labels(trial.x)],
            "sample": [lambda: mixture.sample(len(trial.x), 0)],
        }


def _mixture(trial: Trial) -> Mixture:
    return Mixture.from_arrays(
        trial.weights, trial.means, trial.covariances, structure=trial.case.family
    )


def _problem(trial: Trial, setting: Setting) -> Problem:
    source = ArraySource(Rows(trial.x))
    backend: Backend = ReferenceBackend()
    if setting.variant != REFERENCE:
        backend = NativeBackend(setting.variant)
    executor = Threads(setting.n_threads)
    family = family_named(trial.case.family, trial.case.n_features)
    floor = measure(source, backend, executor).floor
    return Problem(source, family, floor, backend, executor)
