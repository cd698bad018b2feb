"""Every test of pictures draws without a screen, and closes its figures."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("matplotlib") else ["test_*.py"]


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    yield
    plt.close("all")
