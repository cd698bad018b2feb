"""Cross-compile the compiled core, run it on an emulated Arm processor, compare with this machine.

``python tools/portable.py``: every file of native/ compiles for Linux and macOS on Arm and for
Windows; then tests/native/pass_check.cpp runs here and, where qemu-aarch64 is installed, on Arm.
All instruction sets must give the same sums, to the tolerances that the program prints: 1e-12 in
float64.

Needed: the package ziglang, a C++ compiler for other systems. `make portable` installs it.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "native"
BUILD = ROOT / "build" / "portable"
ZIG = [sys.executable, "-m", "ziglang", "c++"]
FLAGS = ["-std=c++17", f"-I{NATIVE}"]
ARITHMETIC = ["-ffp-contract=fast", "-fno-math-errno"]  # as in CMakeLists.txt
WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-pass-failed",
]  # the last: loops unrolled less than asked

# This machine by its own compiler: Zig's library does not detect the instruction sets of a machine.
HOST = "host"
# Whether the Python module is compiled too: Windows refuses the headers of another system's Python.
TARGETS = {
    HOST: True,
    "aarch64-linux-musl": True,
    "aarch64-macos": True,
    "x86_64-windows-gnu": False,
}


def processor_of(target: str) -> str:
    """x86_64, aarch64, arm64, ..."""
    return platform.machine() if target == HOST else target.partition("-")[0]


def compiler(target: str) -> list[str]:
    """The command that compiles and links for ``target``."""
    if target == HOST:
        return [os.environ.get("CXX", "c++")]
    return [*ZIG, "-target", target, *WARNINGS]


def emulator(target: str) -> list[str] | None:
    """How a program for ``target`` is started here, None where it cannot be."""
    if target == HOST:
        return []
    processor, system = target.split("-")[:2]
    qemu = shutil.which(f"qemu-{processor}") or shutil.which(f"qemu-{processor}-static")
    return [qemu] if qemu and platform.system().lower() == system else None


@dataclass(frozen=True)
class Unit:
    """One call of the compiler."""

    target: str
    source: Path
    flags: tuple[str, ...]
    suffix: str = ""

    @property
    def object(self) -> Path:
        """Where the object file goes."""
        return BUILD / self.target / f"{self.source.stem}{self.suffix}.o"


def instruction_sets(processor: str) -> dict[str, tuple[str, ...]]:
    """Flags of each instruction set that CMakeLists.txt has for a processor."""
    text = (ROOT / "CMakeLists.txt").read_text()
    branches = re.split(r"(?:else)?if\(processor MATCHES ", text)[1:]
    branch = next(b for b in branches if re.match(rf'"\^\(.*\b{processor}\b', b))
    calls = re.findall(
        r"drumlin_instruction_set\((\w+) (\d+) (\d+)([^)]*)\)", branch.split("else")[0]
    )
    return {
        name: (
            f"-DDRUMLIN_SET={name}",
            f"-DDRUMLIN_VECTOR_BYTES={size}",
            f"-DDRUMLIN_REGISTERS={registers}",
            *flags.split(),
        )
        for name, size, registers, flags in calls
    }


def x86(target: str) -> tuple[str, ...]:
    """The definition that all files of an x86 build have."""
    return ("-DDRUMLIN_X86",) if processor_of(target) in {"x86_64", "AMD64"} else ()


def core_units(target: str) -> list[Unit]:
    """The core without Python, and the program that checks it."""
    processor = processor_of(target)
    common = x86(target)
    units = [
        Unit(target, source, (*common, *ARITHMETIC, *flags), f"-{name}")
        for name, flags in instruction_sets(processor).items()
        for source in sorted(NATIVE.glob("simd/*.cpp"))
    ]
    rest = [*NATIVE.glob("driver/*.cpp"), *NATIVE.glob("factorisation/*.cpp")]
    rest.append(ROOT / "tests" / "native" / "pass_check.cpp")
    return units + [Unit(target, source, common) for source in sorted(rest)]


def python_units(target: str) -> list[Unit]:
    """The Python module, against the headers of the Python that runs this."""
    import nanobind

    headers = [nanobind.include_dir(), sysconfig.get_path("include")]
    flags = (*x86(target), *(f"-isystem{folder}" for folder in headers), "-fvisibility=hidden")
    return [Unit(target, source, flags, "-py") for source in sorted(NATIVE.glob("python/*.cpp"))]


def compile_unit(unit: Unit) -> str:
    """Compile one file; the compiler's words when it fails, else nothing."""
    unit.object.parent.mkdir(parents=True, exist_ok=True)
    # What does not run here is only to compile, and that quickly.
    optimise = "-O1" if emulator(unit.target) is None else "-O3"
    command = [*compiler(unit.target), optimise, *FLAGS, *unit.flags]
    command += ["-c", str(unit.source), "-o", str(unit.object)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{unit.target}: {unit.source}\n{done.stderr[:4000]}" if done.returncode else ""


def link(target: str, units: list[Unit]) -> Path:
    """The check program; for another machine statically, as its libraries are not here."""
    program = BUILD / target / "pass_check"
    objects = [str(unit.object) for unit in units]
    flags = ["-pthread"] if target == HOST else ["-static"]
    command = [*compiler(target), *flags, *objects, "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def printed(command: list[str]) -> dict[str, tuple[float, list[float]]]:
    """The lines of the check program by case: tolerance, numbers."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cases = {}
    for line in done.stdout.splitlines():
        name, tolerance, *numbers = line.split()
        cases[name] = float(tolerance), [float(number) for number in numbers]
    return cases


def largest_difference(
    want: dict[str, tuple[float, list[float]]], got: dict[str, tuple[float, list[float]]]
) -> dict[float, float]:
    """By tolerance, the largest difference relative to the largest number of a case.

    Each set of ``got`` is compared with ``baseline`` of ``want``. Raises SystemExit beyond a
    tolerance.
    """
    worst: dict[float, float] = {}
    for name, (tolerance, numbers) in got.items():
        _, _, rest = name.partition(",")
        same = f"baseline,{rest}" if rest else name
        expected = want[same][1]
        if len(expected) != len(numbers):
            sys.exit(f"{name}: {len(numbers)} numbers instead of {len(expected)}")
        scale = max(1.0, *(abs(number) for number in expected))
        pairs = zip(numbers, expected, strict=True)
        differences = [abs(number - other) / scale for number, other in pairs]
        if not all(difference <= tolerance for difference in differences):  # a NaN neither
            sys.exit(f"{name} differs by {max(differences):.3g}, more than {tolerance:g}")
        worst[tolerance] = max(worst.get(tolerance, 0.0), *differences)
    return worst


def main() -> None:
    """Compile for all targets, then compare those that run here."""
    core = {target: core_units(target) for target in TARGETS}
    units = [unit for target in TARGETS for unit in core[target]]
    units += [unit for target, module in TARGETS.items() if module for unit in python_units(target)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [words for words in pool.map(compile_unit, units) if words]
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(units)} object files for {', '.join(TARGETS)}")

    reference = None
    for target in TARGETS:
        start = emulator(target)
        if start is None:
            print(f"{target}: compiled, not run")
            continue
        program = link(target, core[target])
        cases = printed([*start, str(program)])
        reference = reference or cases
        worst = ", ".join(
            f"{difference:.2g} (at most {tolerance:g})"
            for tolerance, difference in sorted(largest_difference(reference, cases).items())
        )
        sets = {name.partition(",")[0] for name in cases if "," in name}
        print(f"{target}: {len(cases)} cases on {', '.join(sorted(sets))} agree: {worst}")


if __name__ == "__main__":
    main()
