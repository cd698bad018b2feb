"""AXIS: where the samples live.

Arrays, data frames and files become a `Source`, a sequence of chunks of rows.
Files are read by `drumlin.data.files`, which a fit of arrays does not import.
"""

from drumlin.data.checks import (
    FINITE,
    check_distinct_rows,
    check_finite,
    check_labels,
    check_n_components,
    check_sample_weight,
)
from drumlin.data.derived import Annotate, mapped, subset
from drumlin.data.prepare import Prepared, prepare, rows_of_model
from drumlin.data.source import ArraySource, RowOrder, Rows, Source
from drumlin.data.subsampling import DRAW_BYTES, bytes_per_row, subsample
from drumlin.data.survey import Survey, SurveyPass, stride_of
from drumlin.data.table import Table, as_table

__all__ = [
    "DRAW_BYTES",
    "FINITE",
    "Annotate",
    "ArraySource",
    "Prepared",
    "RowOrder",
    "Rows",
    "Source",
    "Survey",
    "SurveyPass",
    "Table",
    "as_table",
    "bytes_per_row",
    "check_distinct_rows",
    "check_finite",
    "check_labels",
    "check_n_components",
    "check_sample_weight",
    "mapped",
    "prepare",
    "rows_of_model",
    "stride_of",
    "subsample",
    "subset",
]
