"""The self-checking C programs of differential/programs: which there are, and how each is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from support.arm_gcc import build

PROGRAMS = Path(__file__).parents[1] / "differential" / "programs"
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
CORES = ("m3", "m4f")
NAMES = tuple(sorted(path.stem for path in PROGRAMS.glob("*.c")))
NEEDS_DSP = {"dsp"}
NANO = "--specs=nano.specs"


@dataclass(frozen=True, slots=True)
class Build:
    """One program at one optimisation level; ``nano`` selects newlib's small variant."""

    program: str
    core: str
    level: str
    nano: bool = True

    def __str__(self) -> str:
        return f"{self.program}-{self.core}{self.level}{'' if self.nano else '-newlib'}"


BUILDS = [
    Build(program, core, level)
    for program in NAMES
    for core in CORES
    for level in LEVELS
    if core != "m3" or program not in NEEDS_DSP
] + [Build(program, "m4f", "-O2", nano=False) for program in NAMES]


def built(wanted: Build) -> Path:
    """Return the ELF, on newlib with its semihosting library (rdimon). Fused multiply-adds are off: they round once,
    so a checksum would depend on whether the compiler found one."""
    library = [NANO] if wanted.nano else []
    flags = [*library, "--specs=rdimon.specs", "-u", "_printf_float", "-ffp-contract=off"]
    script = PROGRAMS / "newlib.ld"
    sources = [PROGRAMS / "start.S", PROGRAMS / f"{wanted.program}.c"]
    return build(sources, wanted.core, wanted.level, flags=[*flags, f"-T{script}", "-lm"])


def expected_console(program: str) -> bytes:
    """Return what the program prints, whatever the core, the level and the library."""
    return (PROGRAMS / "expected" / f"{program}.txt").read_bytes()
