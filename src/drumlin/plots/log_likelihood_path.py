"""The log-likelihood over the passes of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drumlin.plots import style
from drumlin.plots.style import Axes


class HasPath(Protocol):
    """A `Fit`, or the facts of one in a model file."""

    @property
    def log_likelihoods(self) -> Sequence[float]:
        """ℓ of each pass in nats."""

    @property
    def reason(self) -> str:
        """Why the fit stopped, in words."""


def log_likelihood_path(fit: HasPath, *, ax: Axes | None = None) -> Axes:
    """Draw ℓ, the total log-likelihood in nats, after each full-data pass of the chosen run.

    Steps of the accelerator that were refused are left out.

    fit : a `Fit`.  Raises MissingExtraError.
    """
    axes = style.axes_or_new(ax, (5.6, 3.6))
    path = list(fit.log_likelihoods)
    passes = range(1, len(path) + 1)
    marker = "o" if len(path) <= 60 else ""
    colour = f"#{style.PALETTE[0]}"
    axes.plot(passes, path, color=colour, linewidth=1.6, marker=marker, markersize=4, zorder=3)
    axes.axhline(path[-1], color=style.PALE, linewidth=1.0, zorder=1)
    axes.set(xlabel="pass over the data, where accepted", ylabel="log-likelihood, nats")
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.locator_params(axis="x", integer=True)
    reached = f"{style.number(path[-1], 3)} nats"
    style.note(axes, f"{reached}; {fit.reason}" if fit.reason else reached)
    return axes
