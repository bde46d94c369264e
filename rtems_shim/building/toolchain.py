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
from collections.abc import Callable
from pathlib import Path

from emulator.errors import ConfigError
from rtems_shim.building.c_library import library_for
from rtems_shim.building.gcc_options import expanded, inputs, links, names_linker_script

COMPILER = "arm-none-eabi-gcc"
GUEST = Path(__file__).resolve().parents[1] / "guest"
DEFAULT_CPU = ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")

_INSTALL = (
    f"{COMPILER} is not on the PATH. Debian, Ubuntu: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi "
    "newlib-source. macOS: brew install --cask gcc-arm-embedded. Others: the Arm GNU Toolchain from developer.arm.com"
)
_CPLUSPLUS_LIBRARY = "libstdc++.a"
_COMPILER_VARIABLES = ("CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH")
"""Environment variables that change what the compiler makes of the guest's sources."""
_GUEST_FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-ffunction-sections", "-fdata-sections")
_GUEST_KEEPS = ("-O", "-ffile-prefix-map=", "-fdebug-prefix-map=", "-fmacro-prefix-map=")
# The C library was built without RTEMS's declarations: the file that talks to it must see its types as they are.
_LIBC_VIEW = ("-U__rtems__", "-DRTEMS_SHIM_LIBC_VIEW")
_LIBC_VIEW_SOURCE = "newlib.c"


def run_plainly(command: list[str], cwd: Path | None) -> int:
    """Run ``command`` in ``cwd`` and return its exit status."""
    return subprocess.run(command, cwd=cwd, check=False).returncode


def find_compiler() -> str:
    """Return the path of arm-none-eabi-gcc. Raises ConfigError, which says how to install it."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise ConfigError(_INSTALL)
    return compiler


def processor_flags(arguments: list[str]) -> list[str]:
    """Return the flags that choose the processor: the caller's when it names one, else Cortex-M4 with its FPU.

    What the caller says of the FPU takes the place of ours: of two -mfloat-abi that differ gcc compiles for the last
    one, and links the libraries of neither, but those for A32 code.
    """
    chosen = [argument for argument in arguments if argument.startswith("-m")]
    if not any(flag.startswith(("-mcpu=", "-march=")) for flag in chosen):
        said = {flag.partition("=")[0] for flag in chosen}
        chosen = [*(flag for flag in DEFAULT_CPU if flag.partition("=")[0] not in said), *chosen]
    return chosen if "-mthumb" in chosen else ["-mthumb", *chosen]


def prefix_map(before: str, after: str) -> list[str]:
    """Return the flags that make ``before`` read ``after`` in messages and debug information, the assembler's too."""
    return [f"-fmacro-prefix-map={before}={after}", f"-fdebug-prefix-map={before}={after}"]


def _language_flags() -> list[str]:
    # Debug information must not say where this package is installed.
    return ["-D__rtems__", "-isystem", str(GUEST / "include"), *prefix_map(str(GUEST), "rtems_shim/guest")]


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


def guest_identity(arguments: list[str]) -> list[str]:
    """Return what decides, with the contents of GUEST and of the headers, what build_guest() makes: words for a hash.

    Raises ConfigError when there is no compiler.
    """
    compiler = find_compiler()
    finished = subprocess.run([compiler, "--version"], capture_output=True, check=False)
    status = Path(compiler).stat()
    environment = [f"{name}={os.environ[name]}" for name in _COMPILER_VARIABLES if name in os.environ]
    commands = [" ".join(command) for command in _guest_commands(arguments, "")]
    installed = [f"{os.path.realpath(compiler)} {status.st_size} {status.st_mtime_ns}", repr(finished.stdout)]
    return [*installed, *environment, *(command.replace(str(GUEST), "") for command in commands)]


def build_guest(arguments: list[str], directory: Path, *, dependencies: bool = False) -> list[str]:
    """Compile the guest side into ``directory`` for the processor, level and debug data that ``arguments`` ask for.

    Returns the paths of the objects, in the order to link them. With ``dependencies`` there is a .d beside each: the
    rule for make that names the headers. Raises ConfigError when there is no compiler or it cannot compile for that
    processor.
    """
    compiler = find_compiler()
    place = os.path.realpath(directory)
    for command in _guest_commands(arguments, place):
        finished = subprocess.run([compiler, *command, *(["-MD"] if dependencies else [])], cwd=place, check=False)
        if finished.returncode != 0:
            processor = " ".join(processor_flags(arguments))
            raise ConfigError(f"{COMPILER} could not compile the guest side with {processor}")
    sources = sorted((GUEST / "src").glob("*.[cS]"))
    return [str(Path(place) / f"{source.stem}.o") for source in sources]


def cplusplus_library(arguments: list[str]) -> str | None:
    """Return the path of the C++ library for the processor that ``arguments`` ask for, None without one."""
    question = [find_compiler(), *processor_flags(arguments), f"-print-file-name={_CPLUSPLUS_LIBRARY}"]
    path = subprocess.run(question, capture_output=True, text=True, check=False).stdout.strip()
    return path if Path(path).is_absolute() else None


def _libraries(arguments: list[str]) -> list[str]:
    """Return the libraries behind the objects. gcc, unlike g++, links no C++ library by itself."""
    wanted = any(file.may_be_cplusplus for file in inputs(arguments))
    return ["-lstdc++", "-lm"] if wanted and cplusplus_library(arguments) else ["-lm"]


def _link_flags(arguments: list[str]) -> list[str]:
    script = [] if names_linker_script(arguments) else ["-T", str(GUEST / "link.ld")]
    return ["-nostartfiles", *script, "-Wl,--gc-sections", "-Wl,--wrap=free", "-Wl,--build-id=none"]


def compile_program(
    arguments: list[str],
    *,
    cwd: Path | None = None,
    guest: list[str] | None = None,
    provide: Callable[[list[str], Path], list[str]] = build_guest,
    run: Callable[[list[str], Path | None], int] = run_plainly,
) -> int:
    """Run the compiler as ``v7m cc`` does, in ``cwd`` (default: here), and return its exit status.

    ``guest`` are objects of an earlier build_guest() with the same arguments; without them ``provide`` makes them, in a
    directory that is thrown away. ``run`` runs a command that links. Raises ConfigError as build_guest() does.
    """
    words = expanded(arguments, cwd)
    command = [find_compiler(), *processor_flags(words), *_language_flags(), *arguments]
    if not links(words):
        return subprocess.run(command, cwd=cwd, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="v7m-cc-") as directory:
        objects = guest if guest is not None else provide(words, Path(directory))
        library = library_for(command[0], processor_flags(words), Path(directory))
        # What -x said was about the caller's files.
        command += ["-x", "none", *objects, f"-L{library.parent}", *_link_flags(words), *_libraries(words)]
        return run(command, cwd)
