"""v7m cc: compile a program against the guest side. Every option is the compiler's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from emulator.cli.arguments import UsageError
from emulator.cli.terminal import is_terminal, write_diagnostics
from emulator.harness import guest_objects
from rtems_shim.building.api_page import absent
from rtems_shim.building.gcc_options import expanded, inputs
from rtems_shim.building.toolchain import COMPILER, DEFAULT_CPU, compile_program, cplusplus_library

PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

rtems_task Init(rtems_task_argument argument)
{
  printf("hello\\n");
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
"""A whole program, the shortest."""


def _indented(text: str) -> str:
    return "".join(f"  {line}".rstrip() + "\n" for line in text.splitlines())


HELP = f"""\
usage: v7m cc [GCC OPTION ...] FILE ...

Compile a program with {COMPILER} against the RTEMS and POSIX headers; link it with the start-up code, the linker
script, newlib and, for C++, libstdc++. Every option is the compiler's own.

  v7m cc -g -O2 main.c -o main.elf      compile and link
  v7m cc -g -O2 main.cpp -o main.elf    C++; extern "C" before Init
  v7m cc -g -O2 -c part.c               compile only, as with -S, -E, -M
  v7m cc -mcpu=cortex-m3 main.c         for another processor (default: {" ".join(DEFAULT_CPU)})
  v7m cc -T my.ld main.c                with another linker script

A whole program, main.c:

{_indented(PROGRAM)}
The objects of the start-up code are kept in ~/.cache/v7m for the next time; V7M_CACHE=0 leaves that alone.
{COMPILER} --help lists the options.

exit status: the compiler's; 2 bad usage, or no {COMPILER}."""

_START = PROGRAM.index("#define CONFIGURE_A")
NO_CONFIGURATION = f"""\
v7m: nothing says how the program starts: no source includes <rtems/confdefs.h> with CONFIGURE_INIT. The first thread is
the function Init, not main:

  #include <stdlib.h>
  #include <rtems.h>
  rtems_task Init(rtems_task_argument argument) {{ ... exit(0); }}

Add to the end of the source that has it:

{_indented(PROGRAM[_START:])}
v7m cc --help shows a whole program.
"""
NO_ENTRY = """\
v7m: the configuration starts the program in {name}, which no source defines (main is not called). Write
{prototype}, in C++ with extern "C".
"""
NOT_HERE = """\
v7m: RTEMS has {names}; the kernel here does not. What it has: docs/rtems-api.md
"""
NO_CPLUSPLUS = f"""\
v7m: {COMPILER} has no C++ library for this processor. Debian, Ubuntu: apt-get install libstdc++-arm-none-eabi-newlib
"""
_ENTRIES = {"Init": "rtems_task Init(rtems_task_argument argument)", "POSIX_Init": "void *POSIX_Init(void *argument)"}
_OF_THE_LIBRARY = (b"__gxx_personality", b"__cxa_", b"__cxxabiv1", b"operator new", b"operator delete", b"fatal error:")
"""What the tools complain of when there is no C++ library; the last, when there are no headers of it."""
_TAIL = 1 << 16
"""Bytes of the compiler's last words that are looked at."""


def run(arguments: list[str]) -> int:
    """Compile, or compile and link, with ``arguments`` in the compiler's own form; return the compiler's status.

    Raises ConfigError when there are no arguments, or no arm-none-eabi-gcc.
    """
    if arguments in (["--help"], ["-h"]):
        print(HELP)
        return 0
    if not arguments:
        raise UsageError("the following arguments are required: FILE. See v7m cc --help.")
    words: list[bytes] = []

    def link(command: list[str], cwd: Path | None) -> int:
        status, told = _relayed(command)
        words.append(told)
        return status

    status = compile_program(arguments, provide=guest_objects.provide, run=link)
    if status != 0 and words:
        write_diagnostics(_remedy(arguments, words[0]))
    return status


def _relayed(command: list[str]) -> tuple[int, bytes]:
    """Run ``command``, pass on what it says on stderr as it comes, and return its status and its last words."""
    if sys.stderr is None:
        return subprocess.run(command, check=False).returncode, b""
    # To a pipe the compiler would not write in colour by itself. An option of the user's comes later, and counts.
    coloured = is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") != "dumb"
    command = [command[0], *(["-fdiagnostics-color=always"] if coloured else []), *command[1:]]
    told = b""
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while data := os.read(process.stderr.fileno(), 1 << 16):
            sys.stderr.buffer.write(data)
            sys.stderr.buffer.flush()
            told = (told + data)[-_TAIL:]
    return process.returncode, told


def _public_and_absent(lines: list[bytes]) -> list[str]:
    """Return the names that no input defines and that are RTEMS's."""
    undefined = {line.rpartition(b"`")[2].rstrip(b"'").decode("latin-1") for line in lines if line.endswith(b"'")}
    return sorted(undefined & absent()) if undefined else []


def _remedy(arguments: list[str], told: bytes) -> str:
    """Return what to do about the linker's words ``told``; nothing where they say it themselves.

    A name that no input defines ends its line; what is said in front of it comes in the user's language.
    """
    lines = told.splitlines()
    if any(line.endswith(b"`rtems_shim_configuration'") for line in lines):
        return NO_CONFIGURATION
    for name, prototype in _ENTRIES.items():
        if any(line.endswith(f"`{name}'".encode()) for line in lines):
            return NO_ENTRY.format(name=name, prototype=prototype)
    public = _public_and_absent(lines)
    if public:
        return NOT_HERE.format(names=", ".join(f"{name}()" for name in public))
    words = expanded(arguments)
    is_cplusplus = any(file.is_cplusplus for file in inputs(words))
    if is_cplusplus and any(sign in told for sign in _OF_THE_LIBRARY) and not cplusplus_library(words):
        return NO_CPLUSPLUS
    return ""
