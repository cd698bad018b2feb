"""The errors of a classifier on labelled rows, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drumlin._types import Array
from drumlin.tables import aligned

if TYPE_CHECKING:
    from drumlin.discriminant import Assessment


def assessment_lines(assessment: Assessment, rows: str, costs: Array | None) -> list[str]:
    """Error, Brier score and confusion table.

    rows : the rows it was made on, in words
    costs : (K, K) of the classifier, or None when all errors cost the same
    """
    table = [["error", f"{assessment.error:.4f} {rows}, Brier score {assessment.brier:.4f}"]]
    if costs is not None:
        table.append(["mean cost", f"{assessment.cost:.4g}"])
    return [*aligned(table), "", str(assessment)]
