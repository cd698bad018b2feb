"""What a section of the benchmarks hands back, and the Markdown of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

VERDICTS = {True: "holds", False: "**does not hold**", None: "not measured"}


@dataclass(frozen=True)
class Claim:
    """A promise, what was measured, and whether it holds (None: not measured here)."""

    promise: str
    measured: str
    holds: bool | None

    @classmethod
    def at_least(cls, promise: str, figure: float | None, wanted: float, unit: str = "") -> Claim:
        """Holds when the figure reaches what is wanted."""
        if figure is None:
            return cls(promise, "not measured", None)
        return cls(promise, _figure(figure, unit), figure >= wanted)

    @classmethod
    def at_most(cls, promise: str, figure: float | None, allowed: float, unit: str = "") -> Claim:
        """Holds when the figure stays below what is allowed."""
        if figure is None:
            return cls(promise, "not measured", None)
        return cls(promise, _figure(figure, unit), figure <= allowed)


@dataclass(frozen=True)
class Findings:
    """Tables for people, every figure for programs, and the promises held against them.

    valid : False when programs did different work, so that the figures mean nothing
    """

    text: str
    records: Sequence[dict[str, Any]]
    claims: Sequence[Claim] = field(default_factory=tuple)
    valid: bool = True


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def promises(claims: Iterable[Claim]) -> str:
    """The table of promises."""
    rows = [(claim.promise, claim.measured, VERDICTS[claim.holds]) for claim in claims]
    return table(("promise", "measured", ""), rows)


def milliseconds(seconds: float) -> str:
    """Four digits."""
    return f"{seconds * 1e3:.4g}"


def times(ratio: float | None) -> str:
    """A ratio with two digits or more; nothing where there is none."""
    return "" if ratio is None else f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


def megabytes(size: float) -> str:
    """One digit after the point while that is telling."""
    return f"{size / 1e6:.1f}" if size < 1e7 else f"{size / 1e6:.0f}"


def to_json(value: Any) -> str:
    """What is not a number is null."""
    return json.dumps(_finite(value), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _figure(figure: float, unit: str) -> str:
    return f"{figure:.0%}" if unit == "%" else f"{figure:.3g} {unit}".strip()
