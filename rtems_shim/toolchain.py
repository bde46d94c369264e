"""Builds an application against the guest side with the machine's own arm-none-eabi-gcc.

The compiler gets the caller's arguments as they are, with the guest's headers in front of the C library's. A command
that links also gets the guest's sources, compiled here for the same processor, and the linker script. Nothing here
reads the application's text.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from emulator.errors import ConfigError

COMPILER = "arm-none-eabi-gcc"
GUEST = Path(__file__).resolve().parent / "guest"
DEFAULT_CPU = ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")

_INSTALL = (
    f"{COMPILER} is not on the PATH. Debian, Ubuntu: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi. "
    "macOS: brew install --cask gcc-arm-embedded. Others: the Arm GNU Toolchain from developer.arm.com"
)
_NO_LINK = frozenset({"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--version", "-v", "--help", "-dumpversion"})
_WITH_VALUE = frozenset(("-o", "-I", "-D", "-U", "-L", "-l", "-T", "-x", "-MF", "-MT", "-MQ")) | frozenset(
    ("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-Xlinker", "-Xassembler")
)
_GUEST_FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-ffunction-sections", "-fdata-sections")
_GUEST_KEEPS = ("-O", "-ffile-prefix-map=", "-fdebug-prefix-map=", "-fmacro-prefix-map=")
# The C library was built without RTEMS's declarations: the file that talks to it must see its types as they are.
_LIBC_VIEW = ("-U__rtems__", "-DRTEMS_SHIM_LIBC_VIEW")
_LIBC_VIEW_SOURCE = "newlib.c"


def find_compiler() -> str:
    """Return the path of arm-none-eabi-gcc. Raises ConfigError, which says how to install it."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise ConfigError(_INSTALL)
    return compiler


def processor_flags(arguments: list[str]) -> list[str]:
    """Return the flags that choose the processor: the caller's when it names one, else Cortex-M4 with its FPU."""
    chosen = [argument for argument in arguments if argument.startswith("-m")]
    if not any(flag.startswith(("-mcpu=", "-march=")) for flag in chosen):
        chosen = [*DEFAULT_CPU, *chosen]
    return chosen if "-mthumb" in chosen else ["-mthumb", *chosen]


def prefix_map(before: str, after: str) -> list[str]:
    """Return the flags that make ``before`` read ``after`` in messages and debug information, the assembler's too."""
    return [f"-fmacro-prefix-map={before}={after}", f"-fdebug-prefix-map={before}={after}"]


def _language_flags() -> list[str]:
    # Debug information must not say where this package is installed.
    return ["-D__rtems__", "-isystem", str(GUEST / "include"), *prefix_map(str(GUEST), "rtems_shim/guest")]


def _inputs(arguments: list[str]) -> list[str]:
    inputs = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _WITH_VALUE:
            skip = True
        elif not argument.startswith("-"):
            inputs.append(argument)
    return inputs


def _links(arguments: list[str]) -> bool:
    return bool(_inputs(arguments)) and not _NO_LINK.intersection(arguments)


def _guest_flags(arguments: list[str], directory: str) -> list[str]:
    kept = [flag for flag in arguments if flag.startswith(_GUEST_KEEPS)]
    # Of several maps that match, the last counts: these two are about places the caller does not know.
    return [*processor_flags(arguments), *_GUEST_FLAGS, *kept, *_language_flags(), *prefix_map(directory, ".")]


def _guest_commands(arguments: list[str], directory: str) -> list[list[str]]:
    flags = _guest_flags(arguments, directory)
    c_sources = sorted((GUEST / "src").glob("*.c"))
    assembly = [str(source) for source in sorted((GUEST / "src").glob("*.S"))]
    plain = [str(source) for source in c_sources if source.name != _LIBC_VIEW_SOURCE]
    # Lines and frames are enough to explain a fault inside the guest side; types would be most of the file. Assembly
    # gets frames only: GNU as describes Thumb functions at odd addresses, which misleads a debugger.
    debug = ["-g1"] if any(flag.startswith("-g") for flag in arguments) else []
    return [
        [*flags, *debug, "-c", *plain],
        [*flags, *debug, *_LIBC_VIEW, "-c", str(GUEST / "src" / _LIBC_VIEW_SOURCE)],
        [*flags, "-c", *assembly],
    ]


def build_guest(arguments: list[str], directory: Path) -> list[str]:
    """Compile the guest side into ``directory`` for the processor, level and debug data that ``arguments`` ask for.

    Returns the paths of the objects, in the order to link them. Raises ConfigError when there is no compiler or it
    cannot compile for that processor.
    """
    compiler = find_compiler()
    place = os.path.realpath(directory)
    for command in _guest_commands(arguments, place):
        finished = subprocess.run([compiler, *command], cwd=place, check=False)
        if finished.returncode != 0:
            processor = " ".join(processor_flags(arguments))
            raise ConfigError(f"{COMPILER} could not compile the guest side with {processor}")
    sources = sorted((GUEST / "src").glob("*.[cS]"))
    return [str(Path(place) / f"{source.stem}.o") for source in sources]


def _link_flags(arguments: list[str]) -> list[str]:
    script = [] if "-T" in arguments else ["-T", str(GUEST / "link.ld")]
    return ["-nostartfiles", *script, "-Wl,--gc-sections", "-Wl,--wrap=free", "-Wl,--build-id=none", "-lm"]


def compile_program(arguments: list[str], *, cwd: Path | None = None, guest: list[str] | None = None) -> int:
    """Run the compiler as ``v7m cc`` does, in ``cwd`` (default: here), and return its exit status.

    ``guest`` are objects of an earlier build_guest() with the same arguments; without them they are built and thrown
    away. Raises ConfigError as build_guest() does.
    """
    command = [find_compiler(), *processor_flags(arguments), *_language_flags(), *arguments]
    if not _links(arguments):
        return subprocess.run(command, cwd=cwd, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="v7m-cc-") as directory:
        objects = guest if guest is not None else build_guest(arguments, Path(directory))
        command += [*objects, *_link_flags(arguments)]
        return subprocess.run(command, cwd=cwd, check=False).returncode
