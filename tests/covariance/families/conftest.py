"""The fixture of every family."""

from __future__ import annotations

import pytest

from drumlin.covariance import FAMILIES, Family


@pytest.fixture(params=FAMILIES, ids=lambda family: family.code)
def family(request: pytest.FixtureRequest) -> Family:
    """Every family that is known."""
    chosen: Family = request.param
    return chosen
