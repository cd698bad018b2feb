"""The one look at all rows: chunks add up, the draw is fair, and no list of chunks is made."""

from __future__ import annotations

import operator
import weakref
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import pytest

import drumlin
from drumlin._types import Array
from drumlin.data import ArraySource, Rows, Source, Survey, SurveyPass, bytes_per_row, stride_of
from drumlin.data.subsampling import one_in
from drumlin.errors import InvalidDataError, NotConvergedWarning
from drumlin.selection import Selection
from tests.execution.ingredients import bits
from tests.ingredients import draw, random_mixture


def surveyed(source: Source, looking: SurveyPass) -> Survey:
    """The surveys of all chunks, added from first to last."""
    return reduce(operator.add, (looking(source[index]) for index in range(len(source))))


def rows_with_everything(n: int = 200) -> Rows:
    """Few different rows, weights with zeros, labels of which some are unknown."""
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 10, size=(n, 2)).astype(float)
    return Rows(x, rng.integers(0, 3, n).astype(float), rng.integers(-1, 3, n))


@pytest.mark.parametrize("chunk_rows", [1, 7, 60, 199])
@pytest.mark.parametrize("limit", [1, 5, 1000])
@pytest.mark.parametrize("plain", [False, True])
def test_chunks_add_up_to_the_whole(chunk_rows: int, limit: int, plain: bool) -> None:
    """Assert sizes, largest values, numbers of different rows and of labels, and the rows drawn."""
    rows = rows_with_everything()
    rows = Rows(rows.x) if plain else rows
    looking = SurveyPass(n_distinct=limit, n_labels=3)
    one, many = looking(rows), surveyed(ArraySource(rows, chunk_rows), looking)
    assert (many.n_present, many.n_unlabelled) == (one.n_present, one.n_unlabelled)
    assert many.all_labelled == one.all_labelled
    np.testing.assert_array_equal(many.largest, one.largest)
    np.testing.assert_array_equal(many.label_weights, one.label_weights)
    present = rows.x[rows.weights > 0.0]
    assert len(many.distinct) == len(one.distinct) == min(limit, len(np.unique(present, axis=0)))
    assert len(np.unique(many.distinct, axis=0)) == len(many.distinct)
    assert bits(many.draw()) == bits(replace(rows, first=0))


def test_what_a_survey_tells() -> None:
    """Assert all of it from the definitions."""
    rows = rows_with_everything()
    assert rows.labels is not None
    there, known = rows.weights > 0.0, rows.labels >= 0
    found = SurveyPass(n_labels=3)(rows)
    assert found.n_present == there.sum()
    assert found.n_unlabelled == (there & ~known).sum()
    np.testing.assert_array_equal(found.largest, np.abs(rows.x[there]).max(axis=0))
    sums = [rows.weights[rows.labels == label].sum() for label in range(3)]
    np.testing.assert_array_equal(found.label_weights, sums)


@pytest.mark.parametrize(("stride", "chunk_rows"), [(2, 10), (3, 10), (4, 3), (50, 7)])
@pytest.mark.parametrize("weighted", [False, True])
def test_every_row_is_as_likely_to_be_drawn(stride: int, chunk_rows: int, weighted: bool) -> None:
    """Assert 1 / stride for each of 21 rows over 2000 keys, within five sd; of weight zero never.

    Rows past the last whole stride of a chunk, and chunks shorter than a stride, included. Five
    sd: among the 200 rows of all cases one is beyond that once in 8000 times.
    """
    n, times = 21, 2000
    weight = (np.arange(n) % 4 > 0).astype(float) if weighted else None
    source = ArraySource(Rows(np.arange(float(n))[:, None], weight), chunk_rows)
    chunks = [source[index] for index in range(len(source))]
    counts = np.zeros(n)
    for key in range(times):
        parts = [one_in(stride, chunk, key).x[:, 0].astype(int) for chunk in chunks]
        drawn = np.concatenate(parts)
        assert (np.diff(drawn) > 0).all()
        counts[drawn] += 1
    there = np.ones(n, dtype=bool) if weight is None else weight > 0.0
    assert not counts[~there].any()
    sd = np.sqrt(times / stride * (1.0 - 1.0 / stride))
    assert np.abs(counts[there] - times / stride).max() < 5.0 * sd


