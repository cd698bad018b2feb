"""Default settings against mclust's tables: at least as high, and healthy, nearly everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import drumlin
from drumlin._types import Array

HERE = Path(__file__).parent
DATA = ["faithful", "iris", "banknote", "galaxies"]
TOLERANCE = 1e-3
SHARE = 0.95


def shortfalls(x: Array, table: dict[str, list[list[float]]]) -> tuple[int, list[str]]:
    """The number of cells, and a line for each one below mclust or unhealthy."""
    cells, lines = 0, []
    for k, row in zip(table["G"], table["loglik"], strict=True):
        for family, reference in zip(table["models"], row, strict=True):
            fit = drumlin.fit(x, k, family, rng=0)  # type: ignore[arg-type]
            cells += 1
            gain = fit.log_likelihood - reference
            if gain < -TOLERANCE or not fit.healthy:
                lines.append(f"k={k} {family}: {gain:+.4f} nats, healthy={fit.healthy}")
    return cells, lines


def test_the_default_fit_reaches_mclust_in_95_cells_of_100(request: pytest.FixtureRequest) -> None:
    """Assert that at most 5 % of the 70 cells fall short of mclust's log-likelihood."""
    cells, lines = 0, []
    for data in DATA:
        table = json.loads((HERE / "bic" / f"{data}.json").read_text())
        tried, short = shortfalls(request.getfixturevalue(data), table)
        cells += tried
        lines += [f"{data} {line}" for line in short]
    assert cells == 70
    report = "\n".join(lines)
    assert len(lines) <= (1 - SHARE) * cells, f"{len(lines)} of {cells} fall short:\n{report}"


@pytest.mark.parametrize("data", DATA)
def test_one_component_is_mclust_s_closed_form(data: str, request: pytest.FixtureRequest) -> None:
    """Assert that k = 1 agrees to 1e-11: there is nothing to search."""
    x: Array = request.getfixturevalue(data)
    table = json.loads((HERE / "bic" / f"{data}.json").read_text())
    for family, ours, bic in zip(table["models"], table["loglik"][0], table["bic"][0], strict=True):
        fit = drumlin.fit(x, 1, family)
        assert fit.log_likelihood == pytest.approx(ours, rel=1e-11)
        assert -fit.bic() == pytest.approx(bic, rel=1e-11)
