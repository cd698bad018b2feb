"""The records of a fit, `Fit` and `RunSummary`, and the table they print as."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from drumlin.covariance import Family
from drumlin.em import Cost, Outcome
from drumlin.mixture import Mixture
from drumlin.tables import aligned, counted

if TYPE_CHECKING:
    from drumlin.uncertainty import StandardErrors, Summary

SAME_SHORT_RUN, SAME_OPTIMUM = 0.05, 0.01
"""Nats within which short runs have come to one place, and finished runs to one optimum."""


@dataclass(frozen=True)
class RunSummary:
    """One start and what became of it.

    start : str                  how it began
    short_log_likelihood : ()    ℓ after its short run, on the subsample if there was one
    log_likelihood : ()          ℓ on the full data where it ended; None when it was not finished
    passes : int                 E-steps on the full data, refused candidates included
    healthy : bool               enough mass everywhere, nothing on the floor, where it ended
    outcome, reason              how it ended and why in words; None and "" when not finished
    """

    start: str
    short_log_likelihood: float
    log_likelihood: float | None
    passes: int
    healthy: bool
    outcome: Outcome | None
    reason: str

    def agrees(self, chosen: RunSummary) -> bool:
        """Whether it ended where the chosen run did, or came to its place in the short run."""
        if self.log_likelihood is not None and chosen.log_likelihood is not None:
            return abs(self.log_likelihood - chosen.log_likelihood) < SAME_OPTIMUM
        return abs(self.short_log_likelihood - chosen.short_log_likelihood) < SAME_SHORT_RUN


@dataclass(frozen=True, kw_only=True)
class FitFacts:
    """What is known of a fit besides its mixture: of a `Fit`, or of one in a file.

    log_likelihoods : tuple       ℓ of each full-data pass of the chosen run that was accepted; it
                                  never falls, and the last is the fit's. Where a note says that
                                  the floor was added, ℓ less its penalty never falls
    n_parameters : int            free parameters p
    n_samples : int               rows
    total_weight : ()             Σ_i s⁽ⁱ⁾, the sample weights; n_samples without weights
    classification_entropy : ()   −Σ_i s⁽ⁱ⁾ log w[i, MAP(i)], the cost of hard labels in nats
    outcome, reason               how the chosen run ended, and why in words
    healthy : bool                enough mass everywhere, nothing on the floor
    seed : int or None            the seed that was drawn or given; None for a generator
    notes : tuple of str          what the fit met: columns that hardly vary, collapsed components
    cost : Cost or None           what all runs cost, in passes; None in files without it
    equal_weights : bool          whether φ_j = 1/k was given
    """

    log_likelihoods: tuple[float, ...] = field(repr=False)
    n_parameters: int
    n_samples: int
    total_weight: float
    classification_entropy: float
    outcome: Outcome
    reason: str
    healthy: bool
    seed: int | None = None
    notes: tuple[str, ...] = ()
    cost: Cost | None = None
    equal_weights: bool = False

    @property
    def log_likelihood(self) -> float:
        """ℓ = Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) of the mixture, in nats; with known labels, of x and z."""
        return self.log_likelihoods[-1]

    def aic(self) -> float:
        """Akaike's criterion −2ℓ + 2p; lower is better (Akaike 1974)."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    def bic(self) -> float:
        """Bayesian criterion −2ℓ + p log n, n = Σ s⁽ⁱ⁾; lower is better (Schwarz 1978)."""
        return -2.0 * self.log_likelihood + self.n_parameters * float(np.log(self.total_weight))

    def icl(self) -> float:
        """Integrated completed likelihood, BIC − 2 Σ s⁽ⁱ⁾ log w[i, MAP(i)]; lower is better.

        Source: Biernacki, Celeux & Govaert 2000.
        """
        return self.bic() + 2.0 * self.classification_entropy

    def rows(self, family: str, n_features: int) -> list[list[str]]:
        """The lines of the report, each a name and a text."""
        free = counted(self.n_parameters, "free parameter")
        size = counted(self.n_samples, "row")
        if self.total_weight != self.n_samples:
            size += f" of total weight {self.total_weight:g}"
        bad = "unhealthy: a component is nearly empty or on the floor"
        criteria = f"{self.bic():.2f}   AIC {self.aic():.2f}   ICL {self.icl():.2f}"
        return [
            ["family", f"{family}, {'equal weights, ' if self.equal_weights else ''}{free}"],
            ["data", f"{size}, {counted(n_features, 'column')}"],
            ["log-likelihood", f"{self.log_likelihood:.2f} nats in total"],
            ["BIC", f"{criteria}   (lower is better)"],
            ["outcome", f"{self.outcome.value}: {self.reason}"],
            *([] if self.cost is None else [["passes", str(self.cost)]]),
            ["health", "good" if self.healthy else bad],
        ]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Fit(FitFacts):
    """The best run, and the summaries of all of them.

    mixture : Mixture              p(x) = Σ_j φ_j N(x; μ_j, Σ_j)
    family : Family                the M-step rule
    runs : tuple of RunSummary     every start, in order; ``chosen`` is the index of the best

    and the fields of `FitFacts`.
    """

    mixture: Mixture
    family: Family
    runs: tuple[RunSummary, ...]
    chosen: int

    def facts(self) -> FitFacts:
        """What is known of the fit besides mixture, family and runs."""
        return FitFacts(**{each.name: getattr(self, each.name) for each in fields(FitFacts)})

    def standard_errors(
        self, x: Any, *, method: str = "information", **options: Any
    ) -> StandardErrors:
        """Standard errors of weights, means and covariances, given the data of the fit.

        method : "information", "sandwich", "bootstrap", "weighted-likelihood bootstrap" or
            "jackknife"; options are those of `drumlin.uncertainty.standard_errors`: sample_weight
            and labels as they were given to `drumlin.fit`, replicates, rng, ...

        Raises InvalidDataError, InvalidParameterError, and UndeterminedError where the data do not
        determine a parameter. Warns with UncertaintyWarning when the data are not those of the
        fit, or components of refits could not be matched.
        """
        from drumlin.uncertainty import standard_errors

        given = {"method": method, "equal_weights": self.equal_weights, **options}
        return standard_errors(self.mixture, self.family, x, **given)

    def summary(self, x: Any, *, level: float = 0.95, **options: Any) -> Summary:
        """The table of estimates with standard errors and confidence intervals of this level.

        Options, errors and warnings are those of `standard_errors`.
        """
        from drumlin.uncertainty import Summary, standard_errors

        given = {"equal_weights": self.equal_weights, **options}
        errors = standard_errors(self.mixture, self.family, x, **given)
        return Summary(errors, level, (*_report(self), ""))

    def __str__(self) -> str:
        """The table: components, log-likelihood and criteria, how it ended, the runs."""
        notes = (f"note: {note}" for note in self.notes)
        return "\n".join([*components(self.mixture), "", *_report(self), *notes])

    __repr__ = __str__


