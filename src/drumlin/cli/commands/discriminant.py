"""`drumlin discriminant`: known classes are learnt, and told apart in other data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drumlin.cli import console
from drumlin.cli.arguments import Columns, Data, Json, Model, Output, column_names
from drumlin.cli.commands.discriminant_fit import fit

if TYPE_CHECKING:
    import numpy as np

    from drumlin.classifier import Classifier
    from drumlin.storage import ClassifierRecord

app = typer.Typer(
    no_args_is_help=True,
    help="""Tell known classes apart by Gaussians or mixtures.

    \b
    Example:
      drumlin discriminant fit iris.csv --labels Species -o model.json
      drumlin discriminant predict model.json iris.csv
    """,
    rich_markup_mode=None,
)

Labels = Annotated[
    str | None,
    typer.Option("--labels", metavar="COLUMN", help="Column of the true classes."),
]


def predict(
    model: Model,
    data: Data,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print also probability_CLASS for each class.")
    ] = False,
    columns: Columns = None,
    as_json: Json = False,
    output: Output = None,
) -> None:
    """Print the class decided for in every row.

    As CSV with the header "label". Columns are matched by name, and others ignored.

    \b
    Example:
      drumlin discriminant predict model.json iris.csv --proba
    """
    rule = _read_model(model).classifier
    x, _ = _read_rows(rule, data, columns, None)
    if as_json:
        answer: dict[str, object] = {"labels": rule.labels(x).tolist()}
        if proba:
            answer["classes"] = rule.classes.tolist()
            answer["probabilities"] = rule.probabilities(x).tolist()
        console.print_json(answer, output)
        return
    from drumlin.cli.rows import blocks, cells, quoted

    names = [quoted(str(name)) for name in rule.classes.tolist()]
    header = [quoted(f"probability_{name}") for name in rule.classes.tolist()] if proba else []
    with console.output(output) as stream:
        print(",".join(["label", *header]), file=stream)
        index = dict(zip(rule.classes.tolist(), names, strict=True))
        for block in blocks(x):
            lines = [[index[label]] for label in rule.labels(block).tolist()]
            if proba:
                told = cells(rule.probabilities(block))
                lines = [[*line, *row] for line, row in zip(lines, told, strict=True)]
            stream.write("".join(",".join(line) + "\n" for line in lines))


def assess(
    model: Model,
    data: Data,
    labels: Annotated[
        str, typer.Option("--labels", metavar="COLUMN", help="Column of the true classes.")
    ],
    columns: Columns = None,
    as_json: Json = False,
) -> None:
    """Print how often the classes of other data are decided wrongly.

    \b
    Example:
      drumlin discriminant assess model.json new.csv --labels Species
    """
    import numpy as np

    from drumlin.cli.discriminant_records import assessment_as_json, assessment_lines
    from drumlin.discriminant import validation

    rule = _read_model(model).classifier
    x, codes = _read_rows(rule, data, columns, labels)
    assert codes is not None
    ones = np.ones(len(x))
    told = validation.assess(rule.log_probabilities(x), codes, ones, rule.classes, rule.costs)
    if as_json:
        console.print_json(assessment_as_json(told))
        return
    print("\n".join(assessment_lines(told, f"on {len(x)} rows", rule.costs)))


def plot(
    model: Model,
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Data to draw with it; - is standard input."),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The picture: a name in .png, .svg or .pdf."
        ),
    ] = ...,  # type: ignore[assignment]
    labels: Labels = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="A,B", help="The two columns to draw; the first two unless given."
        ),
    ] = None,
) -> None:
    """Draw the regions of decision in two columns.

    \b
    Example:
      drumlin discriminant plot model.json iris.csv --labels Species -o figure.png
      drumlin discriminant plot model.json --columns Petal.Length,Petal.Width -o figure.png
    """
    from drumlin.cli.pictures import save_picture, suffix_of

    suffix_of(output)
    rule = _read_model(model).classifier
    chosen = _numbers_of(rule, columns)
    x, codes = (None, None) if data is None else _read_rows(rule, data, None, labels)

    def draw() -> Any:
        from drumlin.plots import decision_boundary

        known = None if codes is None else rule.classes[codes]
        return decision_boundary(rule, x, known, columns=chosen)

    save_picture(draw, output)


def info(model: Model, as_json: Json = False) -> None:
    """Print what the file of a classifier tells.

    \b
    Example:
      drumlin discriminant info model.json
    """
    from drumlin.cli.discriminant_records import record_as_json, record_lines

    record = _read_model(model)
    if as_json:
        console.print_json(record_as_json(record))
    else:
        print("\n".join(record_lines(record, model)))


def _read_model(path: str) -> ClassifierRecord:
    from drumlin.storage import classifier_from_bytes, read_classifier

    if path == "-":
        return classifier_from_bytes(sys.stdin.buffer.read(), "standard input")
    return read_classifier(path)


def _read_rows(
    rule: Classifier, path: str, columns: str | None, labels: str | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """x (n, d) in the columns of the classifier, and the numbers of the classes if asked for."""
    from drumlin.cli.class_options import labels_of
    from drumlin.cli.inputs import read_rows
    from drumlin.data import read_table
    from drumlin.data.class_labels import codes_of

    if labels is None:
        return read_rows(rule.mixtures[0], path, columns), None
    names = column_names(columns) or rule.feature_names
    table = read_table(path, columns=names, labels=labels)
    known = labels_of(table.labels, path)
    return table.x, codes_of(known, rule.classes, None, len(table.x))


def _numbers_of(rule: Classifier, columns: str | None) -> tuple[int, ...]:
    """Which columns A,B are."""
    names = column_names(columns)
    if names is None:
        return (0, 1)
    known = rule.feature_names or tuple(f"x{a + 1}" for a in range(rule.n_features))
    missing = [name for name in names if name not in known]
    if missing:
        raise typer.BadParameter(f"no column {missing[0]}: the model has {', '.join(known)}")
    return tuple(known.index(name) for name in names)


for verb in (fit, predict, assess, plot, info):
    app.command()(console.guarded(verb))
