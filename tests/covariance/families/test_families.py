"""What a family declares of itself is true, and it is found by name."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drumlin.covariance import (
    FAMILIES,
    Family,
    Sharing,
    families_named,
    family_named,
)
from drumlin.errors import InvalidParameterError
from tests.ingredients import FAMILY_NAMES

PARAMETERS = Path(__file__).parents[2] / "reference" / "npar.json"


def test_titles() -> None:
    """Assert that a word has its code beside it, a code stands alone; one column has E, V."""
    titles = [family_named(name, 2).title(2) for name in ("full", "VEV")]
    assert titles == ["full (VVV)", "VEV"]
    assert [family_named(name, 1).title(1) for name in ("full", "E", "VVI")] == [
        "full (V)", "tied (E)", "diag (V)",
    ]  # fmt: skip


def test_a_family_is_pickled_by_value(family: Family) -> None:
    """Assert that a known family comes back equal, and another one with its M-step."""
    assert pickle.loads(pickle.dumps(family)) == family
    assert pickle.loads(pickle.dumps(replace(FAMILIES[0], name="mine"))).name == "mine"


@pytest.mark.parametrize("data", ["faithful", "iris", "banknote", "galaxies"])
def test_the_number_of_parameters_is_the_reference_s(data: str) -> None:
    """Assert that every family counts as mclust counts, for k = 1..9."""
    table = json.loads(PARAMETERS.read_text())[data]
    d = table["d"]
    assert len(table["models"]) == (2 if d == 1 else len(FAMILIES))
    for row, k in zip(table["npar"], table["G"], strict=True):
        for name, expected in zip(table["models"], row, strict=True):
            assert family_named(name, d).n_parameters(k, d) == expected, (name, k)


# d + 1 where a component has an orientation of its own, 2 where it has a volume or shape of its
# own, 1 where all is shared.
MINIMUM_MASS = {
    **dict.fromkeys(["VVV", "EVV", "VEV", "EEV"], 6),
    **dict.fromkeys(["VVI", "VEI", "EVI", "VEE", "EVE", "VVE", "VII"], 2),
    **dict.fromkeys(["EEE", "EEI", "EII"], 1),
}


def test_the_smallest_mass_is_what_the_family_s_covariance_needs(family: Family) -> None:
    """Assert the rule for five columns."""
    assert family.minimum_mass(5) == MINIMUM_MASS[family.code]


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_a_family_is_found_by_its_word_its_code_and_itself(name: str) -> None:
    """Assert that every family has a word and a code, in every dimension."""
    family = family_named(name, 3)
    assert family_named(family.code, 3) is family
    assert family_named(family, 1) is family


def test_in_one_dimension_a_family_is_its_volume() -> None:
    """Assert that E and V are known when d = 1, and only then."""
    assert family_named("E", 1).volume is Sharing.EQUAL
    assert family_named("V", 1).volume is Sharing.VARIABLE
    with pytest.raises(InvalidParameterError, match="unknown family 'V'"):
        family_named("V", 2)


def test_an_unknown_family_lists_the_known_ones() -> None:
    """Assert that the message names every family by word and code."""
    with pytest.raises(InvalidParameterError) as error:
        family_named("VEX", 2)
    for family in FAMILIES:
        assert family.name in str(error.value)
        assert family.code in str(error.value)


def test_several_families_are_named_by_all_by_a_list_or_by_commas() -> None:
    """Assert that each way gives each family once, in order; in one dimension all are E and V."""
    assert families_named("all", 2) == FAMILIES
    one = families_named("all", 1)
    assert [family.called(1) for family in one] == ["E", "V"]
    assert families_named("EII,VVE,E,VEI", 1) == one
    both = families_named("VVV, tied", 2)
    assert [family.code for family in both] == ["VVV", "EEE"]
    assert families_named(["full", both[1], "VVV"], 2) == both
    assert families_named(both[0], 2) == both[:1]


@pytest.mark.parametrize(
    ("names", "what"), [("VVV,VEX", "'VEX'"), ([], "no fam"), (",", "no fam"), (3, "families is 3")]
)
def test_a_wrong_list_of_families_is_refused(names: Any, what: str) -> None:
    """Assert that the message tells the wrong name, or that there is none."""
    with pytest.raises(InvalidParameterError, match=what):
        families_named(names, 2)
