"""Model files: exact, atomic, safe to load, and readable for ever."""

from __future__ import annotations

import json
import math
import pickle
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import drumlin
from drumlin import storage
from drumlin.covariance import Diagonal, Full, Spherical, Structure, Tied
from drumlin.em import Outcome
from drumlin.errors import InvalidParameterError, ModelFileError
from drumlin.fitting.result import FitFacts
from drumlin.mixture import Mixture

GOLDEN = Path(__file__).parent.parent / "golden"
SUFFIXES = (".json", ".npz")

THIRD = 1.0 / 3.0  # no finite decimal, nor binary, fraction: a rounded copy would differ

STRUCTURES: dict[str, Structure] = {
    "full_d1": Full(np.array([[[THIRD]], [[2.0]]])),
    "full_d2": Full(np.array([[[0.1, 0.0], [THIRD, 0.7]], [[1e-9, 0.0], [-5.0, 1e5]]])),
    "tied_d1": Tied(np.array([[THIRD]]), 2),
    "tied_d2": Tied(np.array([[0.1, 0.0], [THIRD, 0.7]]), 2),
    "diag_d1": Diagonal(np.array([[THIRD], [2.0]])),
    "diag_d2": Diagonal(np.array([[THIRD, 0.1], [1e-9, 1e9]])),
    "spherical_d1": Spherical(np.array([THIRD, 2.0]), 1),
    "spherical_d2": Spherical(np.array([THIRD, 1e-9]), 2),
}


def example(name: str) -> Mixture:
    """A mixture of two with the structure called ``name``; those with d = 2 have column names."""
    covariance = STRUCTURES[name]
    means = np.array([[0.1, -0.3], [1e8 + THIRD, 5e-324]])[:, : covariance.n_features]
    names = ("length of eruption", "Wartezeit, größte ℓ") if covariance.n_features == 2 else None
    return Mixture(np.array([0.3, 0.7]), means, covariance, feature_names=names)


