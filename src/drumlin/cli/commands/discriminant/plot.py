"""`drumlin discriminant plot`: the decision regions of a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import arguments

if TYPE_CHECKING:
    from drumlin.classifier import Classifier


def plot(
    model: arguments.Model,
    data: arguments.OptionalData = None,
    output: Annotated[str, arguments.picture_option("The picture", "-o", "--output")] = ...,  # type: ignore[assignment]
    labels: Annotated[str | None, arguments.option("COLUMN", "Column of the true classes.")] = None,
    columns: Annotated[
        str | None, arguments.option("A,B", "The two columns to draw; the first two unless given.")
    ] = None,
) -> None:
    """Draw the decision regions in two columns.

    \b
    Example:
      drumlin discriminant plot model.json iris.csv --labels Species -o figure.png
      drumlin discriminant plot model.json --columns Petal.Length,Petal.Width -o figure.png
    """
    from drumlin.cli.picture_files import check_picture, save_picture
    from drumlin.cli.reading import read_classifier, read_labelled_rows, read_rows

    check_picture(output)
    classifier = read_classifier(model).classifier
    chosen = _column_numbers(classifier, columns)
    x = true = None
    if data is not None and labels is None:
        x = read_rows(classifier.mixtures[0], data, None)
    elif data is not None and labels is not None:
        x, codes = read_labelled_rows(classifier, data, None, labels)
        true = classifier.classes[codes]

    def draw() -> Any:
        from drumlin.plots import decision_boundary

        return decision_boundary(classifier, x, true, columns=chosen)

    save_picture(draw, output)


def _column_numbers(classifier: Classifier, columns: str | None) -> tuple[int, ...]:
    """The numbers of the columns A,B. Raises BadParameter for one that the model does not have."""
    names = arguments.column_names(columns)
    if names is None:
        return (0, 1)
    known = classifier.feature_names or tuple(f"x{a + 1}" for a in range(classifier.n_features))
    missing = [name for name in names if name not in known]
    if missing:
        raise typer.BadParameter(f"no column {missing[0]}: the model has {', '.join(known)}")
    return tuple(known.index(name) for name in names)
