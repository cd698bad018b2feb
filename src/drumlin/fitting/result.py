"""What a fit tells: the records `Fit` and `Run`, and the table they print as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drumlin.covariance import Family
from drumlin.em import Cost, Outcome
from drumlin.fitting.criteria import Criteria, Told
from drumlin.mixture import Mixture
from drumlin.tables import aligned, counted

if TYPE_CHECKING:
    from drumlin.uncertainty import StandardErrors, Summary

ONE_PLACE, ONE_END = 0.05, 0.01
"""Nats within which short runs have come to one place, and finished runs have one answer."""


@dataclass(frozen=True)
class Run:
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

    def agrees(self, chosen: Run) -> bool:
        """Whether it ended where the chosen run did, or came to its place in the short run."""
        if self.log_likelihood is not None and chosen.log_likelihood is not None:
            return abs(self.log_likelihood - chosen.log_likelihood) < ONE_END
        return abs(self.short_log_likelihood - chosen.short_log_likelihood) < ONE_PLACE


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Criteria):
    """The best run, and the story of all of them.

    mixture : Mixture            p(x) = Σ_j φ_j N(x; μ_j, Σ_j)
    family : Family              the M-step rule
    log_likelihoods : tuple      ℓ of each full-data pass of the chosen run that was accepted; it
                                 never falls, and the last is the fit's. Where a note says that
                                 the floor was added, ℓ less its penalty never falls
    outcome, reason              how the chosen run ended, and why in words
    healthy : bool               see `Run`
    runs : tuple of Run          every start, in order; ``chosen`` is the index of the best
    n_samples : int              rows
    count : ()                   Σ_i s⁽ⁱ⁾, the sample weights; n_samples without weights
    assignment : ()              Σ_i s⁽ⁱ⁾ log w[i, MAP(i)], minus the cost of hard labels in nats
    seed : int or None           the seed that was drawn or given; None for a generator
    effort : Effort              what all runs cost, in passes
    equal_weights : bool         whether φ_j = 1/k was given
    notes : tuple of str         what the fit met: columns that hardly vary, components on the floor
    """

    mixture: Mixture
    family: Family
    log_likelihoods: tuple[float, ...]
    outcome: Outcome
    reason: str
    healthy: bool
    runs: tuple[Run, ...]
    chosen: int
    n_samples: int
    count: float
    assignment: float
    seed: int | None
    effort: Cost
    equal_weights: bool = False
    notes: tuple[str, ...] = ()

    @property
    def log_likelihood(self) -> float:
        """ℓ = Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾) of ``mixture``, in nats; with known labels, of x and z."""
        return self.log_likelihoods[-1]

    @property
    def n_parameters(self) -> int:
        """Free parameters: weights unless equal, means and covariances of the family."""
        k, d = self.mixture.n_components, self.mixture.n_features
        return self.family.n_parameters(k, d, equal_weights=self.equal_weights)

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
        return Summary(errors, level, (*_criteria(self), ""))

    def __str__(self) -> str:
        """The table: components, log-likelihood and criteria, how it ended, the runs."""
        return "\n".join(
            [
                *components(self.mixture),
                "",
                *_criteria(self),
                *(f"note: {note}" for note in self.notes),
            ]
        )

    __repr__ = __str__


def components(mixture: Mixture) -> list[str]:
    """One line per component: weight, and mean ± sd of each column; long tables are cut."""
    names = mixture.feature_names or tuple(f"x{a + 1}" for a in range(mixture.n_features))
    shown = slice(0, 8)
    sd = mixture.covariance.standard_deviations
    header = ["component", "weight", *names[shown]]
    cells = zip(mixture.weights, mixture.means[:, shown], sd[:, shown], strict=True)
    rows = [
        [str(j + 1), f"{weight:.4f}", *map("{:.5g} ± {:.3g}".format, mean, spread)]
        for j, (weight, mean, spread) in enumerate(cells)
    ]
    lines = aligned([header, *rows[:20]])
    if len(rows) > 20:
        lines.append(f"and {len(rows) - 20} more components")
    if mixture.n_features > 8:
        lines.append(f"and {mixture.n_features - 8} more columns")
    return lines


def _criteria(fit: Fit) -> list[str]:
    finished = sum(run.log_likelihood is not None for run in fit.runs)
    agreeing = sum(run.agrees(fit.runs[fit.chosen]) for run in fit.runs)
    d = fit.mixture.n_features
    rows = [
        ["family", f"{fit.family.title(d)}, {parameters_of(fit)}"],
        ["data", f"{size_of(fit)}, {counted(d, 'column')}"],
        *outcome_rows(fit),
        ["runs", f"{len(fit.runs)} started, {finished} finished, {agreeing} agree"],
        health_row(fit),
    ]
    if fit.seed is not None and len(fit.runs) > 1:
        rows.append(["seed", str(fit.seed)])
    return aligned(rows)


def parameters_of(told: Told) -> str:
    """How many were free, and whether the weights were not."""
    free = counted(told.n_parameters, "free parameter")
    return f"equal weights, {free}" if told.equal_weights else free


def size_of(told: Told) -> str:
    """Rows, and their weight where that is something else."""
    rows = counted(told.n_samples, "row")
    return rows if told.count == told.n_samples else f"{rows} of total weight {told.count:g}"


def outcome_rows(told: Told) -> list[list[str]]:
    """Log-likelihood, criteria and outcome, as rows of a table."""
    aic, bic, icl = Criteria.aic(told), Criteria.bic(told), Criteria.icl(told)
    return [
        ["log-likelihood", f"{told.log_likelihood:.2f} nats in total"],
        ["BIC", f"{bic:.2f}   AIC {aic:.2f}   ICL {icl:.2f}   (lower is better)"],
        ["outcome", f"{told.outcome.value}: {told.reason}"],
        *([] if told.effort is None else [["passes", str(told.effort)]]),
    ]


def health_row(told: Told) -> list[str]:
    """Whether every component stands on its own, as a row of a table."""
    sick = "unhealthy: a component is nearly empty or on the floor"
    return ["health", "good" if told.healthy else sick]