@pytest.fixture(scope="module")
def fit() -> drumlin.Fit:
    """A small fit with weights, so that total_weight and n_samples differ."""
    x = np.concatenate([np.arange(10.0), np.arange(100.0, 110.0)])
    return drumlin.fit(x, 2, sample_weight=np.full(20, 1.5), rng=2**40 + 1)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_mixture_comes_back_bit_for_bit(name: str, suffix: str, tmp_path: Path) -> None:
    """Assert that load(save(m)) == m, with names, for every structure and format."""
    storage.save(example(name), tmp_path / f"m{suffix}")
    assert storage.load(tmp_path / f"m{suffix}") == example(name)
    record = storage.read(tmp_path / f"m{suffix}")
    assert (record.facts, record.component_names, record.format_version) == (None, None, 1)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_of_version_1_load(name: str, suffix: str) -> None:
    """Assert that the files written by the first release still load, exactly."""
    assert storage.load(GOLDEN / f"{name}{suffix}") == example(name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_facts_of_version_1_load(suffix: str) -> None:
    """Assert that the facts in a file of the first release are read as they were written."""
    record = storage.read(GOLDEN / f"fit{suffix}")
    assert record.facts == FitFacts(
        n_parameters=5,
        n_samples=20,
        total_weight=30.0,
        log_likelihoods=(-200.0, -120.5),
        classification_entropy=0.25,
        outcome=Outcome.CONVERGED,
        reason="because",
        healthy=True,
        seed=12345678901,
        notes=("a",),
    )
    assert record.family == "VVV"
    assert record.component_names == ("early", "späte")
    assert record.drumlin == "0.1.0"


@given(data=st.data(), suffix=st.sampled_from(SUFFIXES))
def test_any_mixture_comes_back(data: st.DataObject, suffix: str) -> None:
    """Assert that encoding is exact for numbers and names of every size and script."""
    k, d = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    number = st.floats(-1e300, 1e300)
    positive = st.floats(1e-300, 1e300)
    weights = np.array(data.draw(st.lists(st.floats(1e-3, 1.0), min_size=k, max_size=k)))
    means = np.array(data.draw(st.lists(number, min_size=k * d, max_size=k * d))).reshape(k, d)
    spread = np.array(data.draw(st.lists(positive, min_size=k * d, max_size=k * d))).reshape(k, d)
    text = st.text(st.characters(exclude_categories=["Cs"]))  # UTF-8 has no lone surrogates
    names = data.draw(st.lists(text, min_size=d, max_size=d, unique=True))
    mixture = Mixture(weights / weights.sum(), means, Diagonal(spread), feature_names=tuple(names))
    content = storage.to_json(mixture).encode() if suffix == ".json" else storage.to_npz(mixture)
    assert storage.from_bytes(content, "memory").mixture == mixture


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_facts_of_a_fit_are_kept(fit: drumlin.Fit, suffix: str, tmp_path: Path) -> None:
    """Assert that a file holds the facts of the fit, criteria included."""
    storage.save(fit, tmp_path / f"m{suffix}", component_names=["b", "a"])
    record = storage.read(tmp_path / f"m{suffix}")
    facts = record.facts
    assert facts is not None
    for name in ("n_parameters", "n_samples", "total_weight", "log_likelihood", "log_likelihoods",
                 "classification_entropy", "outcome",
                 "reason", "healthy", "seed", "notes"):  # fmt: skip
        assert getattr(facts, name) == getattr(fit, name), name
    assert record.family == fit.family.code
    assert facts == fit.facts()
    assert (facts.aic(), facts.bic(), facts.icl()) == (fit.aic(), fit.bic(), fit.icl())
    assert record.mixture == fit.mixture
    assert record.component_names == ("b", "a")


def test_json_can_be_read_by_anybody() -> None:
    """Assert that the JSON holds plain numbers under plain names, a row of means on a line."""
    text = storage.to_json(example("full_d2"))
    tree = json.loads(text)
    assert tree["format"] == "drumlin-mixture"
    assert tree["mixture"]["weights"] == [0.3, 0.7]
    assert tree["mixture"]["covariance"]["structure"] == "full"
    assert "      [0.1, -0.3],\n" in text


def test_saving_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    """Assert that a save replaces the file and leaves no other name, whatever happens."""
    target = tmp_path / "m.json"
    target.write_text("old")
    storage.save(example("full_d1"), target)
    assert storage.load(target) == example("full_d1")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ModelFileError, match=r"cannot write .*folder\.json"):
        storage.save(example("full_d1"), tmp_path / "folder.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.json", "m.json"]


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that a disk that is full half-way costs nothing that was there."""

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    storage.save(example("full_d1"), tmp_path / "m.json")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        storage.save(example("diag_d2"), tmp_path / "m.json")
    assert storage.load(tmp_path / "m.json") == example("full_d1")
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    """Assert that a link is written through, and that a device is not replaced by a file."""
    storage.save(example("full_d1"), tmp_path / "m.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "m.json")
    storage.save(example("diag_d2"), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert storage.load(tmp_path / "m.json") == example("diag_d2")
    device = Path("/dev/null")
    if device.exists():
        storage.save(example("full_d1"), device)
        assert stat.S_ISCHR(device.stat().st_mode)


def golden_fit(change: dict[str, Any]) -> bytes:
    """The golden file of a fit with some fields replaced."""
    return edited(change, text=(GOLDEN / "fit.json").read_text(encoding="utf-8"))


def edited(change: dict[str, Any], drop: str = "", text: str | None = None) -> bytes:
    """A model file with some fields (dotted) replaced and one dropped."""
    tree = json.loads(text or storage.to_json(example("full_d2")))
    for path, value in change.items():
        *folders, last = path.split(".")
        place = tree
        for folder in folders:
            place = place[folder]
        place[last] = value
    *folders, last = drop.split(".")
    place = tree
    for folder in folders:
        place = place[folder]
    place.pop(last, None)
    return json.dumps(tree).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as JSON"),
        (b"{", r"cannot be read as JSON \(line 1, column 2"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[1, 2]", "not a drumlin model"),
        (b'{"format": "other"}', "not a drumlin model"),
        (b"a,b\n1,2\n", "cannot be read as JSON"),
        (pickle.dumps({"format": "drumlin-mixture"}), "cannot be read as JSON"),
        (edited({"version": 2}), r"newer drumlin \(format 2; this one reads 1\): upgrade"),
        (edited({"version": 0}), "field 'version' holds 0"),
        (edited({"version": True}), "field 'version' holds True"),
        (edited({"version": "1"}), "field 'version' holds '1'"),
        (edited({}, "version"), "field 'version' is missing"),
        (edited({}, "mixture"), "field 'mixture' is missing"),
        (edited({}, "mixture.means"), "field 'mixture.means' is missing"),
        (edited({}, "mixture.covariance.factors"), "'mixture.covariance.factors' is missing"),
        (edited({"mixture.means": [[1], [1, 2]]}), "field 'mixture.means' holds"),
        (edited({"mixture.means": [["1", "2"], ["3", "4"]]}), "field 'mixture.means' holds"),
        (edited({"mixture.means": [[True, True], [True, True]]}), "field 'mixture.means' holds"),
        (edited({"mixture.means": [[1.0, 2.0]]}), "no valid mixture: weights must have shape"),
        (edited({"mixture.means": [[1.0, 2.0], [math.nan, 1.0]]}), "NaN is not a number"),
        (edited({"mixture.weights": [1.5, -0.5]}), "no valid mixture: weight of component 1"),
        (edited({"mixture.weights": [0.5, 0.6]}), "no valid mixture: weights sum to"),
        (edited({"mixture.covariance.factors": [[[1, 0], [0, 1]], [[1, 0], [0, -1]]]}),
         "no valid mixture: covariance of component 1"),
        (edited({"mixture.covariance.structure": "round"}), "unknown structure 'round'"),
        (edited({"mixture.feature_names": ["a", "a"]}), "no valid mixture: feature_names"),
        (edited({"mixture.feature_names": [1, 2]}), "field 'mixture.feature_names' holds"),
        (edited({"component_names": ["a"]}), "field 'component_names' holds"),
        (edited({"facts": {}}), "field 'facts.family' is missing"),
        (golden_fit({"facts.log_likelihoods": []}), "field 'facts.log_likelihoods' holds"),
        (golden_fit({"facts.healthy": 1}), "field 'facts.healthy' holds 1"),
        (golden_fit({"facts.seed": 1.5}), "field 'facts.seed' holds 1.5"),
        (golden_fit({"facts.count": "many"}), "field 'facts.count' holds 'many'"),
        (golden_fit({"facts.count": 10**400}), "field 'facts.count' holds 1000"),
        (golden_fit({"facts.outcome": "HAPPY"}), "field 'facts.outcome' holds 'HAPPY'"),
    ],
)  # fmt: skip
def test_what_is_not_a_model_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    """Assert that a broken, foreign or newer file is refused by name, saying what is wrong."""
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message) as caught:
        storage.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Assert that a missing model, and a missing folder to save in, are named."""
    with pytest.raises(ModelFileError, match=r"nowhere\.json does not exist"):
        storage.load(tmp_path / "nowhere.json")
    with pytest.raises(ModelFileError, match="cannot read"):
        storage.load(tmp_path)
    with pytest.raises(ModelFileError, match=r"cannot write .*No such file or directory"):
        storage.save(example("full_d1"), tmp_path / "no" / "m.json")


