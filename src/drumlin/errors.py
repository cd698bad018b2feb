"""Every exception and warning class of drumlin, with its remedy.

All exceptions derive from `DrumlinError`, and also from the built-in class that a caller would
expect (``ValueError``, ``OSError``, ``ImportError``). All warnings derive from `DrumlinWarning`.
Messages name the place (column, row, component, run), the value, and what to do.
"""


class DrumlinError(Exception):
    """Base class of all exceptions of drumlin."""


class InvalidDataError(DrumlinError, ValueError):
    """The samples, their weights or their labels cannot be used; the message names the place."""


class InvalidParameterError(DrumlinError, ValueError):
    """An option has a value that means nothing; the message lists what is allowed."""


class InvalidMixtureError(DrumlinError, ValueError):
    """Weights, means or covariances do not make a mixture; the message names the component."""


class DataFileError(DrumlinError, ValueError):
    """A data file cannot be read as a table of numbers; the message names file and line."""


class ModelFileError(DrumlinError, ValueError):
    """A model file is broken, foreign, or written by a newer drumlin; the message says which."""


class MissingExtraError(DrumlinError, ImportError):
    """An optional dependency is absent; the message says how to install it."""


class BackendUnavailableError(DrumlinError, RuntimeError):
    """The backend or instruction set is not on this machine; the message lists those that are."""


class WorkerError(DrumlinError, RuntimeError):
    """A process of a pool has died. Remedy: fewer processes, or none."""


class UndeterminedError(DrumlinError, ValueError):
    """The data do not determine a parameter, so it has no standard error; the message names it."""


class DrumlinWarning(UserWarning):
    """Base class of all warnings of drumlin."""


class DataWarning(DrumlinWarning):
    """The data can be fitted, but not as they stand: few rows, small weights, constant columns.

    Remedy: more rows, fewer components or a family with fewer parameters; weights are counts.
    """


class NotConvergedWarning(DrumlinWarning):
    """The fit stopped at its limit of passes or time. Remedy: raise that limit."""


class DecreasedWarning(DrumlinWarning):
    """The objective fell by more than rounding. Remedy: use float64, and report it."""


class UnhealthyFitWarning(DrumlinWarning):
    """A component holds too few samples or sits on the floor. Remedy: fewer components."""


class InterruptedWarning(DrumlinWarning):
    """The fit was interrupted; the best mixture so far was returned."""


class UncertaintyWarning(DrumlinWarning):
    """Standard errors to be read with care: not at a maximum, or components hard to match.

    Remedy: the data and weights of the fit, a smaller tol, fewer components.
    """
