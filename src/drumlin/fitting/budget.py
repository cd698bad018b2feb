"""What a part of a fit may cost: rows passed over, counted, never timed.

On large data everything before the last stage (the survey, short runs, splits and merges, growing
subsamples) has to cost less than ten passes over all rows; few data can afford to be thorough.
"""

from __future__ import annotations

from dataclasses import dataclass

from drumlin.em import PassCounter

PLENTY_ROWS = 100_000
"""Below so many rows the allowance, in full passes, rises with the square of how much fewer."""


@dataclass(frozen=True, eq=False)
class Budget:
    """``limit`` : rows that the counter may reach."""

    counter: PassCounter
    limit: float

    @property
    def left(self) -> float:
        """Rows that may still be passed over."""
        return max(0.0, self.limit - self.counter.row_passes)

    def passes(self, share: float, n_rows: int) -> float:
        """How many passes over so many rows this share of what is left pays for."""
        return share * self.left / n_rows

    def part(self, share: float) -> Budget:
        """A budget of this share of what is left."""
        return Budget(self.counter, self.counter.row_passes + share * self.left)


def budget(counter: PassCounter, full_passes: float, n_samples: int) -> Budget:
    """From now on as much as so many passes over a large source; more where it is small."""
    plenty = max(1.0, PLENTY_ROWS / n_samples) ** 2
    return Budget(counter, counter.row_passes + full_passes * plenty * n_samples)
