"""The known families and structures, by name. Adding a family is one rule and one line here."""

from __future__ import annotations

from collections.abc import Iterable

from drumlin.covariance import rules
from drumlin.covariance.diagonal import Diagonal
from drumlin.covariance.family import Family
from drumlin.covariance.full import Full
from drumlin.covariance.oriented import (
    along_columns,
    along_common_axes,
    along_own_axes,
    one_matrix_scaled,
)
from drumlin.covariance.rule import Clipped, Regularised
from drumlin.covariance.spherical import Spherical
from drumlin.covariance.spread import equal_shape, equal_spread, equal_volume, own_spread
from drumlin.covariance.structure import Structure
from drumlin.covariance.tied import Tied
from drumlin.errors import InvalidParameterError

STRUCTURES: dict[str, type[Structure]] = {
    structure.name: structure for structure in (Full, Tied, Diagonal, Spherical)
}

FAMILIES: tuple[Family, ...] = (
    Family("EII", "EII", Clipped(rules.equal_volume)),
    Family("VII", "spherical", Clipped(rules.variable_volume)),
    Family("EEI", "EEI", Clipped(rules.equal_variances)),
    Family("VEI", "VEI", Regularised(along_columns(equal_shape))),
    Family("EVI", "EVI", Regularised(along_columns(equal_volume), rescales=True)),
    Family("VVI", "diag", Clipped(rules.variable_variances)),
    Family("EEE", "tied", Clipped(rules.equal_everything)),
    Family("VEE", "VEE", Regularised(one_matrix_scaled)),
    Family("EVE", "EVE", Regularised(along_common_axes(equal_volume), rescales=True)),
    Family("VVE", "VVE", Regularised(along_common_axes(own_spread))),
    Family("EEV", "EEV", Regularised(along_own_axes(equal_spread))),
    Family("VEV", "VEV", Regularised(along_own_axes(equal_shape))),
    Family("EVV", "EVV", Regularised(along_own_axes(equal_volume), rescales=True)),
    Family("VVV", "full", Clipped(rules.variable_everything)),
)

ONE_DIMENSION = {"E": "EEE", "V": "VVV"}
"""In one dimension a family is its volume: the names of the literature there."""


def family_named(name: str | Family, n_features: int) -> Family:
    """The family called ``name``. Raises InvalidParameterError listing the known names."""
    if isinstance(name, Family):
        return name
    code = ONE_DIMENSION.get(name, name) if n_features == 1 else name
    for family in FAMILIES:
        if code in (family.code, family.name):
            return family
    known = ", ".join(
        family.code if family.name == family.code else f"{family.name} ({family.code})"
        for family in FAMILIES
    )
    raise InvalidParameterError(
        f"unknown family {name!r}: known are {known}; in one dimension also V and E"
    )


def families_named(
    names: str | Family | Iterable[str | Family], n_features: int
) -> tuple[Family, ...]:
    """The families that ``names`` mean: "all", "EEE,VVV", or a list of names; each once.

    In one dimension all are E or V, and those of one volume are one family. Raises
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
