"""v7m cc: compile a program against the guest side. Every option is the compiler's own."""

from __future__ import annotations

from rtems_shim.toolchain import compile_program


def run(arguments: list[str]) -> int:
    """Compile, or compile and link, with ``arguments`` in the compiler's own form; return the compiler's status.

    Raises ConfigError when there is no arm-none-eabi-gcc.
    """
    return compile_program(arguments)
