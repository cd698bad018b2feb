"""The known families and structures, by name. Adding a family is one M-step and one line here."""

from __future__ import annotations

from collections.abc import Iterable

from drumlin.covariance.families import closed_forms
from drumlin.covariance.families.family import Family
from drumlin.covariance.families.m_step import Clipped, Regularised
from drumlin.covariance.families.orientation import (
    AlongColumns,
    AlongCommonAxes,
    AlongOwnAxes,
    proportional,
)
from drumlin.covariance.families.volume_shape import equal_shape, equal_volume, equal_volume_shape
from drumlin.covariance.structures.base import Structure
from drumlin.covariance.structures.diagonal import Diagonal
from drumlin.covariance.structures.full import Full
from drumlin.covariance.structures.spherical import Spherical
from drumlin.covariance.structures.tied import Tied
from drumlin.errors import InvalidParameterError

STRUCTURES: dict[str, type[Structure]] = {
    structure.name: structure for structure in (Full, Tied, Diagonal, Spherical)
}

FAMILIES: tuple[Family, ...] = (
    Family("EII", "EII", Clipped(closed_forms.eii)),
    Family("VII", "spherical", Clipped(closed_forms.vii)),
    Family("EEI", "EEI", Clipped(closed_forms.eei)),
    Family("VEI", "VEI", Regularised(AlongColumns(equal_shape))),
    Family("EVI", "EVI", Regularised(AlongColumns(equal_volume), rescales=True)),
    Family("VVI", "diag", Clipped(closed_forms.vvi)),
    Family("EEE", "tied", Clipped(closed_forms.eee)),
    Family("VEE", "VEE", Regularised(proportional)),
    Family("EVE", "EVE", Regularised(AlongCommonAxes(equal_volume=True), rescales=True)),
    Family("VVE", "VVE", Regularised(AlongCommonAxes(equal_volume=False))),
    Family("EEV", "EEV", Regularised(AlongOwnAxes(equal_volume_shape))),
    Family("VEV", "VEV", Regularised(AlongOwnAxes(equal_shape))),
    Family("EVV", "EVV", Regularised(AlongOwnAxes(equal_volume), rescales=True)),
    Family("VVV", "full", Clipped(closed_forms.vvv)),
)

ONE_DIMENSION = {"E": "EEE", "V": "VVV"}
"""The names in one dimension, where a family is its volume."""


def family_named(name: str | Family, n_features: int) -> Family:
    """The family called ``name``. Raises InvalidParameterError listing the known names."""
    if isinstance(name, Family):
        return name
    code = ONE_DIMENSION.get(name, name) if n_features == 1 else name
    for family in FAMILIES:
        if code in (family.code, family.name):
            return family
    known = ", ".join(family.title(2) for family in FAMILIES)
    raise InvalidParameterError(
        f"unknown family {name!r}: known are {known}; in one dimension also V and E"
    )


def families_named(
    names: str | Family | Iterable[str | Family], n_features: int
) -> tuple[Family, ...]:
    """The families of ``names``, which are "all", "EEE,VVV", or a list of names; each once.

    In one dimension all are E or V, and families of one volume are the same. Raises
    InvalidParameterError listing the known names, also when there is none.
    """
    if isinstance(names, str):
        several: list[str | Family] = [name.strip() for name in names.split(",") if name.strip()]
        several = list(FAMILIES) if several == ["all"] else several
    elif isinstance(names, Family):
        several = [names]
    elif isinstance(names, Iterable):
        several = list(names)
    else:
        raise InvalidParameterError(f'families is {names!r}: give names, or "all"')
    if not several:
        raise InvalidParameterError('no families are named: name some, or "all"')
    found = [family_named(name, n_features) for name in several]
    if n_features == 1:
        found = [
            family_named(family.called(1), 1) if family in FAMILIES else family for family in found
        ]
    return tuple(dict.fromkeys(found))


def structure_named(name: str) -> type[Structure]:
    """The structure called ``name``. Raises InvalidParameterError listing the known names."""
    if name in STRUCTURES:
        return STRUCTURES[name]
    raise InvalidParameterError(f"unknown structure {name!r}: known are {', '.join(STRUCTURES)}")
