"""What a fit costs, in passes over the data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a fit cost, all of its runs together.

    passes : int               E-steps on all of the data, candidates of the accelerator included
    accepted, refused : int    those candidates
    full_passes : ()           in passes over all rows, each by its share of the rows: the survey,
                               steps of k-means, E-steps on subsamples and on all, criteria
    """

    passes: int
    accepted: int
    refused: int
    full_passes: float

    def __str__(self) -> str:
        refused = f"{self.refused} refused candidate{'' if self.refused == 1 else 's'}"
        return (
            f"{self.passes} over all rows ({self.accepted} accepted, {refused}), "
            f"cost of {self.full_passes:.4g} full passes"
        )


@dataclass(eq=False)
class PassCounter:
    """The passes of a fit so far.

    n_samples : rows of all of the data
    passes : E-steps on all of them
    accepted, refused : candidates of the accelerator among those
    row_passes : rows seen by every pass, those on subsamples and of starts included
    """

    n_samples: int
    passes: int = 0
    accepted: int = 0
    refused: int = 0
    row_passes: int = 0

    def add(self, n_rows: int, passes: int, accepted: int = 0, refused: int = 0) -> None:
        """E-steps over ``n_rows`` rows, and the candidates among them; subsamples do not count."""
        if n_rows == self.n_samples:
            self.passes += passes
            self.accepted += accepted
            self.refused += refused

    def cost(self) -> Cost:
        """The sums so far."""
        full_passes = self.row_passes / self.n_samples
        return Cost(self.passes, self.accepted, self.refused, full_passes)
