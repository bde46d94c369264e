"""Builds the programs of the kit with arm-none-eabi-gcc, the same bytes on every machine with the same toolchain.

    cd conformance
    python3 -m kit.build                         rebuild elf/
    python3 -m kit.build --check                 compare a rebuild with elf/; exit 1 when they differ
    python3 -m kit.build --output DIR [NAME ...]

The line tables are in the ELFs, so that a debugger shows where a program is; types and variables are not.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from kit.errors import KitError
from kit.manifest import FOLDER, Program, load_manifest

RUNTIME = FOLDER / "runtime"
CORE_FLAGS = {
    "m3": ("-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"),
    "m4f": ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "m7": ("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"),
}
BARE_FLAGS = (
    "-fno-delete-null-pointer-checks",  # address 0 holds the vector table
    *("-nostdlib", "-nostartfiles", "-ffreestanding", "-Wl,--build-id=none"),
)
RUNTIME_SOURCES = ("startup.S", "attempt.S", "console.c", "faults.c")
_COMPILER = "arm-none-eabi-gcc"


def _compile(core: str, arguments: Iterable[str]) -> None:
    command = [
        *(_COMPILER, *CORE_FLAGS[core], "-O1", "-g1", "-Wall", "-Wextra", "-Werror", *BARE_FLAGS),
        *("-Iruntime", "-Lruntime", f"-fdebug-prefix-map={FOLDER}=.", *arguments),
    ]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KitError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def build(programs: Sequence[Program], output: Path) -> None:
    """Build ``programs`` as ``output``/NAME.elf. Raises KitError when the compiler is missing or refuses."""
    if shutil.which(_COMPILER) is None:
        raise KitError(f"{_COMPILER} is not there: the programs cannot be built (on Debian: gcc-arm-none-eabi).")
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="conformance-") as place:
        objects: dict[str, list[str]] = {}
        for program in programs:
            if program.core not in CORE_FLAGS:
                raise KitError(f"{program.name}: there are no flags for the core {program.core!r} in kit/build.py.")
            if program.core not in objects:
                objects[program.core] = _runtime(program.core, Path(place))
            source = f"programs/{program.source}.c"
            target = str(output / f"{program.name}.elf")
            _compile(program.core, [*objects[program.core], source, f"-T{program.layout}", "-lgcc", "-o", target])


def _runtime(core: str, place: Path) -> list[str]:
    made = []
    for name in RUNTIME_SOURCES:
        made.append(str(place / f"{core}-{name}.o"))
        _compile(core, ["-c", f"runtime/{name}", "-o", made[-1]])
    return made


def differences(programs: Sequence[Program], directory: Path) -> list[str]:
    """Return the names of files that are not the same in ``directory`` and in elf/."""
    names = {f"{program.name}.elf" for program in programs} | {path.name for path in (FOLDER / "elf").glob("*.elf")}
    return sorted(name for name in names if _bytes(directory / name) != _bytes(FOLDER / "elf" / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def main() -> int:
    """Parse the command line, build, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m kit.build", description="Build the programs of the kit.")
    parser.add_argument("--check", action="store_true", help="compare a rebuild with elf/")
    parser.add_argument("--output", type=Path, default=FOLDER / "elf", help="where the ELFs go (default: elf)")
    parser.add_argument("name", nargs="*", help="programs to build (default: all)")
    options = parser.parse_args()
    try:
        programs = load_manifest().programs()
        if options.check:
            with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
                build(programs, Path(directory))
                different = differences(programs, Path(directory))
            for name in different:
                print(f"elf/{name} is not what its source builds")
            return 1 if different else 0
        wanted = [program for program in programs if not options.name or program.name in options.name]
        if unknown := set(options.name) - {program.name for program in wanted}:
            raise KitError(f"There is no program {', '.join(sorted(unknown))} in manifest.toml.")
        build(wanted, options.output.resolve())
    except KitError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
