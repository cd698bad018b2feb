"""Starts from assignments of all rows, hard labels or responsibilities: an exact M-step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from drumlin._types import Array
from drumlin.backends.reference import moments_of
from drumlin.data import Annotate, Rows, Source, mapped
from drumlin.em import Engine, Problem, State, expect, maximise
from drumlin.errors import InvalidDataError, InvalidParameterError
from drumlin.mixture import Mixture
from drumlin.moments import Form, Moments, pseudo_rows

BLOCK_ROWS = 1024


@dataclass(frozen=True, eq=False)
class LabelStart:
    """The closed-form fit to rows of known label: those of the source, or these (n,).

    The second of two passes is about the means that the first found, so that the scatter is exact.
    Where some labels are unknown, this only begins the fit, and a class may have a single known
    row: each component then also gets d + 1 pseudo-rows with covariance S₊ / k^(2/d).
    Raises InvalidDataError when a component has no row.
    """

    n_components: int
    labels: Array | None = None

    def check(self, source: Source, engine: Engine) -> None:
        """Raises InvalidDataError when a component has no row of positive weight."""
        k = self.n_components
        counted = engine.executor.map_reduce(partial(label_weights, k), self._labelled(source))
        check_every_label(counted[:k])

    def _labelled(self, source: Source) -> Source:
        return source if self.labels is None else mapped(source, Annotate(labels=self.labels))

    def __call__(self, problem: Problem, _rng: np.random.Generator) -> State:
        """Two passes and an M-step."""
        k, source = self.n_components, self._labelled(problem.source)
        n_unknown = problem.engine.executor.map_reduce(partial(label_weights, k), source)[k]
        inner = replace(problem, source=mapped(source, only_labelled))
        summary, weights = problem.summary, np.full(k, 1.0 / k)
        means = np.repeat(summary.mean[None], k, axis=0)
        single_moments = summary.moments.in_form(problem.family.form)
        single = problem.family.m_step.estimate(
            single_moments, problem.floor, None, regularised=False
        )
        covariance = single.covariance.take(np.zeros(k, dtype=np.intp))
        first = expect(Mixture(weights, means, covariance), inner)
        second = expect(Mixture(weights, first.means, covariance), inner)
        if n_unknown > 0:
            second = second.centred()
            total = single_moments.scatter[0] / single_moments.mass[0]
            shrunk = total * k ** (-2.0 / means.shape[1])
            second = second + pseudo_rows(second.origin, shrunk).in_form(second.form)
        return maximise(second, problem)


def label_weights(n_components: int, rows: Rows, _n_threads: int) -> Array:
    """(k + 1,) of a chunk: Σ s⁽ⁱ⁾ of each label, and the number of rows without one."""
    if rows.labels is None:
        raise InvalidParameterError("labels are needed for a start from labels")
    known, weight = rows.labels >= 0, rows.weights
    sums = np.bincount(rows.labels[known], weight[known], minlength=n_components)
    return np.append(sums, np.count_nonzero(~known & (weight > 0.0)))


def only_labelled(rows: Rows) -> Rows:
    """The rows with weight zero where the label is unknown."""
    known = (np.asarray(rows.labels) >= 0).astype(np.float64)
    weight = known if rows.sample_weight is None else known * rows.sample_weight
    return replace(rows, sample_weight=weight)


@dataclass(frozen=True, eq=False)
class ResponsibilityStart:
    """The M-step of given responsibilities (n, k), in float64."""

    responsibilities: Array

    def check(self, source: Source, engine: Engine) -> None:
        """Raises InvalidDataError when a component has no row of positive weight."""
        mass = engine.executor.map_reduce(partial(masses, self.responsibilities), source)
        if not mass.all():
            raise InvalidDataError(
                f"responsibilities of component {int(np.argmin(mass))} are zero on every row: "
                "every component needs some; ask for fewer components"
            )

    def __call__(self, problem: Problem, _rng: np.random.Generator) -> State:
        """Two passes, the second about the means of the first."""
        given, form = self.responsibilities, problem.family.form
        origin = np.repeat(problem.summary.mean[None], given.shape[1], axis=0)
        for _ in range(2):
            step = partial(moments_about, given, origin, form)
            moments = problem.engine.executor.map_reduce(step, problem.source)
            origin = moments.means
        return maximise(moments, problem)


def masses(responsibilities: Array, rows: Rows, _n_threads: int) -> Array:
    """(k,) of a chunk: Σ_i s⁽ⁱ⁾ w_j⁽ⁱ⁾ of responsibilities (n, k) of all rows."""
    return rows.weights @ responsibilities[rows.first : rows.first + len(rows)]


def moments_about(
    responsibilities: Array, origin: Array, form: Form, rows: Rows, _n_threads: int
) -> Moments:
    """The moments of a chunk about ``origin``, of responsibilities (n, k) of all rows."""
    total = None
    for block in rows.blocks(BLOCK_ROWS):
        given = responsibilities[block.first : block.first + len(block)]
        x, weight = np.asarray(block.x, dtype=np.float64), block.weights
        sums = moments_of(x, given * weight[:, None], origin, form)
        moments = Moments(0.0, float(weight.sum()), *sums, origin)
        total = moments if total is None else total + moments
    assert total is not None  # a chunk has at least one row
    return total


def check_every_label(label_weights: Array) -> None:
    """Raises InvalidDataError when a component has no row of positive weight with its label."""
    if not label_weights.all():
        raise InvalidDataError(
            f"label {int(np.argmin(label_weights))} is on no row: every component needs at least "
            "one; renumber the labels or ask for fewer components"
        )
