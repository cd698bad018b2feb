"""The criteria of a fit are the formulas, from its density and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from tests.ingredients import EVERY_FAMILY

# Free parameters of k = 3 covariances in d = 4 columns: beside them 2 weights and 12 means.
PARAMETERS = {
    "EII": 1, "VII": 3, "EEI": 4, "VEI": 6, "EVI": 10, "VVI": 12, "EEE": 10,
    "VEE": 12, "EVE": 16, "VVE": 18, "EEV": 22, "VEV": 24, "EVV": 28, "VVV": 30,
}  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_criteria_are_the_formulas(family: str, weighted: bool, iris: Array) -> None:
    """Assert AIC, BIC and ICL with n the sum of weights; lower is better in all three."""
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 150) if weighted else np.ones(150)
    fit = drumlin.fit(iris, 3, family, sample_weight=weight if weighted else None, starts=2, rng=0)
    joint = fit.mixture.log_joint(iris)
    density = np.logaddexp.reduce(joint, axis=1)
    value, p, n = float(weight @ density), 14 + PARAMETERS[family], weight.sum()
    assert fit.n_parameters == p
    assert fit.aic() == pytest.approx(-2 * value + 2 * p, rel=1e-12)
    assert fit.bic() == pytest.approx(-2 * value + p * np.log(n), rel=1e-12)
    uncertainty = float(weight @ (density - joint.max(axis=1)))
    assert uncertainty > 0.1  # otherwise ICL is not told from BIC
    assert fit.icl() == pytest.approx(fit.bic() + 2 * uncertainty, rel=1e-10)
