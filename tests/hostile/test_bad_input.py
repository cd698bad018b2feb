"""Bad input is refused before any work: the backend is never called, no observer sees a pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import drumlin
from drumlin.backends import ReferenceBackend
from drumlin.errors import (
    BackendUnavailableError,
    DrumlinError,
    InvalidDataError,
    InvalidMixtureError,
    InvalidParameterError,
)

RNG = np.random.default_rng(13)
X = RNG.normal(size=(20, 2))
X.flags.writeable = False
ONES = np.ones(20)
OTHER_K = drumlin.Mixture.from_arrays([1.0], [[0.0, 0.0]], [np.eye(2)])
OTHER_D = drumlin.Mixture.from_arrays([0.5, 0.5], np.eye(2, 3), [np.eye(3)] * 2)


class Untouched:
    """A backend that fails the test as soon as it is asked for anything."""

    name = "untouched"

    def __getattr__(self, method: str) -> Any:
        raise AssertionError(f"work was begun: {method}")


def never(iteration: object) -> None:
    """An observer that must not be called."""
    raise AssertionError(f"work was begun: {iteration}")


def with_value(value: float, row: int = 3, column: int = 1) -> np.ndarray:
    """The data with one cell replaced."""
    x = X.copy()
    x[row, column] = value
    return x


def two_distinct() -> np.ndarray:
    """Twenty rows, two of them distinct."""
    return np.tile([[1.0, 2.0], [3.0, 4.0]], (10, 1))


def zero_but(*rows: int) -> np.ndarray:
    """Sample weights that are zero on all rows but these."""
    weight = np.zeros(20)
    weight[list(rows)] = 1.0
    return weight


DATA: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"x": np.empty((0, 2))}, "x is empty"),
    "text": ({"x": [[1.0, "a"], [2.0, 3.0]]}, "row 0, column 1 holds 'a'"),
    "text column": (
        {"x": pd.DataFrame({"size": [1.0, 2.0], "kind": ["u", "v"]})},
        "row 0, column 'kind' holds 'u'",
    ),
    "strings of numbers": ({"x": np.array(["1", "2"])}, "holds '1'"),
    "complex": ({"x": X + 1j}, "x is complex"),
    "infinite": ({"x": with_value(np.inf)}, r"row 3, column 1 is infinite \(inf\)"),
    "minus infinite": ({"x": with_value(-np.inf)}, r"row 3, column 1 is infinite \(-inf\)"),
    "NaN": ({"x": with_value(np.nan)}, "row 3, column 1 is missing.*not supported yet"),
    "float32 too small": ({"x": (1e-25 * X).astype("f4")}, "column 0 is nowhere larger than"),
    "too small": ({"x": X * [1.0, 1e-200]}, "column 1 is nowhere larger than"),
    "float32 NaN": ({"x": with_value(np.nan).astype("f4")}, "row 3, column 1 is missing"),
    "None": ({"x": [[1.0, None], [2.0, 3.0]]}, "row 0, column 1 is missing.*not supported yet"),
    "named NaN": (
        {"x": pd.DataFrame(with_value(np.nan), columns=["a", "b"])},
        "row 3, column 'b' is missing",
    ),
    "three dimensions": ({"x": np.zeros((4, 2, 2))}, "3 dimensions"),
    "ragged": ({"x": [[1.0], [1.0, 2.0]]}, "ragged"),
    "dates": ({"x": np.arange(3).astype("M8[D]")}, "not numeric"),
    "weights negative": ({"sample_weight": -ONES}, "sample_weight of row 0 is -1"),
    "weights zero": ({"sample_weight": 0 * ONES}, "zero for every row"),
    "weights short": ({"sample_weight": ONES[1:]}, r"shape \(19,\)"),
    "weights NaN": ({"sample_weight": np.nan * ONES}, "sample_weight of row 0 is nan"),
    "labels too large": ({"labels": 2 * ONES}, "label of row 0 is 2"),
    "labels below -1": ({"labels": -2 * ONES}, "label of row 0 is -2"),
    "labels not whole": ({"labels": 0.5 * ONES}, "label of row 0 is 0.5"),
    "labels short": ({"labels": ONES[1:]}, r"labels has shape \(19,\)"),
}

PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "k = 0": ({"n_components": 0}, "n_components is 0"),
    "k not whole": ({"n_components": 2.0}, "must be a whole number"),
    "k above n": ({"n_components": 21}, "is 21, but the data have only 20 distinct rows"),
    "k above the distinct rows": ({"x": two_distinct(), "n_components": 3}, "only 2 distinct"),
    "k above the rows with weight": (
        {"sample_weight": zero_but(0), "n_components": 2},
        "only 1 distinct",
    ),
    "k above the distinct rows with weight": (
        {"x": two_distinct(), "sample_weight": zero_but(0, 2, 4), "n_components": 2},
        "only 1 distinct",
    ),
    "unknown family": (
        {"family": "foo"},
        r"unknown family .foo.: known are EII, spherical \(VII\), EEI, VEI, EVI, diag \(VVI\)",
    ),
    "family of one dimension": ({"family": "V"}, "in one dimension also V and E"),
    "family in capitals": ({"family": "FULL"}, "unknown family"),
    "tol negative": ({"tol": -1.0}, "tol is -1"),
    "tol NaN": ({"tol": float("nan")}, "tol is nan"),
    "max_iter zero": ({"max_iter": 0}, "max_iter is 0"),
    "max_iter not whole": ({"max_iter": 2.5}, "max_iter is 2.5"),
    "max_iter true": ({"max_iter": True}, "max_iter is True"),
    "max_seconds zero": ({"max_seconds": 0}, "max_seconds is 0"),
    "max_seconds NaN": ({"max_seconds": float("nan")}, "max_seconds is nan"),
    "tol is text": ({"tol": "small"}, "tol is 'small'"),
    "max_seconds is text": ({"max_seconds": "1"}, "max_seconds is '1'"),
    "rng negative": ({"rng": -1}, "rng is -1: it must be a seed"),
    "rng not whole": ({"rng": 1.5}, "rng is 1.5"),
    "rng is text": ({"rng": "seed"}, "rng is 'seed'"),
    "rng of the old kind": ({"rng": np.random.RandomState(0)}, "rng is RandomState"),
    "an observer that is none": ({"observers": [5]}, r"observers is \[5\]"),
    "observers without brackets": ({"observers": never}, "must be a sequence of callables"),
    "no observers": ({"observers": None}, "observers is None"),
    "n_threads zero": ({"n_threads": 0}, "n_threads is 0"),
    "n_threads not whole": ({"n_threads": 1.5}, "n_threads is 1.5"),
}

STARTS: dict[str, tuple[dict[str, Any], type[DrumlinError], str]] = {
    "none": ({"starts": 0}, InvalidParameterError, "starts is 0: it must be at least 1"),
    "true": ({"starts": True}, InvalidParameterError, "starts must be a number of starts"),
    "text": ({"starts": "kmeans"}, InvalidParameterError, "the only start with a name is"),
    "wrong shape": ({"starts": np.zeros((20, 3))}, InvalidParameterError, r"shape \(20, 3\)"),
    "mixture of other k": ({"starts": OTHER_K}, InvalidParameterError, "1 components in 2"),
    "mixture of other d": ({"starts": OTHER_D}, InvalidParameterError, "in 3 dimensions"),
    "responsibilities do not sum to 1": (
        {"starts": np.full((20, 2), 0.4)},
        InvalidDataError,
        "responsibilities of row 0",
    ),
    "responsibilities negative": (
        {"starts": np.tile([1.5, -0.5], (20, 1))},
        InvalidDataError,
        "responsibilities of row 0",
    ),
    "responsibilities NaN": (
        {"starts": np.full((20, 2), np.nan)},
        InvalidDataError,
        "responsibilities of row 0",
    ),
    "responsibilities short": ({"starts": np.full((19, 2), 0.5)}, InvalidDataError, "has 19 rows"),
    "a component without responsibilities": (
        {"starts": np.tile([1.0, 0.0], (20, 1))},
        InvalidDataError,
        "component 1 are zero on every row",
    ),
    "labels short": ({"starts": np.zeros(19)}, InvalidDataError, r"shape \(19,\)"),
    "labels out of range": ({"starts": np.full(20, 2)}, InvalidDataError, "label of row 0 is 2"),
    "a label without rows": ({"starts": np.zeros(20)}, InvalidDataError, "label 1 is on no row"),
    "a known label without rows": (
        {"labels": np.zeros(20)},
        InvalidDataError,
        "label 1 is on no row",
    ),
    "a label without weight": (
        {"labels": np.arange(20) % 2, "sample_weight": np.arange(20) % 2},
        InvalidDataError,
        "label 0 is on no row",
    ),
}


def refuse(options: dict[str, Any], kind: type[DrumlinError], message: str, **more: Any) -> None:
    """Assert that fit refuses these options with this error, before any work."""
    arguments = {"x": X, "n_components": 2, "observers": [never], **more, **options}
    with pytest.raises(kind, match=message):
        drumlin.fit(**arguments)


@pytest.mark.parametrize("case", DATA)
def test_bad_data(case: str) -> None:
    """Assert that bad data are refused by place and value, before any work."""
    options, message = DATA[case]
    refuse(options, InvalidDataError, message, backend=Untouched())


@pytest.mark.parametrize("case", PARAMETERS)
def test_bad_parameters(case: str) -> None:
    """Assert that an option that means nothing is refused by name and value, before any work."""
    options, message = PARAMETERS[case]
    refuse(options, InvalidParameterError, message, backend=Untouched())


@pytest.mark.parametrize("case", STARTS)
def test_bad_starts(case: str) -> None:
    """Assert that starts which do not fit are refused before the data are measured."""
    options, kind, message = STARTS[case]
    refuse(options, kind, message, backend=Untouched())


def test_good_input_does_reach_the_backend() -> None:
    """Assert that `Untouched` would notice: with good input the fit does call it."""
    with pytest.raises(AssertionError, match="work was begun"):
        drumlin.fit(X, 2, backend=Untouched())
    with pytest.raises(AssertionError, match="work was begun"):
        drumlin.fit(X, 2, backend=ReferenceBackend(), observers=[never])


def test_an_unknown_backend() -> None:
    """Assert that an unknown backend is refused with the known ones."""
    refuse({"backend": "gpu"}, InvalidParameterError, "'gpu': choose 'auto', 'native' or 'ref")
    refuse({"backend": None}, InvalidParameterError, "unknown backend None")


@pytest.mark.native
def test_an_unknown_instruction_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that a DRUMLIN_INSTRUCTION_SET that is not here is refused with those that are."""
    monkeypatch.setenv("DRUMLIN_INSTRUCTION_SET", "mmx")
    refuse({}, BackendUnavailableError, "'mmx'.*DRUMLIN_INSTRUCTION_SET.*baseline")


