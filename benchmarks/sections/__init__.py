"""What is measured, one file each, in this order. Adding one is one file and one line."""

from collections.abc import Callable

from benchmarks.findings import Findings
from benchmarks.programs import Fleet
from benchmarks.sections import (
    convergence,
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
    "passes": ("One EM pass", passes.summarise),
    "convergence": ("Time to a given log-likelihood", convergence.summarise),
    "starts": ("Quality of default starts", starts.summarise),
    "small": ("Small data", small.summarise),
    "inference": ("Inference", inference.summarise),
    "skipping": ("Skipping: cost of a pass against k", skipping.summarise),
    "select": ("Choosing components and family", selection.summarise),
    "memory": ("Memory of a fit", memory.summarise),
}
"""Name on the command line, title, what measures."""
