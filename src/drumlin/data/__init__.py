"""Where the samples live: arrays and data frames become a `Source`, a sequence of chunks."""

from drumlin.data.checks import (
    check_distinct_rows,
    check_finite,
    check_labels,
    check_n_components,
    check_sample_weight,
    check_scale,
)
from drumlin.data.drawing import drawn
from drumlin.data.files import FileTable, read_like, read_table
from drumlin.data.source import ArraySource, RowOrder, Rows, Source
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
    "drawn",
    "read_like",
    "read_table",
]
