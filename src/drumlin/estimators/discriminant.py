"""Gaussian discriminant analysis as a classifier of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from drumlin._types import Array
from drumlin.covariance import Family
from drumlin.discriminant import discriminate


class GaussianDiscriminantAnalysis(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier with a Gaussian, or a mixture of them, in each class: `drumlin.discriminate`.

    Parameters
    ----------
    family : covariances of the classes: "full" is quadratic, "tied" linear discriminant analysis;
        one of the fourteen names, or several or "all", of which ``criterion`` chooses
    n_components : None for one Gaussian per class; a number or several for a mixture in each class
    criterion : "bic" or "error" (of ten folds), for the family of one Gaussian per class
    priors : (n_classes,) in the order of ``classes_``, or a mapping; None for class frequencies
    costs : (n_classes, n_classes) the cost of deciding for class j when class i is true, or a
        mapping {(true, decided): cost}; None decides for the most probable class
    starts, tol, max_iter : of mixtures, as in `drumlin.select`
    random_state : seed, RandomState, or None

    Attributes
    ----------
    ``classes_`` : (n_classes,)
    ``priors_`` : (n_classes,)
    ``means_`` : (n_classes, n_features) of the classes
    ``covariance_`` : list of (n_features, n_features), one per class, with the number of rows as
        divisor; for a mixture, its total covariance
    ``n_iter_`` : passes of the longest chosen run of a mixture, else 1
    ``discriminant_`` : `DiscriminantFit`, the whole record of the fit
    ``n_features_in_``, ``feature_names_in_`` : as in scikit-learn

    >>> from drumlin.estimators import GaussianDiscriminantAnalysis
    >>> X = [[1.0, 2.0], [2.0, 1.0], [2.0, 3.0], [8.0, 9.0], [9.0, 7.0], [9.0, 9.0]]
    >>> rule = GaussianDiscriminantAnalysis("tied").fit(X, ["a", "a", "a", "b", "b", "b"])
    >>> rule.predict([[0.0, 1.0], [9.0, 8.0]])
    array(['a', 'b'], dtype='<U1')
    """

    def __init__(
        self,
        family: str | Family | Sequence[str | Family] = "full",
        *,
        n_components: Any = None,
        criterion: str = "bic",
        priors: Any = None,
        costs: Any = None,
        starts: int = 2,
        tol: float = 1e-3,
        max_iter: int = 1000,
        random_state: Any = None,
    ) -> None:
        self.family = family
        self.n_components = n_components
        self.criterion = criterion
        self.priors = priors
        self.costs = costs
        self.starts = starts
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GaussianDiscriminantAnalysis:
        """Fit to X (n_samples, n_features) and the classes y (n_samples,); returns self.

        sample_weight : (n_samples,) counts; None for ones
        """
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(y)
        options = self.get_params(deep=False)
        rng = _seed(options.pop("random_state"))
        self.discriminant_ = discriminate(X, y, sample_weight=sample_weight, rng=rng, **options)
        classifier = self.discriminant_.classifier
        fits = [selection.best for selection in self.discriminant_.selections]
        self.n_iter_ = max((len(fit.log_likelihoods) for fit in fits), default=1)
        self.classes_ = classifier.classes.astype(y.dtype)
        self.priors_ = classifier.priors
        self.means_ = np.stack([mixture.mean() for mixture in classifier.mixtures])
        self.covariance_ = [mixture.total_covariance() for mixture in classifier.mixtures]
        return self

    def predict(self, X: Any) -> Array:
        """(n_samples,) classes: the most probable, or with costs those of least expected cost."""
        classifier, X = self._checked(X)
        return classifier.labels(X).astype(self.classes_.dtype)

    def predict_proba(self, X: Any) -> Array:
        """(n_samples, n_classes) probabilities of the classes; rows sum to 1."""
        classifier, X = self._checked(X)
        return classifier.probabilities(X)

    def predict_log_proba(self, X: Any) -> Array:
        """(n_samples, n_classes) logarithms of the probabilities, always finite."""
        classifier, X = self._checked(X)
        return classifier.log_probabilities(X)

    def decision_function(self, X: Any) -> Array:
        """(n_samples, n_classes) log π_c + log p(x | c), or with costs the negative expected cost.

        The largest decides. Two classes give (n_samples,), second minus first: the sign decides.
        """
        classifier, X = self._checked(X)
        values = (
            classifier.log_joint(X) if classifier.costs is None else -classifier.expected_costs(X)
        )
        return values[:, 1] - values[:, 0] if len(self.classes_) == 2 else values

    def _checked(self, X: Any) -> tuple[Any, Array]:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.discriminant_.classifier, X


def _seed(random_state: Any) -> int | None:
    """A seed for drumlin from a ``random_state`` of scikit-learn."""
    from sklearn.utils import check_random_state

    if random_state is None:
        return None
    return int(check_random_state(random_state).randint(2**31 - 1))
