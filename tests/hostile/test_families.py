"""Every family under every hard condition: a usable mixture, healthy or reported; no fall."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.covariance import compiled
from drumlin.em import Iteration, Outcome
from drumlin.errors import DecreasedWarning, DrumlinWarning, UnhealthyFitWarning
from tests.hostile.ingredients import assert_usable


def groups(d: int = 3, n: int = 90) -> tuple[Array, Array]:
    """x (n, d) in two overlapping groups of different spread, and their labels."""
    rng = np.random.default_rng(11)
    labels = np.repeat([0, 1], [n // 3, n - n // 3])
    x = rng.normal(size=(n, d)) * np.where(labels[:, None] == 0, 1.0, np.arange(1, d + 1) / 2.0)
    x[:, 0] += 4.0 * labels
    return x, labels


def weighted() -> dict[str, Any]:
    """Weights over four decades, some of them zero."""
    x, labels = groups()
    weight = 10.0 ** np.random.default_rng(12).uniform(-2.0, 2.0, len(x))
    weight[5::7] = 0.0
    return {"x": x, "starts": labels, "sample_weight": weight}


def collapsed() -> dict[str, Any]:
    """A third component of one row many times over."""
    x, labels = groups()
    x, labels = np.concatenate([x, np.repeat(x[:1], 30, axis=0)]), np.append(labels, [2] * 30)
    return {"x": x, "starts": labels}


def flat() -> dict[str, Any]:
    """A component without spread in one column, in which the others have some."""
    x, labels = groups()
    x[labels == 0, 2] = 0.25
    return {"x": x, "starts": labels}


def dependent() -> dict[str, Any]:
    """Columns that sum to one, and groups that overlap."""
    rng = np.random.default_rng(13)
    x = np.concatenate([rng.dirichlet([8, 5, 4], 60), rng.dirichlet([4, 6, 8], 60)])
    return {"x": x, "starts": np.repeat([0, 1], 60)}


def needle() -> dict[str, Any]:
    """float32 rows of which a third lie along a line, and many of each."""
    rng = np.random.default_rng(28)
    labels = np.arange(90) % 3
    x = rng.normal(size=(90, 4))
    x[labels == 0] = rng.normal(size=4) + rng.normal(size=(30, 1)) * rng.normal(size=4)
    x[labels == 1] = 4.0 + 0.01 * x[labels == 1]
    labels[::7] = (labels[::7] + 1) % 3
    return {"x": x.astype(np.float32), "starts": labels, "sample_weight": np.full(90, 100.0)}


CONDITIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "weights": weighted,
    "float32": lambda: {"x": groups()[0].astype(np.float32), "starts": groups()[1]},
    "offset": lambda: {"x": groups()[0] + 1e6, "starts": groups()[1]},
    "fewer rows than columns": lambda: {"x": groups(8, 6)[0], "starts": np.arange(6) % 2},
    "needle in float32": needle,
    "collapsed": collapsed,
    "flat component": flat,
    "dependent columns": dependent,
    "constant column": lambda: {"x": np.insert(groups()[0], 1, 7.0, axis=1), "starts": groups()[1]},
    "one column": lambda: {"x": groups(1)[0], "starts": groups()[1]},
    "as many as rows": lambda: {"x": groups(2, 5)[0], "starts": np.arange(5)},
    "all rows equal": lambda: {"x": np.full((12, 2), 3.0), "starts": np.zeros(12, dtype=int)},
    "some labels known": lambda: {
        "x": groups()[0],
        "labels": np.where(np.arange(90) % 4 == 0, groups()[1], -1),
    },
}


@pytest.mark.parametrize("acceleration", ["auto", "none"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_fit_is_usable_and_healthy_or_reported(
    family: str, condition: str, acceleration: str
) -> None:
    """Assert it, that nothing fell, and that what rests on the floor or was added is noted."""
    given = CONDITIONS[condition]()
    named = given["starts"] if "starts" in given else given["labels"]
    x = given.pop("x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        warnings.simplefilter("error", DecreasedWarning)
        fit = drumlin.fit(
            x, int(named.max()) + 1, family, acceleration=acceleration, max_iter=150, **given
        )
    assert_usable(fit, x)
    assert fit.outcome in (Outcome.CONVERGED, Outcome.REACHED_LIMIT)
    said = " ".join(fit.notes)
    added = "was added" in said
    if not added:
        assert (np.diff(fit.log_likelihoods) > -1e-3).all() or x.dtype == np.float32
    mass = fit.mixture.weights.min() * fit.total_weight
    small = mass < fit.family.minimum_mass(x.shape[1])
    assert fit.healthy or small or "collapsed" in said


def test_jumps_do_not_go_by_rounding_where_columns_depend(family: str) -> None:
    """Assert that nothing falls after a jump, and ℓ as by plain EM, for four columns of sum one."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.dirichlet([8, 5, 4, 3], 300), rng.dirichlet([4, 6, 8, 3], 300)])
    options: dict[str, Any] = {"starts": np.repeat([0, 1], 300), "tol": 1e-5, "max_iter": 9999}
    seen: list[Iteration] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnhealthyFitWarning)
        plain = drumlin.fit(x, 2, family, acceleration="none", **options)
        jumping = drumlin.fit(x, 2, family, observers=[seen.append], **options)
    kept = [iteration for iteration in seen if iteration.accepted]
    assert min(after.gain_over(before) for before, after in pairwise(kept)) > -1e-3
    assert jumping.outcome is plain.outcome is Outcome.CONVERGED
    assert plain.runs[0].passes > 10  # and not at once, because rounding would hide every gain
    assert jumping.log_likelihood == pytest.approx(plain.log_likelihood, abs=0.1)


