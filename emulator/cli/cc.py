"""v7m cc: compile a program against the guest side. Every option is the compiler's own."""

from __future__ import annotations

from emulator.cli.arguments import UsageError
from rtems_shim.toolchain import COMPILER, DEFAULT_CPU, compile_program

HELP = f"""\
usage: v7m cc [GCC OPTION ...] FILE ...

Compile a program with {COMPILER} against the RTEMS and POSIX headers; link it with the start-up code, the linker
script and newlib. Every option is the compiler's own.

  v7m cc -g -O2 main.c -o main.elf      compile and link
  v7m cc -g -O2 -c part.c               compile only, as with -S, -E, -M
  v7m cc -mcpu=cortex-m3 main.c         for another processor (default: {" ".join(DEFAULT_CPU)})
  v7m cc -T my.ld main.c                with another linker script

{COMPILER} --help lists its options.

exit status: the compiler's; 2 bad usage, or no {COMPILER}."""


def run(arguments: list[str]) -> int:
    """Compile, or compile and link, with ``arguments`` in the compiler's own form; return the compiler's status.

    Raises ConfigError when there are no arguments, or no arm-none-eabi-gcc.
    """
    if arguments in (["--help"], ["-h"]):
        print(HELP)
        return 0
    if not arguments:
        raise UsageError("the following arguments are required: FILE. See v7m cc --help.")
    return compile_program(arguments)
