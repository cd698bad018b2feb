"""Data files: what people have is read right, and what is wrong is named by line and column."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumlin.data import Table, as_table
from drumlin.data.files import read_table
from drumlin.errors import DataFileError

pa = pytest.importorskip("pyarrow")

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes to a file and return its path."""

    def to_file(content: str | bytes, name: str = "data.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return to_file


TABLE = [[1.5, -2.0], [3.0, 4e-3]]


@pytest.mark.parametrize(
    ("text", "name", "names"),
    [
        ("a,b\n1.5,-2\n3,4e-3\n", "data.csv", ("a", "b")),
        ("1.5,-2\n3,4e-3\n", "data.csv", ("x1", "x2")),
        ("1.5,-2\n3,4e-3", "data.csv", ("x1", "x2")),
        ("a\tb\n1.5\t-2\n3\t4e-3\n", "data.tsv", ("a", "b")),
        ("a\tb,c\n1.5\t-2\n3\t4e-3\n", "data.tsv", ("a", "b,c")),
        ("a\tb\n1.5\t-2\n3\t4e-3\n", "data.txt", ("a", "b")),
        ("a;b\n1.5;-2\n3;4e-3\n", "data.csv", ("a", "b")),
        ('"a,1";"b,2"\n1.5;-2\n3;4e-3\n', "data.csv", ("a,1", "b,2")),
        ("a,b\r\n1.5,-2\r\n3,4e-3\r\n", "data.csv", ("a", "b")),
        ("\ufeffa,b\n1.5,-2\n3,4e-3\n", "data.csv", ("a", "b")),
        ("\ufeff1.5,-2\n3,4e-3\n", "data.csv", ("x1", "x2")),
        ('"größe, cm","ℓ ""x"""\n"1.5","-2"\n3,4e-3\n', "data.csv", ("größe, cm", 'ℓ "x"')),
        ('"two\nlines",b\n1.5,-2\n3,4e-3\n', "data.csv", ("two\nlines", "b")),
        (" a , b\n 1.5 , -2 \n3, 4e-3\n", "data.csv", ("a", "b")),
        ("\n\na,b\n\n1.5,-2\n\n3,4e-3\n\n", "data.csv", ("a", "b")),
        ("\n1.5,-2\n\n3,4e-3\n", "data.csv", ("x1", "x2")),
        ("a,b\n+1.5,-2\n3,4e-3\n", "data.csv", ("a", "b")),
        ("a,2020\n1.5,-2\n3,4e-3\n", "data.csv", ("a", "2020")),
    ],
)
def test_text_files_of_every_habit(
    text: str, name: str, names: tuple[str, ...], write: Write
) -> None:
    """Assert that header or none, any delimiter, line end, quote, space and mark is read right."""
    table = read_table(write(text, name))
    assert table.x.tolist() == TABLE
    assert table.feature_names == names
    assert table.named == (names != ("x1", "x2"))


def test_columns_are_found_by_name(write: Write) -> None:
    """Assert that columns come in the order asked for, and others may hold anything."""
    path = write('id,b,a,n,class\nq,-2,1.5,2,u\n"r\ns",4e-3,3,0.5,\n')
    table = read_table(path, columns=["a", "b"], sample_weight="n", labels="class")
    assert table.x.tolist() == TABLE
    assert table.feature_names == ("a", "b")
    assert table.sample_weight is not None
    assert table.sample_weight.tolist() == [2.0, 0.5]
    assert table.labels is not None
    assert table.labels.tolist() == ["u", None]


def test_weights_and_labels_are_no_columns_of_x(write: Write) -> None:
    """Assert that without a choice x is every column but the weights and the labels."""
    path = write("n,a,b,class\n1,1.5,-2,u\n1,3,4e-3,v\n")
    assert read_table(path, sample_weight="n", labels="class").feature_names == ("a", "b")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        ("a,b\n", {}, "has a header but no rows"),
        ("a,b\n1,2\n3\n", {}, "line 3 has 1 cells, not 2"),
        ('"a\nb",c\n1,2\n\n3,4,5\n', {}, "line 5 has 3 cells, not 2"),
        ("a,b\n1,2\n3,x\n", {}, "line 3, column 'b' holds 'x', which is not a number"),
        ("a,b\n1,2\n3,1_0\n", {}, "line 3, column 'b' holds '1_0', which is not a number"),
        ("a,b\n1,2\n3,1,5\n", {}, "line 3 has 3 cells"),
        ("a;b\n1;2\n3;1,5\n", {}, "line 3, column 'b' holds '1,5', which is not a number"),
        ("a,b\n1," + "y" * 99 + "\n", {}, "holds 'y{40}'…"),
        ("a,b,c\n1,x,3\n2,y,4\n", {},
         r"column 'b' is text \(line 2 holds 'x'\): choose columns of numbers, --columns a,c"),
        ("a b\n1 2\n3 4\n", {}, r"\(line 2 holds '1 2'\): no column holds numbers; cells end with"),
        ("5.1,3.5,setosa\n4.9,3,setosa\n", {}, "column 'x3' is text .*--columns x1,x2"),
        ("a,b\n1,2\n,4\n", {}, "line 3, column 'a' is missing: missing values are not supported"),
        ('a,b\n"1",2\n\n3,NA\n', {}, "line 4, column 'b' is missing"),
        ("a,b\n1,2\n3,-inf\n", {}, "line 3, column 'b' is infinite"),
        ("a,b\n1,2\n", {"columns": ["a", "q"]}, r"has no column 'q': its columns are a, b$"),
        ("1,2\n3,4\n", {"columns": ["q"]}, r"its columns are x1, x2 \(it names none"),
        ("a,b\n1,2\n", {"columns": ["a", "a"]}, "column 'a' is asked for twice"),
        ("a,a\n1,2\n", {}, "2 columns called 'a'"),
        (",a,b\n0,1,2\n", {}, r"column 1 has no name \(row numbers\?\).* --columns a,b"),
        ("a\n1\n", {"labels": "a"}, "has no columns besides a"),
        ("a,n\n1,\n", {"sample_weight": "n"}, "line 2, column 'n' is missing"),
        ("a,n\n1,u\n2,v\n", {"sample_weight": "n"}, "column 'n' is text"),
        ("größe,b\n1,2\n".encode("latin-1"), {}, "is not UTF-8 text"),
        ("a,b\n".encode("utf-16"), {}, "is not UTF-8 text"),
        (b"PK\x03\x04\x00\x00", {}, "has a header but no rows"),
    ],
)  # fmt: skip
def test_wrong_text_is_named(
    content: str | bytes, options: dict[str, object], message: str, write: Write
) -> None:
    """Assert that each fault is refused with the file, the line, the column and the value."""
    path = write(content)
    with pytest.raises(DataFileError, match=message) as caught:
        read_table(path, **options)  # type: ignore[arg-type]
    assert path in str(caught.value) or "asked for twice" in message