@pytest.mark.parametrize("n", [1, 99, 100, 101, 250, 12_345])
@pytest.mark.parametrize("chunk_rows", [None, 40])
def test_a_draw_is_bounded(n: int, chunk_rows: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert all rows while they fit into the bytes, then as many as fit, up to one per chunk.

    Each chunk rounds its share up or down by itself. One chunk is drawn from where it lies.
    """
    monkeypatch.setattr("drumlin.data.survey.DRAW_BYTES", 100 * bytes_per_row(3, np.dtype(float)))
    source = ArraySource(Rows(np.zeros((n, 3))), chunk_rows)
    stride = stride_of(source)
    assert (stride == 1) == (n <= 100 or len(source) == 1)
    draw = surveyed(source, SurveyPass(stride=stride)).draw()
    assert len(draw) == n if stride == 1 else 100 // 2 - 1 <= len(draw) <= 100 + len(source)
    assert len(source) > 1 or np.shares_memory(draw.x, source.rows.x)


def test_a_draw_depends_on_key_and_chunk_alone() -> None:
    """Assert the same rows of a chunk whatever else is surveyed, and others for another key."""
    rows = Rows(np.arange(90.0)[:, None])
    source = ArraySource(rows, 30)
    looking = SurveyPass(stride=5, key=7)
    whole = surveyed(source, looking)
    for index, part in enumerate(whole.parts):
        assert bits(looking(source[index]).parts[0]) == bits(part)
        other = replace(looking, n_distinct=9, n_labels=0, feature_names=("a",))
        assert bits(other(source[index]).parts[0]) == bits(part)
    assert bits(replace(looking, key=8)(source[0]).parts) != bits(whole.parts[:1])
    places = [np.asarray(part.x[:, 0]) - 30 * index for index, part in enumerate(whole.parts)]
    assert not np.array_equal(places[0], places[1])  # nor is it the same in every chunk


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"x": np.nan}, "^row 25, column 'b' is missing"),
    "infinite": ({"x": -np.inf}, "^row 25, column 'b' is infinite"),
    "weight": ({"weight": -1.0}, "^sample_weight of row 25 is -1"),
    "label": ({"label": 3}, "^label of row 25 is 3: labels are whole numbers from 0 to 2"),
}


def spoilt(change: dict[str, Any]) -> Rows:
    """Sixty good rows but for the 25th."""
    rng = np.random.default_rng(1)
    x, weight, labels = rng.normal(size=(60, 2)), np.ones(60), np.full(60, -1)
    x[25, 1] = change.get("x", 0.0)
    weight[25] = change.get("weight", 1.0)
    labels[25] = change.get("label", -1)
    return Rows(x, weight, labels)


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("chunk_rows", [None, 10, 25, 26])
def test_what_is_wrong_is_named_by_its_row_of_the_whole(case: str, chunk_rows: int | None) -> None:
    """Assert the number of the row in the whole source, by the pass and by fit."""
    change, message = WRONG[case]
    source = ArraySource(spoilt(change), chunk_rows)
    with pytest.raises(InvalidDataError, match=message):
        surveyed(source, SurveyPass(n_labels=3, feature_names=("a", "b")))
    with pytest.raises(InvalidDataError, match=message.replace("'b'", "1")):
        drumlin.fit(source, 3, rng=0)


def test_no_row_with_weight_is_refused() -> None:
    """Assert that a source of weights zero is refused, in chunks too."""
    rows = Rows(np.arange(9.0)[:, None], np.zeros(9))
    with pytest.raises(InvalidDataError, match="zero for every row"):
        drumlin.fit(ArraySource(rows, 4), 1)


class Shards:
    """A source of many arrays: each is made anew when it is asked for, and the living counted."""

    dtype = np.dtype(np.float64)
    in_memory = False

    def __init__(self, x: Array, chunk_rows: int) -> None:
        self.whole = ArraySource(Rows(x), chunk_rows)
        self.n_samples, self.n_features = x.shape
        self.alive = self.most = self.read = 0

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, index: int) -> Rows:
        rows = self.whole[index]
        x = rows.x.copy()
        weakref.finalize(x, self._gone)
        self.alive += 1
        self.read += 1
        self.most = max(self.most, self.alive)
        return replace(rows, x=x)

    def _gone(self) -> None:
        self.alive -= 1


@pytest.fixture
def shards(monkeypatch: pytest.MonkeyPatch) -> Shards:
    """3000 rows in twenty chunks, far more than a draw may hold: 400."""
    few = 400 * bytes_per_row(2, np.dtype(float))
    for module in ("data.survey", "fitting.growing_subsamples"):
        monkeypatch.setattr(f"drumlin.{module}.DRAW_BYTES", few)
    rng = np.random.default_rng(3)
    return Shards(draw(random_mixture(rng, 3, 2), 3000, rng)[0], 150)


def told(selection: Selection) -> list[object]:
    """Everything of every cell."""
    return [(cell.value, cell.held_out, bits(cell.fit)) for cell in selection.cells]


@pytest.mark.parametrize("family", ["VVV", "EEE", "VEV"])
def test_a_fit_holds_one_chunk_at_a_time(shards: Shards, family: str) -> None:
    """Assert it of all passes, and the bits of a fit to the same chunks in memory."""
    assert isinstance(shards, Source)
    found = drumlin.fit(shards, 3, family, rng=0)
    assert shards.read >= 5 * len(shards)  # survey, passes, criteria
    assert shards.most <= 2  # the next is made while the last is let go
    assert shards.alive == 0
    assert bits(found) == bits(drumlin.fit(shards.whole, 3, family, rng=0))


@pytest.mark.parametrize("starts", ["agglomerative", "labels", "responsibilities", "mixture"])
def test_given_starts_hold_one_chunk_at_a_time(shards: Shards, starts: str) -> None:
    """Assert it of every kind of start, with weights given beside the source."""
    rng = np.random.default_rng(4)
    given: dict[str, Any] = {
        "labels": rng.integers(0, 3, 3000),
        "responsibilities": rng.dirichlet(np.ones(3), 3000),
        "mixture": random_mixture(rng, 3, 2),
    }
    options: dict[str, Any] = {
        "starts": given.get(starts, starts),
        "sample_weight": rng.integers(0, 3, 3000),
    }
    with pytest.warns(NotConvergedWarning):
        found, same = (
            drumlin.fit(source, 3, rng=0, tol=0.0, max_iter=20, **options)
            for source in (shards, shards.whole)
        )
    assert shards.most <= 2
    assert bits(found) == bits(same)


@pytest.mark.parametrize("criterion", ["bic", "held-out"])
def test_a_selection_holds_one_chunk_at_a_time(shards: Shards, criterion: str) -> None:
    """Assert it of a whole table, with folds too, and the bits of chunks in memory."""
    found, same = (
        drumlin.select(source, range(1, 4), "VVV,EEE", criterion, rng=0, n_folds=2)
        for source in (shards, shards.whole)
    )
    assert shards.most <= 2
    assert told(found) == told(same)


def test_a_bootstrap_test_and_merging_take_a_source(shards: Shards) -> None:
    """Assert the p value and the entropies of chunks in memory, one chunk held at a time."""
    options: dict[str, Any] = {"n_bootstrap": 19, "rng": 0, "starts": 2}
    tested, same = (
        drumlin.bootstrap_test(source, 1, "EEE", **options) for source in (shards, shards.whole)
    )
    assert tested.tests[0].p_value == same.tests[0].p_value
    fit = drumlin.fit(shards, 3, rng=0)
    one, other = (drumlin.merge(fit, source) for source in (shards, shards.whole))
    np.testing.assert_array_equal(one.entropies, other.entropies)
    assert shards.most <= 2


@pytest.mark.parametrize("method", ["information", "sandwich", "bootstrap"])
def test_standard_errors_take_a_source(shards: Shards, method: str) -> None:
    """Assert the errors of chunks in memory, bit for bit; side by side a refit holds one chunk."""
    fit = drumlin.fit(shards, 3, rng=0)
    options: dict[str, Any] = {"replicates": 6} if method == "bootstrap" else {}
    shards.most = 0
    one, other = (
        fit.standard_errors(source, method=method, rng=0, n_threads=1, **options)
        for source in (shards, shards.whole)
    )
    assert shards.most <= 2
    np.testing.assert_array_equal(one.covariance_root, other.covariance_root)
