"""What the tests of hard data share: each family, and two clusters."""

from __future__ import annotations

import numpy as np
import pytest

from tests.hostile.ingredients import FAMILIES


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Each family in turn."""
    return str(request.param)


@pytest.fixture
def two_clusters() -> tuple[np.ndarray, np.ndarray]:
    """x (400, 2) with variance 1 in both clusters, 10 apart in each column, and its labels."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], [240, 160])
    return rng.normal(size=(400, 2)) + 10.0 * labels[:, None], labels
