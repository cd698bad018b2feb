"""Every exception and warning class: one root each, and the built-in class a caller expects."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import drumlin
from drumlin import errors

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if found.__module__ == errors.__name__
]

BUILT_IN = {
    "InvalidDataError": ValueError,
    "InvalidParameterError": ValueError,
    "InvalidMixtureError": ValueError,
    "DataFileError": ValueError,
    "ModelFileError": ValueError,
    "MissingExtraError": ImportError,
    "BackendUnavailableError": RuntimeError,
    "UndeterminedError": ValueError,
    "WorkerError": RuntimeError,
}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_has_one_root_and_a_docstring(kind: type[Exception]) -> None:
    """Assert that errors derive from DrumlinError, and warnings from DrumlinWarning."""
    root = errors.DrumlinWarning if issubclass(kind, Warning) else errors.DrumlinError
    assert issubclass(kind, root)
    assert kind.__name__.endswith(("Error", "Warning"))
    assert kind.__doc__
    assert kind.__doc__ != kind.__bases__[0].__doc__


@pytest.mark.parametrize("name", BUILT_IN)
def test_errors_are_also_what_a_caller_expects(name: str) -> None:
    """Assert that `except ValueError` and its like catch them."""
    assert issubclass(getattr(errors, name), BUILT_IN[name])


def test_no_class_is_forgotten() -> None:
    """Assert that the table above lists every error."""
    found = {kind.__name__ for kind in CLASSES if not issubclass(kind, Warning)}
    assert found == {"DrumlinError", *BUILT_IN}


def test_warnings_are_user_warnings_that_can_be_silenced_together() -> None:
    """Assert that ignoring DrumlinWarning silences a fit that warns."""
    assert issubclass(errors.DrumlinWarning, UserWarning)
    x = np.array([0.0, 1.0, 5.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", errors.DrumlinWarning)
        drumlin.fit(x, 3, rng=0)


def test_a_warning_points_at_the_call_of_fit() -> None:
    """Assert that the line a warning shows is the caller's, not one inside drumlin."""
    with pytest.warns(errors.DataWarning) as seen:
        drumlin.fit([0.0, 5.0], 1, "tied", sample_weight=[0.7, 0.7])
    assert {warning.filename for warning in seen} == {__file__}
    with pytest.warns(errors.DrumlinWarning) as seen:
        drumlin.fit([0.0, 1.0, 5.0, 6.0], 4, max_iter=1, rng=0)
    assert {warning.filename for warning in seen} == {__file__}
