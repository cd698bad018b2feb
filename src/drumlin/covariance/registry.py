"""The known families and structures, by name. Adding a family is one rule and one line here."""

from __future__ import annotations

from collections.abc import Iterable

from drumlin.covariance import rules
from drumlin.covariance.diagonal import Diagonal
from drumlin.covariance.family import Family
from drumlin.covariance.full import Full
from drumlin.covariance.spherical import Spherical
from drumlin.covariance.structure import Structure
from drumlin.covariance.tied import Tied
from drumlin.errors import InvalidParameterError

STRUCTURES: dict[str, type[Structure]] = {
    structure.name: structure for structure in (Full, Tied, Diagonal, Spherical)
}

FAMILIES: tuple[Family, ...] = (
    Family("VVV", "full", rules.variable_everything),
    Family("EEE", "tied", rules.equal_everything),
    Family("VVI", "diag", rules.variable_variances),
    Family("VII", "spherical", rules.variable_volume),
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
    known = ", ".join(f"{family.name} ({family.code})" for family in FAMILIES)
    raise InvalidParameterError(
        f"unknown family {name!r}: known are {known}; in one dimension also V and E"
    )


def families_named(
    names: str | Family | Iterable[str | Family], n_features: int
) -> tuple[Family, ...]:
    """The families that ``names`` mean: "all", "EEE,VVV", or a list of names; each once.

    In one dimension "all" are E and V. Raises InvalidParameterError listing the known names, also
    when there is none.
    """
    if isinstance(names, str) and names.strip() == "all":
        return (
            tuple(family_named(code, 1) for code in ONE_DIMENSION) if n_features == 1 else FAMILIES
        )
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",") if name.strip()]
    several = [names] if isinstance(names, Family) else list(names)
    if not several:
        raise InvalidParameterError('no families are named: name some, or "all"')
    return tuple(dict.fromkeys(family_named(name, n_features) for name in several))


def structure_named(name: str) -> type[Structure]:
    """The structure called ``name``. Raises InvalidParameterError listing the known names."""
    if name in STRUCTURES:
        return STRUCTURES[name]
    raise InvalidParameterError(f"unknown structure {name!r}: known are {', '.join(STRUCTURES)}")