@pytest.mark.skipif(not compiled.COMPILED, reason="LAPACK loses variances beside large ones")
def test_nothing_falls_where_many_columns_are_in_different_units(family: str) -> None:
    """Assert it for ten columns whose units are up to 1e11 apart, and random groups."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 2, 150)
    x = rng.normal(size=(150, 10)) * np.exp(rng.uniform(-3.0, 3.0, size=(2, 10)))[labels]
    x = (x + 4.0 * rng.normal(size=(2, 10))[labels]) * 10.0 ** rng.integers(-6, 6, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        warnings.simplefilter("error", DecreasedWarning)
        drumlin.fit(x, 2, family, starts=rng.integers(0, 2, 150))


@pytest.mark.parametrize("labelled", [False, True])
def test_weights_are_repeated_rows_also_on_the_floor(family: str, labelled: bool) -> None:
    """Assert the same mixture, from the same start, where a component has collapsed."""
    given = collapsed()
    x, labels = given["x"], given["starts"]
    weight = np.random.default_rng(14).integers(1, 4, len(x))
    key = "labels" if labelled else "starts"

    def fitted(x: Array, names: Array, **options: Any) -> drumlin.Fit:
        options[key] = names
        return drumlin.fit(x, 3, family, acceleration="none", max_iter=20, **options)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DrumlinWarning)
        got = fitted(x, labels, sample_weight=weight)
        want = fitted(np.repeat(x, weight, axis=0), np.repeat(labels, weight))
    np.testing.assert_allclose(got.mixture.weights, want.mixture.weights, rtol=1e-6)
    np.testing.assert_allclose(got.mixture.means, want.mixture.means, rtol=1e-6, atol=1e-6)
    assert got.healthy == want.healthy
    assert got.notes == want.notes


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_a_model_file_keeps_every_family(family: str, suffix: str, tmp_path: Path) -> None:
    """Assert that the mixture comes back to the last bit, with the family and its parameters."""
    x, labels = groups()
    fit = drumlin.fit(x, 2, family, starts=labels)
    drumlin.save(fit, tmp_path / f"m{suffix}")
    record = drumlin.storage.read(tmp_path / f"m{suffix}")
    assert record.mixture == fit.mixture
    assert record.facts is not None
    assert record.family == fit.family.code
    assert record.facts.n_parameters == fit.n_parameters
    on = drumlin.fit(x, 2, family, starts=record.mixture)
    assert on.log_likelihood >= fit.log_likelihood - 1e-9
    assert on.log_likelihoods[0] == pytest.approx(fit.log_likelihood, rel=1e-12)