def components(mixture: Mixture) -> list[str]:
    """One line per component: weight, and mean ± sd of each column; long tables are cut."""
    names = mixture.feature_names or tuple(f"x{a + 1}" for a in range(mixture.n_features))
    shown = slice(0, 8)
    deviations = mixture.covariance.standard_deviations
    header = ["component", "weight", *names[shown]]
    cells = zip(mixture.weights, mixture.means[:, shown], deviations[:, shown], strict=True)
    rows = [
        [str(j + 1), f"{weight:.4f}", *map("{:.5g} ± {:.3g}".format, mean, sd)]
        for j, (weight, mean, sd) in enumerate(cells)
    ]
    lines = aligned([header, *rows[:20]])
    if len(rows) > 20:
        lines.append(f"and {len(rows) - 20} more components")
    if mixture.n_features > 8:
        lines.append(f"and {mixture.n_features - 8} more columns")
    return lines


def _report(fit: Fit) -> list[str]:
    """The lines below the components."""
    finished = sum(run.log_likelihood is not None for run in fit.runs)
    agreeing = sum(run.agrees(fit.runs[fit.chosen]) for run in fit.runs)
    d = fit.mixture.n_features
    *rows, health = fit.rows(fit.family.title(d), d)
    rows.append(["runs", f"{len(fit.runs)} started, {finished} finished, {agreeing} agree"])
    rows.append(health)
    if fit.seed is not None and len(fit.runs) > 1:
        rows.append(["seed", str(fit.seed)])
    return aligned(rows)
