"""Standard errors against the scatter of estimates over many samples, with a negative control."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import drumlin
from drumlin.uncertainty.parameters import packed, packed_mixture

SAMPLES, ROWS = 150, 800
TRUTH = drumlin.Mixture.from_arrays(
    [0.4, 0.6],
    [[0.0, 0.0], [6.0, 2.0]],
    [[[1.0, 0.4], [0.4, 1.0]], [[2.0, 0.8], [0.8, 2.0]]],
)  # one orientation and shape, two volumes


@pytest.mark.parametrize("method", ["information", "sandwich"])
@pytest.mark.parametrize("family", ["VVV", "VEE"])
def test_errors_are_the_scatter_of_estimates(family: str, method: str) -> None:
    """Assert that Σ z² of estimates over m samples, z = (estimate − truth)/se, is like χ²_m.

    Bounds at 1e-7 for 12 parameters, widened by 10 %: with some 300 rows per component the errors
    themselves scatter by several percent, and variances are skewed. Errors that are a third off
    would fail, which is the negative control.
    """
    truth, total, off = packed_mixture(TRUTH), 0.0, 0.0
    for seed in range(SAMPLES):
        x, _ = TRUTH.sample(ROWS, seed)
        fit = drumlin.fit(x, 2, family, starts=TRUTH)
        found = fit.standard_errors(x, method=method)
        error = packed(found.weights, found.means, found.covariances)
        z = (packed_mixture(fit.mixture) - truth) / error
        total, off = total + z**2, off + (z * 1.5) ** 2
    low, high = scipy.stats.chi2.ppf([1e-7, 1.0 - 1e-7], SAMPLES) * np.array([0.9, 1.1])
    assert (low < total).all()
    assert (total < high).all()
    assert (off > high).sum() > 6