def test_late_text_is_named(write: Write) -> None:
    """Assert that text far below, where Arrow reads in other blocks and threads, is named."""
    rows = ["0.123456789,2"] * 200_000
    rows[190_000] = "oops,2"
    with pytest.raises(DataFileError, match="line 190002, column 'a' holds 'oops'"):
        read_table(write("a,b\n" + "\n".join(rows) + "\n"))


def test_a_quoted_line_end_does_not_shift_the_count(write: Write) -> None:
    """Assert that a row is named by the line on which it begins."""
    with pytest.raises(DataFileError, match="line 4, column 'a' holds 'oops'"):
        read_table(write('a,t\n1,"u\nv"\noops,w\n'), columns=["a"])


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    """Assert that a path without a file, and a folder, are named."""
    with pytest.raises(DataFileError, match=r"nowhere\.csv does not exist"):
        read_table(str(tmp_path / "nowhere.csv"))
    with pytest.raises(DataFileError, match="is a folder"):
        read_table(str(tmp_path))


@pytest.mark.parametrize("text", ["a,b\n1.5,-2\n3,4e-3\n", "a\tb\n1.5\t-2\n3\t4e-3\n"])
def test_standard_input(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that - reads standard input, by its content."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert read_table("-").x.tolist() == TABLE


def test_errors_in_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that faults in standard input are named by line like those of files."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n1\nx\n")))
    with pytest.raises(DataFileError, match="standard input, line 3, column 'a' holds 'x'"):
        read_table("-")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="named pipes")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """Assert that a named pipe, as the shell's <(...) gives, is read like a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("a,b\n1.5,-2\n3,4e-3\n",))
    writer.start()
    try:
        assert read_table(str(pipe)).x.tolist() == TABLE
    finally:
        writer.join()


def parquet(path: Path, **columns: object) -> str:
    """A Parquet file with these columns."""
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return str(path)


def test_parquet(tmp_path: Path) -> None:
    """Assert that Parquet gives names, every type of number, weights and labels."""
    from decimal import Decimal

    path = parquet(
        tmp_path / "a.parquet",
        **{
            "a.b": pa.array([1, 3], pa.int8()),
            "flag": [True, False],
            "price": [Decimal("1.25"), Decimal("2.50")],
            "n": [2.0, 0.5],
            "class": pa.array(["u", None]).dictionary_encode(),
            "__index_level_0__": ["r1", "r2"],
        },
    )
    table = read_table(path, sample_weight="n", labels="class")
    assert table.x.tolist() == [[1.0, 1.0, 1.25], [3.0, 0.0, 2.5]]
    assert table.feature_names == ("a.b", "flag", "price")
    assert table.labels is not None
    assert table.labels.tolist() == ["u", None]


def test_parquet_keeps_float32(tmp_path: Path) -> None:
    """Assert that columns that are all float32 stay so, under any suffix."""
    path = parquet(tmp_path / "a.bin", a=pa.array([0.1, 0.2], pa.float32()))
    table = read_table(path)
    assert table.x.dtype == np.float32


def test_wrong_parquet_is_named(tmp_path: Path, write: Write) -> None:
    """Assert that text, null, no rows and a broken file are named."""
    path = parquet(tmp_path / "a.parquet", a=[1.0, None], t=["u", "v"])
    with pytest.raises(DataFileError, match=r"column 't' is not numeric .* --columns a"):
        read_table(path)
    with pytest.raises(DataFileError, match=r"a\.parquet, row 2, column 'a' is missing"):
        read_table(path, columns=["a"])
    empty = parquet(tmp_path / "b.parquet", a=pa.array([], pa.float64()))
    with pytest.raises(DataFileError, match="has no rows"):
        read_table(empty)
    with pytest.raises(DataFileError, match="cannot be read as Parquet"):
        read_table(write("a,b\n1,2\n", "c.parquet"))
    with pytest.raises(DataFileError, match="cannot be read as Parquet"):
        read_table(write(Path(path).read_bytes()[:-9], "d.parquet"))


def test_npy_is_mapped_and_not_copied(tmp_path: Path) -> None:
    """Assert that an NPY file of floats is read where it lies, and others become float64."""
    np.save(tmp_path / "a.npy", np.array(TABLE))
    table = read_table(str(tmp_path / "a.npy"))
    assert table.x.tolist() == TABLE
    assert isinstance(table.x.base, np.memmap)
    assert (table.feature_names, table.named) == (("x1", "x2"), False)
    assert read_table(str(tmp_path / "a.npy"), columns=["x2"]).x.tolist() == [[-2.0], [4e-3]]
    np.save(tmp_path / "b.npy", np.arange(3, dtype=">i4"))
    assert read_table(str(tmp_path / "b.npy")).x.tolist() == [[0.0], [1.0], [2.0]]


def test_labels_and_weights_from_npy(tmp_path: Path) -> None:
    """Assert that columns of an NPY file may hold weights and labels, NaN where unknown."""
    np.save(tmp_path / "a.npy", np.array([[1.0, 2.0, 0.0], [3.0, 0.5, np.nan]]))
    table = read_table(str(tmp_path / "a.npy"), sample_weight="x2", labels="x3")
    assert table.x.tolist() == [[1.0], [3.0]]
    assert table.labels is not None
    assert table.labels.tolist() == ["0.0", None]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[1.0, np.nan]]), "row 1, column 'x2' is missing"),
        (np.array([[1.0], [-np.inf]]), "row 2, column 'x1' is infinite"),
        (np.array([1j]), "complex"),
        (np.array(["a"]), "not numeric"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        (np.zeros((0, 2)), "NPY|empty"),
        (np.float64(1.0), "NPY|empty|dimensions"),
        (np.array([None]), "cannot be read as an NPY file"),
    ],
)
def test_wrong_arrays_are_named(array: np.ndarray, message: str, tmp_path: Path) -> None:
    """Assert that an array that is no table of numbers is refused by the name of its file."""
    path = tmp_path / "a.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(DataFileError, match=message) as caught:
        read_table(str(path))
    assert str(path) in str(caught.value)


FLOATS = st.floats(-1e140, 1e140, allow_nan=False)  # beyond, squares overflow: refused


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=20))
def test_numbers_come_back_exactly(rows: list[tuple[float, float]]) -> None:
    """Assert that numbers written by repr are read back bit for bit."""
    text = "a,b\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows)
    assert np.array_equal(read_bytes(text.encode()), np.array(rows))


@given(st.binary(max_size=200) | st.text('ab1.,;\t\n\r" -e', max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    """Assert that anything at all gives a finite table or DataFileError, and nothing else."""
    try:
        x = read_bytes(content)
    except DataFileError:
        return
    assert x.ndim == 2
    assert x.size > 0
    assert np.isfinite(x).all()


def read_bytes(content: bytes) -> np.ndarray:
    """Read these bytes as standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return read_table("-").x


def test_a_table_is_a_table() -> None:
    """Assert that what was read passes into a fit as it is, with its names."""
    table = Table(np.ones((2, 1)), ("a",))
    assert as_table(table) is table