def test_a_wrong_number_of_threads_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that DRUMLIN_NUM_THREADS=many is refused by its name."""
    monkeypatch.setenv("DRUMLIN_NUM_THREADS", "many")
    refuse({}, InvalidParameterError, "DRUMLIN_NUM_THREADS is 'many'", backend=Untouched())


METHODS = ("log_density", "density", "log_joint", "responsibilities", "labels")


@pytest.mark.parametrize("method", METHODS)
def test_wrong_columns_at_prediction(method: str) -> None:
    """Assert that a wrong number of columns, a missing column and bad cells are named."""
    frame = pd.DataFrame(X, columns=["a", "b"])
    mixture = drumlin.fit(frame, 2, rng=0).mixture
    call = getattr(mixture, method)
    for x, message in [
        (X[:, :1], r"x has 1 columns, the mixture 2 \(a, b\)"),
        (np.ones(3), "x has 1 columns, the mixture 2"),
        (frame[["a"]], "column 'b' is missing: the model needs a, b; the data have a"),
        (with_value(np.nan), "row 3, column 1 is missing"),
        (with_value(np.inf), "row 3, column 1 is infinite"),
        (np.empty((0, 2)), "x is empty"),
        (frame.assign(b="text"), "row 0, column 'b' holds 'text'"),
    ]:
        with pytest.raises(InvalidDataError, match=message):
            call(x)


@pytest.mark.parametrize("n", [-1, 2.5, True, "3"])
def test_a_wrong_number_of_draws(n: Any) -> None:
    """Assert that a number of draws that is negative or not whole is refused by its value."""
    with pytest.raises(InvalidParameterError, match=f"n is {n!r}: it must be a whole number"):
        OTHER_K.sample(n)


@pytest.mark.parametrize("rng", [-1, "seed", 1.5])
def test_a_wrong_seed_of_draws(rng: Any) -> None:
    """Assert that a seed that is none is refused by its value."""
    with pytest.raises(InvalidParameterError, match=f"rng is {rng!r}: it must be a seed"):
        OTHER_K.sample(1, rng)


def test_a_mixture_of_bare_arrays() -> None:
    """Assert that an array where a structure belongs is told of from_arrays."""
    with pytest.raises(InvalidMixtureError, match=r"is a ndarray, not a structure.*from_arrays"):
        drumlin.Mixture(ONES[:1], X[:1], np.eye(2))  # type: ignore[arg-type]
