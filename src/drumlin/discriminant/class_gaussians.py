"""One Gaussian per class, by any family: the M-step of known labels, all from the moments.

A class is a component whose responsibilities are known, so the closed form of discriminant
analysis is one M-step: VVV is quadratic, EEE linear discriminant analysis (Bensmail & Celeux 1996).
Moments subtract: what the fit without some rows is needs no other pass over the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumlin._types import Array
from drumlin.backends.protocol import LOG_2PI
from drumlin.covariance import Diagonal, Family, Floor, Structure, family_named, unchecked
from drumlin.data import ArraySource, Rows, SurveyPass
from drumlin.em import Engine, Problem, expect, summarise, unhealthy
from drumlin.mixture import Mixture
from drumlin.moments import Moments

SMALLEST_PRIOR = 1e-300
"""A class that has lost all its rows keeps this, so that its logarithm exists."""

LEFT = 1e-12
"""Less than this fraction of the mass of a class, after rows were taken away, is rounding."""


@dataclass(frozen=True, eq=False)
class ClassMoments:
    """The moments of rows in known classes, and the floor of their covariances.

    moments : Moments   (K) of the classes, full, about their own means
    floor : Floor
    constant : (d,) bool   columns that hardly vary
    """

    moments: Moments
    floor: Floor
    constant: Array

    def without(self, rows: Rows) -> ClassMoments:
        """The same of all rows but these few; the floor stays."""
        weight, codes = rows.weights, np.asarray(rows.labels)
        mass, shift, scatter = (
            np.array(part) for part in (self.moments.mass, self.moments.shift, self.moments.scatter)
        )
        for c in np.unique(codes[weight > 0]):
            held = codes == c
            deviations = rows.x[held].astype(np.float64) - self.moments.origin[c]
            weighted = weight[held, None] * deviations
            mass[c] -= weight[held].sum()
            shift[c] -= weighted.sum(axis=0)
            scatter[c] -= weighted.T @ deviations
        gone = mass <= LEFT * self.moments.mass
        mass[gone] = shift[gone] = scatter[gone] = 0.0
        left = Moments(0.0, float(mass.sum()), mass, shift, scatter, self.moments.origin)
        return ClassMoments(left, self.floor, self.constant)


@dataclass(frozen=True, eq=False)
class Gaussians:
    """One Gaussian per class, and how well they do.

    family : Family
    mixture : Mixture      component c is class c, its weight the prior
    log_likelihood : ()    Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾, z⁽ⁱ⁾), z the known class, in nats
    n_parameters : int     of priors unless given, means and covariances
    bic : ()               −2ℓ + p log n; lower is better (Schwarz 1978)
    unhealthy : (K,) bool  classes with too few rows for the family, or on the floor
    """

    family: Family
    mixture: Mixture
    log_likelihood: float
    n_parameters: int
    bic: float
    unhealthy: Array

    @property
    def healthy(self) -> bool:
        """Whether every class has rows enough and is off the floor."""
        return not self.unhealthy.any()


def class_moments(rows: Rows, n_classes: int, engine: Engine) -> ClassMoments:
    """Passes over the rows, the last about the means of the classes.

    rows : labels 0 … K−1; rows of weight zero may have −1
    """
    source = ArraySource(rows)
    summary = summarise(source, engine, SurveyPass(n_labels=n_classes))
    problem = Problem(source, family_named("VVV", source.n_features), summary, engine)
    variances = np.repeat(summary.floor.scale.diagonal()[None], n_classes, axis=0)
    means = np.repeat(summary.mean[None], n_classes, axis=0)
    for _ in range(2):
        mixture = Mixture(np.full(n_classes, 1.0 / n_classes), means, Diagonal(variances))
        moments = expect(mixture, problem)
        means = moments.means
    return ClassMoments(moments.centred(), summary.floor, summary.constant)


def gaussians(
    known: ClassMoments,
    family: Family,
    priors: Array | None,
    *,
    previous: Structure | None = None,
    feature_names: tuple[str, ...] | None = None,
) -> Gaussians:
    """The most likely Gaussians of the family.

    priors : (K,) given, or None for the shares of the classes
    previous : covariances near these, where rules without a closed form may begin
    """
    moments = known.moments.centred()
    n_classes, n_features = moments.origin.shape
    estimate = family.m_step.estimate(
        moments.in_form(family.form), known.floor, previous, regularised=False
    )
    shares = np.maximum(moments.mass / moments.mass.sum(), SMALLEST_PRIOR)
    mixture = unchecked(
        Mixture,
        weights=shares if priors is None else priors,
        means=moments.origin,
        covariance=estimate.covariance,
        feature_names=feature_names,
    )
    log_likelihood = joint_log_likelihood(mixture, moments)
    n_parameters = family.n_parameters(n_classes, n_features, equal_weights=priors is not None)
    return Gaussians(
        family,
        mixture,
        log_likelihood,
        n_parameters,
        -2.0 * log_likelihood + n_parameters * float(np.log(moments.count)),
        unhealthy(moments.mass, estimate.on_floor, family, n_features),
    )


def joint_log_likelihood(mixture: Mixture, moments: Moments) -> float:
    """Σ_i s⁽ⁱ⁾ log p(x⁽ⁱ⁾, z⁽ⁱ⁾) from the moments of the classes about the means of the mixture.

    Σ_c N_c (log φ_c − ½ d log 2π − ½ log |Σ_c|) − ½ Σ_c tr(Σ_c⁻¹ S_c)
    """
    whitening = mixture.covariance.whitening
    if whitening.ndim == 2:
        distances = (whitening**2 * np.einsum("jaa->ja", moments.scatter)).sum(axis=1)
    else:
        distances = (np.matmul(whitening, moments.scatter) * whitening).sum(axis=(1, 2))
    constants = (
        np.log(mixture.weights)
        - 0.5 * mixture.n_features * LOG_2PI
        - 0.5 * mixture.covariance.log_determinants
    )
    return float(moments.mass @ constants - 0.5 * distances.sum())
