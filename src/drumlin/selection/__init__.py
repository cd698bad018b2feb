"""SUBJECT: how many components, and which family. A table of fits, and the best healthy one.

`select` fits every number of components with every family and orders the cells by a criterion: BIC
(Schwarz 1978), ICL, AIC or the log-likelihood of rows held out. The cells of the table give each
other their starts, so that none stays behind its neighbours.
"""

from drumlin.selection.criterion import CRITERIA, Criterion
from drumlin.selection.progress import Progress
from drumlin.selection.result import Cell, Selection
from drumlin.selection.selecting import select

__all__ = [
    "CRITERIA",
    "Cell",
    "Criterion",
    "Progress",
    "Selection",
    "select",
]