def test_wrong_component_names_are_refused(tmp_path: Path) -> None:
    """Assert that names for three of two components are refused before a file is written."""
    with pytest.raises(ModelFileError, match="3 names for 2 components"):
        storage.save(example("full_d1"), tmp_path / "m.json", component_names=["a", "b", "c"])
    assert not list(tmp_path.iterdir())


def test_a_foreign_npz_is_refused(tmp_path: Path) -> None:
    """Assert that an npz of something else is named as such, also with pickled objects inside."""
    np.savez(tmp_path / "a.npz", weights=np.ones(2))
    with pytest.raises(ModelFileError, match="not a drumlin model"):
        storage.load(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", document=np.array([Bomb()], dtype=object))
    with pytest.raises(ModelFileError, match="cannot be read as an npz model"):
        storage.load(tmp_path / "b.npz")


class Bomb:
    """An object that fails the test if anybody unpickles it."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("loading ran code",)


@given(data=st.data(), suffix=st.sampled_from(SUFFIXES))
def test_damaged_files_are_refused_or_harmless(data: st.DataObject, suffix: str) -> None:
    """Assert that cut or changed files load as a mixture, or raise ModelFileError, nothing else."""
    name = data.draw(st.sampled_from([*STRUCTURES, "fit"]))
    content = bytearray((GOLDEN / f"{name}{suffix}").read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    for _ in range(data.draw(st.integers(0, 5))):
        if content:
            place = data.draw(st.integers(0, len(content) - 1))
            content[place] = data.draw(st.integers(0, 255))
    try:
        mixture = storage.from_bytes(bytes(content), "damaged").mixture
    except ModelFileError:
        return
    assert np.isfinite(mixture.log_density(np.zeros((1, mixture.n_features)))).all()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)
FIELDS = [
    "version", "drumlin", "mixture", "mixture.weights", "mixture.means", "mixture.feature_names",
    "mixture.covariance", "mixture.covariance.structure", "mixture.covariance.factors",
    "component_names", "facts",
]  # fmt: skip


@given(JSON_VALUES, st.sampled_from(FIELDS))
def test_a_field_of_another_kind_is_refused_or_harmless(value: Any, field: str) -> None:
    """Assert that any JSON value in any field gives a mixture or ModelFileError, nothing else."""
    try:
        storage.from_bytes(edited({field: value}), "edited")
    except ModelFileError:
        return
    harmless = {"component_names", "facts", "mixture.feature_names", "drumlin"}
    assert field in harmless or (field, value) == ("version", 1)


def test_only_models_are_saved(tmp_path: Path) -> None:
    """Assert that anything but a fit or a mixture is refused by its type, and no file appears."""
    for suffix in SUFFIXES:
        with pytest.raises(InvalidParameterError, match="a ndarray is not a model"):
            drumlin.save(np.ones(3), tmp_path / f"a{suffix}")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
