"""Small bare programs as ELF files, from a few lines of assembly: no compiler, no shim."""

from __future__ import annotations

import struct
from pathlib import Path

from support.elf_builder import FUNC, ElfBuilder, Load, Section, Sym

from emulator.asm import assemble

CODE = 0x100
HANDLER = 0x200
STACK_TOP = 0x2000_8000
VECTORS = 48

EXIT = """
    movw r0, #0x20          // SYS_EXIT_EXTENDED: reason and code are in memory
    movw r1, #{low}
    movt r1, #{high}
    movw r2, #0x26
    movt r2, #2             // ADP_Stopped_ApplicationExit
    str r2, [r1]
    movw r2, #{code}
    str r2, [r1, #4]
    bkpt #0xab
"""
PRINT = "movs r0, #4; movw r1, #0x400; bkpt #0xab"
"""Prints what is at ``text``, up to a zero byte, by semihosting (SYS_WRITE0)."""


def exit_with(code: int, block: int = 0x2000_0000) -> str:
    """Return assembly that ends the program with ``code`` by semihosting."""
    return EXIT.format(low=block & 0xFFFF, high=block >> 16, code=code)


def build_elf(
    code: str,
    handler: str = "b .",
    *,
    stack: int = STACK_TOP,
    handlers: dict[int, str] | None = None,
    text: bytes = b"",
) -> bytes:
    """Return an ELF whose reset code is ``code`` (symbol main); every exception goes to ``handler``.

    ``handlers`` gives exceptions code of their own (symbols handler_<number>); ``text`` is at 0x400.
    """
    places = {0: (CODE, code), 1: (HANDLER, handler)}
    for index, (number, source) in enumerate(sorted((handlers or {}).items())):
        places[number] = (HANDLER + 0x40 * (index + 1), source)
    vectors = [stack, CODE | 1] + [places.get(number, places[1])[0] | 1 for number in range(2, VECTORS)]
    image = bytearray(0x400) + text
    image[: 4 * VECTORS] = struct.pack(f"<{VECTORS}I", *vectors)
    symbols = []
    for number, (address, source) in sorted(places.items()):
        machine_code = assemble(source, address)
        image[address : address + len(machine_code)] = machine_code
        name = {0: "main", 1: "handler"}.get(number, f"handler_{number}")
        symbols.append(Sym(name, address | 1, len(machine_code), FUNC))
    data = bytes(image)
    return ElfBuilder(loads=[Load(0, data)], sections=[Section(".text", data)], symbols=symbols).build()


def write_elf(path: Path, code: str, handler: str = "b .", **options: object) -> Path:
    """Write ``build_elf(...)`` to ``path`` and return it."""
    path.write_bytes(build_elf(code, handler, **options))  # type: ignore[arg-type]
    return path
