"""The rooms of native/: which folder may include which, and how long its files may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

NATIVE = Path(__file__).resolve().parent.parent / "native"

# Each room and the rooms that its files may include. types.hpp and simd/table.hpp are rooms of
# their own: plain data, and the functions of an instruction set. simd/pass.cpp joins the plain pass
# and the ordered one into that table.
ARROWS: dict[str, set[str]] = {
    "types.hpp": set(),
    "simd/table.hpp": {"types.hpp"},
    "simd": {"types.hpp", "simd/table.hpp"},
    "simd/ordered": {"simd"},
    "simd/pass.cpp": {"simd", "simd/table.hpp", "simd/ordered"},
    "driver": {"simd/table.hpp"},
    "factorisation": set(),
    "python": {"driver", "factorisation"},
}
PYTHON = {"nanobind", "Python.h"}
VECTORS = {"immintrin.h", "arm_neon.h"}
LONGEST_FILE, LONGEST_LINE = 250, 120

FILES = sorted(path for path in NATIVE.rglob("*") if path.suffix in {".hpp", ".cpp"})


def room_of(path: str) -> str:
    """The longest name in ARROWS that ``path``, relative to native/, lies in."""
    return max((room for room in ARROWS if path == room or path.startswith(f"{room}/")), key=len)


def included(code: str, mark: str = '"') -> list[str]:
    """What is included in quotes, or for ``mark`` '<' in angle brackets."""
    return re.findall(rf'^#include {mark}([^">]+)[">]', code, flags=re.MULTILINE)


def arrows() -> Iterator[tuple[str, str, str]]:
    """File, its room, and a room that it includes."""
    for path in FILES:
        name = path.relative_to(NATIVE).as_posix()
        for target in included(path.read_text()):
            yield name, room_of(name), room_of(target)


def names(path: Path) -> str:
    return path.relative_to(NATIVE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=names)
def test_includes_follow_the_arrows(path: Path) -> None:
    """Assert that quoted includes name a file from the root of native/, in an allowed room."""
    room = room_of(names(path))
    for target in included(path.read_text()):
        assert (NATIVE / target).is_file(), target
        assert room_of(target) in ARROWS[room] | {room}, target


def test_every_arrow_is_used() -> None:
    """Assert that the table lists no more than there is."""
    used = {(room, target) for _, room, target in arrows() if target != room}
    assert used == {(room, target) for room, targets in ARROWS.items() for target in targets}


def test_no_circle() -> None:
    """Assert that rooms can be put in an order in which each includes earlier ones only."""
    placed: set[str] = set()
    while len(placed) < len(ARROWS):
        ready = {
            room for room, targets in ARROWS.items() if room not in placed and targets <= placed
        }
        assert ready, f"a circle among {sorted(set(ARROWS) - placed)}"
        placed |= ready


@pytest.mark.parametrize("path", FILES, ids=names)
def test_python_and_vectors_have_their_rooms(path: Path) -> None:
    """Assert that nanobind is included in python/ only, vector instructions in simd/ only."""
    system = {target.partition("/")[0] for target in included(path.read_text(), "<")}
    room = names(path).partition("/")[0]
    assert room == "python" or not system & PYTHON
    assert room == "simd" or not system & VECTORS


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    """Assert a comment at the head, at most 250 lines, and lines of at most 120 characters."""
    lines = path.read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= LONGEST_FILE
    assert max(map(len, lines)) <= LONGEST_LINE


def test_a_wrong_include_is_found() -> None:
    """Assert that the rules see what they forbid."""
    assert included('#include "simd/vector.hpp"\n#include <vector>\n') == ["simd/vector.hpp"]
    assert room_of("simd/vector.hpp") not in ARROWS["driver"]
    assert room_of("python/buffer.hpp") not in ARROWS["factorisation"]
