"""Draw the pictures of these pages: ``python docs/draw.py [FOLDER]``, by default docs/pictures."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import numpy as np

import drumlin
from drumlin import plots

ROOT = Path(__file__).resolve().parent.parent


def table(path: str, columns: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The first columns of a CSV file with a header, by name."""
    x = np.loadtxt(ROOT / path, delimiter=",", skiprows=1, usecols=range(len(columns)), ndmin=2)
    return dict(zip(columns, x.T, strict=True))


def draw(folder: Path) -> None:
    """Fit the example data and save every picture."""
    faithful = table("examples/faithful.csv", ("eruptions, minutes", "waiting, minutes"))
    galaxies = {"velocity, 1000 km/s": table("examples/galaxies.csv", ("v",))["v"] / 1000}
    iris = table(
        "tests/reference/data/iris.csv",
        ("sepal length, cm", "sepal width, cm", "petal length, cm", "petal width, cm"),
    )

    def save(axes: np.ndarray, name: str) -> None:
        axes.flat[0].figure.savefig(folder / f"{name}.png", dpi=120)

    def fitted(columns: dict[str, np.ndarray], n_components: int) -> tuple[drumlin.Fit, np.ndarray]:
        x = np.stack(list(columns.values()), axis=1)
        fit = drumlin.fit(x, n_components, rng=0)
        mixture = fit.mixture
        named = drumlin.Mixture(
            mixture.weights, mixture.means, mixture.covariance, feature_names=tuple(columns)
        )
        return fit, plots.plot(named, x)

    fit, axes = fitted(faithful, 2)
    save(axes, "faithful")
    save(fitted(galaxies, 4)[1], "galaxies")
    save(fitted(iris, 3)[1], "iris")
    x = np.stack(list(faithful.values()), axis=1)
    start = drumlin.Mixture.from_arrays(
        [0.5, 0.5], [[4.6, 85.0], [4.1, 73.0]], [[0.3, 45.0], [0.3, 45.0]], "diag",
        feature_names=tuple(faithful),
    )  # fmt: skip
    save(plots.em_story(x, start=start), "story")
    save(np.array([plots.log_likelihood_path(fit)]), "path")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
