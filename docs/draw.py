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
        return fit, plots.plot(named(fit.mixture, columns), x)

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
    curves = plots.criterion_curves(drumlin.select(x, rng=0))
    curves.figure.savefig(folder / "criterion_curves.png", dpi=120)
    draw_kinds(folder, faithful, iris)


def draw_kinds(folder: Path, faithful: dict[str, np.ndarray], iris: dict[str, np.ndarray]) -> None:
    """Save the pictures of three components of faithful, side by side, and a projection of iris."""
    import matplotlib.pyplot as plt

    x = np.stack(list(faithful.values()), axis=1)
    mixture = named(drumlin.fit(x, 3, "tied", rng=0).mixture, faithful)
    for name, left, right in (
        ("labels", plots.classification, plots.uncertainty),
        ("density", plots.density_2d, plots.regions),
    ):
        figure, axes = plt.subplots(1, 2, figsize=(10.0, 3.9), layout="constrained")
        left(mixture, x, ax=axes[0])
        right(mixture, x, ax=axes[1])
        for ax in axes:
            ax.spines[["top", "right"]].set_visible(False)
        figure.savefig(folder / f"{name}.png", dpi=120)
    x = np.stack(list(iris.values()), axis=1)
    mixture = named(drumlin.fit(x, 3, rng=0).mixture, iris)
    plots.projection(mixture, x).figure.savefig(folder / "projection.png", dpi=120)


def named(mixture: drumlin.Mixture, columns: dict[str, np.ndarray]) -> drumlin.Mixture:
    """The mixture with names for its columns."""
    return drumlin.Mixture(
        mixture.weights, mixture.means, mixture.covariance, feature_names=tuple(columns)
    )


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
