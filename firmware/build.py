"""Builds the applications of this folder, the same bytes on every machine with the same toolchain.

    python firmware/build.py                     rebuild firmware/prebuilt/
    python firmware/build.py --check             compare a rebuild with firmware/prebuilt/; exit 1 when they differ
    python firmware/build.py --variant m3-O0 --output DIR [APP ...]

A prebuilt ELF has debug information of the application and line tables of the guest side; the C library's own, which
names the places its distributor built it in, is left out except for what a backtrace needs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware"
PREBUILT = FIRMWARE / "prebuilt"
sys.path.insert(0, str(ROOT))

from emulator.errors import EmulatorError  # noqa: E402 - needs the path above
from rtems_shim.building.c_library import library_for  # noqa: E402
from rtems_shim.building.toolchain import (  # noqa: E402
    build_guest,
    compile_program,
    find_compiler,
    prefix_map,
    processor_flags,
)

PROCESSORS = {
    "m3": ["-mcpu=cortex-m3"],
    "m4f": ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
}
VARIANTS = {
    f"{processor}{level}": [*flags, level] for processor, flags in PROCESSORS.items() for level in ("-O0", "-O2", "-Os")
}
PREBUILT_VARIANT = "m4f-Os"
BOARDS = {"m3": "mps2-an385", "m4f": "mps2-an386"}
"""The board a variant runs on, by the part of its name before the optimisation level."""

_WARNINGS = ["-Wall", "-Wextra", "-Werror"]
_ARCHIVES = {"libc.a": ("libc.a", "libg.a"), "libm.a": ("libm.a",), "libgcc.a": ("libgcc.a",)}


def applications() -> dict[str, dict[str, Any]]:
    """Return the parsed expect.toml of each application, by name, in alphabetical order."""
    found = {}
    for path in sorted(FIRMWARE.glob("*/expect.toml")):
        found[path.parent.name] = tomllib.loads(path.read_text())
    return found


def _sources(name: str) -> list[str]:
    folder = FIRMWARE / name
    return [str(path.relative_to(ROOT)) for path in sorted([*folder.glob("*.c"), *folder.glob("*.S")])]


@dataclass(frozen=True)
class Kit:
    """What all applications of one variant are linked with: the guest side's objects and the libraries' directory."""

    variant: str
    guest: list[str]
    libraries: Path


def make_kit(variant: str, directory: Path) -> Kit:
    """Build the guest side for ``variant`` in ``directory``, and put copies of the C library's archives there.

    The copies have call frames as their only debug data. Raises EmulatorError when there is no compiler.
    """
    compiler = find_compiler()
    objcopy = shutil.which("arm-none-eabi-objcopy") or compiler.replace("gcc", "objcopy")
    processor = processor_flags(VARIANTS[variant])
    for archive, names in _ARCHIVES.items():
        query = [compiler, *processor, f"-print-file-name={archive}"]
        original = subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip()
        if archive == "libc.a":
            original = str(library_for(compiler, processor, directory))
        for name in names:
            copy = [objcopy, "-D", "--strip-debug", "--keep-section=.debug_frame", original, str(directory / name)]
            subprocess.run(copy, check=True)
    return Kit(variant, build_guest([*VARIANTS[variant], *_reproducible()], directory), directory)


def _reproducible() -> list[str]:
    return ["-g", *prefix_map(str(ROOT), "."), *prefix_map("/usr", "toolchain")]


def _build_bare(name: str, variant: str, output: Path) -> int:
    script = str((FIRMWARE / "support" / "bare.ld").relative_to(ROOT))
    flags = [*processor_flags(VARIANTS[variant]), *_WARNINGS, "-nostdlib", "-Wl,--build-id=none", "-T", script]
    command = [find_compiler(), *flags, *_sources(name), "-o", str(output)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def build(name: str, kit: Kit, output: Path) -> None:
    """Build application ``name`` with ``kit`` into the file ``output``.

    Raises EmulatorError when the compiler refuses; its own messages are on stderr.
    """
    if applications()[name].get("shim", True):
        flags = [*VARIANTS[kit.variant], *_WARNINGS, *_reproducible(), f"-L{kit.libraries}"]
        status = compile_program([*flags, *_sources(name), "-o", str(output)], cwd=ROOT, guest=kit.guest)
    else:
        status = _build_bare(name, kit.variant, output)
    if status != 0:
        raise EmulatorError(f"{name} does not build as {kit.variant}")


def build_all(variant: str, directory: Path, names: list[str]) -> None:
    """Build ``names`` (empty: all applications) for ``variant`` as ``directory``/<name>.elf."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="v7m-kit-") as place:
        kit = make_kit(variant, Path(place))
        for name in names or applications():
            build(name, kit, directory / f"{name}.elf")


def differences(directory: Path) -> list[str]:
    """Return the names of files that are not the same in ``directory`` and in firmware/prebuilt/."""
    names = {path.name for path in [*directory.glob("*.elf"), *PREBUILT.glob("*.elf")]}
    return sorted(name for name in names if _bytes(directory / name) != _bytes(PREBUILT / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _check() -> int:
    with tempfile.TemporaryDirectory(prefix="v7m-firmware-") as directory:
        build_all(PREBUILT_VARIANT, Path(directory), [])
        different = differences(Path(directory))
    for name in different:
        print(f"firmware/prebuilt/{name} is not what its source builds")
    return 1 if different else 0


def main() -> int:
    """Parse the command line, build, and return the exit status."""
    parser = argparse.ArgumentParser(description="Build the applications of firmware/.")
    parser.add_argument("--check", action="store_true", help="compare a rebuild with firmware/prebuilt/")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default=PREBUILT_VARIANT)
    parser.add_argument("--output", type=Path, default=PREBUILT, help="where the ELFs go (default: firmware/prebuilt)")
    parser.add_argument("application", nargs="*", help="applications to build (default: all)")
    options = parser.parse_args()
    try:
        if options.check:
            return _check()
        build_all(options.variant, options.output.resolve(), options.application)
    except EmulatorError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
