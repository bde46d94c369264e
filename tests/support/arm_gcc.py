"""Builds test programs with arm-none-eabi-gcc. A build with the same inputs is done once and kept in a cache.

The cache lives in the user's temporary directory and is keyed by everything that decides the result: the compiler's
version, the command line, and the contents of the sources and of every header and linker script beside them.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.conformance import BARE_FLAGS, CORE_FLAGS, RUNTIME, RUNTIME_SOURCES
from support.tools import require_tool

MACHINES = {"m3": "mps2-an385", "m4f": "mps2-an386", "m7": "mps2-an500"}


@functools.cache
def compiler_version() -> str:
    """Return the first line of ``arm-none-eabi-gcc --version``."""
    command = [require_tool("arm-none-eabi-gcc"), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


@functools.cache
def cache_directory() -> Path:
    """Return the directory of cached builds, private to this user."""
    path = Path(tempfile.gettempdir()) / f"v7m-test-builds-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise RuntimeError(f"{path} belongs to another user; remove it")
    return path


@functools.cache
def _digest_of(path: Path, modified_ns: int, size: int) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _digest(path: Path) -> bytes:
    status = path.stat()
    return _digest_of(path, status.st_mtime_ns, status.st_size)


def _inputs(sources: Sequence[Path]) -> list[Path]:
    folders = {source.parent for source in sources} | {RUNTIME}
    found = {path for folder in folders for path in folder.iterdir() if path.suffix in {".h", ".inc", ".ld"}}
    return [*sources, *sorted(found)]


def build(
    sources: Sequence[Path],
    core: str = "m4f",
    optimisation: str = "-O1",
    *,
    flags: Sequence[str] = (),
    generated: Mapping[str, str | bytes] | None = None,
    folder: Path | None = None,
) -> Path:
    """Compile and link ``sources`` and return the ELF. Raises AssertionError with the compiler's words on failure.

    ``core`` is a key of CORE_FLAGS. ``generated`` maps file names to contents that are written into the build's own
    directory first: ``.c`` and ``.S`` files among them are compiled too, any other can be named by ``.incbin`` or
    ``#include`` (the directory is on the include path). Warnings are errors. With ``folder`` the build happens there
    and the cache is left alone: for programs that nobody will ask for again.
    """
    files = {name: text.encode() if isinstance(text, str) else text for name, text in (generated or {}).items()}
    options = [*CORE_FLAGS[core], optimisation, "-g", "-Wall", "-Wextra", "-Werror", f"-I{RUNTIME}", *flags]
    if folder is not None:
        return _compile(sources, options, files, folder)
    key = hashlib.sha256(repr((compiler_version(), options, [s.name for s in sources])).encode())
    for path in _inputs(sources):
        key.update(_digest(path))
    for name, data in sorted(files.items()):
        key.update(repr((name, len(data))).encode() + data)
    elf = cache_directory() / f"{key.hexdigest()[:32]}.elf"
    if not elf.exists():
        with tempfile.TemporaryDirectory(dir=cache_directory()) as temporary:
            _compile(sources, options, files, Path(temporary)).replace(elf)
    os.utime(elf)  # a checkout made since then dates its sources later: GDB warns of sources newer than the executable
    return elf


def _compile(sources: Sequence[Path], options: Sequence[str], files: Mapping[str, bytes], folder: Path) -> Path:
    compiled = [str(source) for source in sources]
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        if path.suffix in {".c", ".S"}:
            compiled.append(str(path))
    output = folder / "a.elf"
    libraries = [option for option in options if option.startswith("-l")]
    others = [option for option in options if not option.startswith("-l")]
    gcc = require_tool("arm-none-eabi-gcc")
    command = [gcc, *others, f"-I{folder}", f"-Wa,-I{folder}", *compiled, "-o", str(output), *libraries]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return output


def build_bare(
    sources: Sequence[Path],
    core: str = "m4f",
    optimisation: str = "-O1",
    *,
    layout: str = "mps2.ld",
    flags: Sequence[str] = (),
    generated: Mapping[str, str | bytes] | None = None,
    folder: Path | None = None,
) -> Path:
    """Build a program on the conformance kit's runtime: no C library, its vectors and its handlers."""
    runtime = [RUNTIME / name for name in RUNTIME_SOURCES]
    options = [*BARE_FLAGS, f"-L{RUNTIME}", f"-T{layout}", *flags, "-lgcc"]
    return build([*runtime, *sources], core, optimisation, flags=options, generated=generated, folder=folder)
