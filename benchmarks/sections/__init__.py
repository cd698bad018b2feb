"""What is measured, one file each, in this order. Adding one is one file and one line."""

from collections.abc import Callable

from benchmarks.findings import Findings
from benchmarks.programs import Fleet
from benchmarks.sections import (
    climbs,
    inference,
    memory,
    passes,
    selection,
    skipping,
    small,
    starts,
)

Section = Callable[[Fleet, bool], Findings]
"""Measures with the programs of a fleet; the second argument: every case."""

SECTIONS: dict[str, tuple[str, Section]] = {
    "passes": ("One EM pass", passes.measure),
    "climbs": ("Time to a given log-likelihood", climbs.measure),
    "starts": ("Quality of default starts", starts.measure),
    "small": ("Small data", small.measure),
    "inference": ("Inference", inference.measure),
    "skipping": ("Skipping: cost of a pass against k", skipping.measure),
    "select": ("Choosing components and family", selection.measure),
    "memory": ("Memory of a fit", memory.measure),
}
"""Name on the command line, title, what measures."""
