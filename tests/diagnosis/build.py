"""Builds a program of the corpus, once for each compiler, source and choice of flags, and keeps it for all workers."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import subprocess
from pathlib import Path

from diagnosis.corpus import HERE, Program
from support.arm_gcc import CORE_FLAGS, MACHINES, cache_directory, compiler_version
from support.guest_side import guest_digest, guest_objects
from support.tools import require_tool

from rtems_shim.building.toolchain import compile_program

START = HERE / "bare" / "start"
_WARNINGS = ("-Wall", "-Wextra")
_ONLY_CPP = frozenset(("-fno-rtti", "-fno-threadsafe-statics", "-fno-use-cxa-atexit"))
_MAP = f"-ffile-prefix-map={HERE}=."
"""No build says where it happened: its name in the cache does not, either."""


def built(program: Program) -> Path:
    """Return the ELF of ``program``. Raises AssertionError with the compiler's words where it does not compile."""
    folder = cache_directory() / f"diagnosis-{_digest(program)}"
    elf = folder / f"{program.source.stem}.elf"
    if not elf.exists():
        unfinished = folder.with_suffix(f".{os.getpid()}")
        unfinished.mkdir(exist_ok=True)
        _build(program, unfinished / elf.name)
        with contextlib.suppress(OSError):  # another worker of this test run was faster; its files are the same
            unfinished.rename(folder)
    return elf


def board_of(program: Program) -> str:
    """Return the board that ``program`` runs on."""
    return program.board or MACHINES[program.core]


def _digest(program: Program) -> str:
    what = [compiler_version(), guest_digest(), repr((program.flags, program.core, program.board, program.strip))]
    text = hashlib.sha256("\0".join(what).encode())
    headers = sorted((HERE / "rtems").glob("*.h"))
    for path in [program.source, Path(__file__), *sorted(START.iterdir()), *headers]:
        text.update(path.read_bytes())
    return text.hexdigest()[:24]


def _build(program: Program, output: Path) -> None:
    if program.folder == "rtems":
        _build_rtems(program, output)
    else:
        _build_bare(program, output)


def _build_rtems(program: Program, output: Path) -> None:
    # The guest side follows the level and -g, as with `v7m cc`; it is compiled once for each of them.
    core = () if program.core == "m4f" else CORE_FLAGS[program.core]
    kept = tuple(flag for flag in program.flags if flag.startswith(("-O", "-g")))
    arguments = [*core, *program.flags, *_WARNINGS, _MAP, program.source.name, "-o", str(output)]
    status = compile_program(arguments, cwd=program.source.parent, guest=guest_objects((*core, *kept)))
    assert status == 0, f"v7m cc {' '.join(arguments)}"


def _build_bare(program: Program, output: Path) -> None:
    common = [*CORE_FLAGS[program.core], *program.flags, "-ffunction-sections", "-Istart", _MAP]
    if program.board == "lm3s6965evb":
        common.append("-DBOARD_LM3S")
    layout = "lm3s.ld" if program.board == "lm3s6965evb" else "mps2.ld"
    of_c = tuple(flag for flag in common if flag not in _ONLY_CPP)
    objects = [_start_object(of_c, name) for name in _start_sources(program)]
    link = [
        "-specs=nano.specs",
        "-nostartfiles",
        f"-L{START}",
        f"-T{layout}",
        "-Wl,--build-id=none",
        "-Wl,--gc-sections",
    ]
    link += ["-Wl,-u,vectors", "-Wl,--no-warn-rwx-segments"]
    strip = ["-s"] if program.strip else []
    _gcc([*common, *_WARNINGS, program.source.name, *objects, *link, *strip, "-o", str(output)])


def _start_sources(program: Program) -> list[str]:
    own_start = "Reset_Handler(void)\n{" in program.source.read_text(encoding="utf-8")
    return ["board.c", "syscalls.c"] if own_start else ["start.c", "board.c", "syscalls.c"]


@functools.cache
def _start_object(flags: tuple[str, ...], name: str) -> str:
    key = hashlib.sha256("\0".join([compiler_version(), *flags]).encode())
    for path in sorted(START.iterdir()):
        key.update(path.read_bytes())
    path = cache_directory() / f"diagnosis-start-{key.hexdigest()[:24]}-{name}.o"
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}.o")
        _gcc([*flags, "-Wall", "-Wextra", "-Werror", "-c", f"start/{name}", "-o", str(unfinished)])
        unfinished.rename(path)
    return str(path)


def _gcc(arguments: list[str]) -> None:
    command = [require_tool("arm-none-eabi-gcc"), *arguments]
    done = subprocess.run(command, cwd=HERE / "bare", capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
