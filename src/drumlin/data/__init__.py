"""AXIS: where the samples live.

Arrays, data frames and files become a `Source`, a sequence of chunks of rows.
"""

from drumlin.data.checks import (
    check_distinct_rows,
    check_finite,
    check_labels,
    check_n_components,
    check_sample_weight,
    check_scale,
)
from drumlin.data.files import FileTable, read_like, read_table
from drumlin.data.source import ArraySource, RowOrder, Rows, Source
from drumlin.data.subsample import subsample
from drumlin.data.table import Table, as_table

__all__ = [
    "ArraySource",
    "FileTable",
    "RowOrder",
    "Rows",
    "Source",
    "Table",
    "as_table",
    "check_distinct_rows",
    "check_finite",
    "check_labels",
    "check_n_components",
    "check_sample_weight",
    "check_scale",
    "read_like",
    "read_table",
    "subsample",
]
