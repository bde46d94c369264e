"""Which differences between this emulator and QEMU are known: the entries of support/known_differences.py."""

from __future__ import annotations

from dataclasses import replace

from differential.lab.batch import EDGE, HOLE, MEMORY, READ_ONLY, Result

UNALIGNED, DIVBYZERO = 1 << 24, 1 << 25
DACCVIOL = 0x82
READ_ONLY_BASE = 0x2008_03E0


def _is_strex(code: bytes) -> bool:
    first, second = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")
    return first & 0xFFF0 == 0xE840 or (
        first & 0xFFF0 == 0xE8C0 and second & 0x0F00 == 0x0F00 and second & 0x00F0 in (0x40, 0x50)
    )


def _same_but_last_bytes(here: Result, there: Result) -> bool:
    """Whether only bytes of the word in front of the refused address differ."""
    offset = here.address - MEMORY
    if not 4 <= offset <= len(here.memory):
        return False
    patched = here.memory[: offset - 4] + there.memory[offset - 4 : offset] + here.memory[offset:]
    return replace(here, memory=patched) == there


def explain(here: Result, there: Result, code: bytes, mode: int) -> str | None:
    """Return the id of the known difference between the results of a case, here and on QEMU; None for a new one.

    ``code`` is the instruction (4 bytes) at which the case ended here.
    """
    if here.exception == 6 and here.cfsr == UNALIGNED and _is_strex(code):
        return "Q-04"
    if (here.cfsr, here.pc, here.exception) == (DIVBYZERO, there.pc, there.exception) and there.cfsr == DIVBYZERO:
        return "Q-14"
    if here.cfsr == DACCVIOL and here.address in (HOLE, EDGE, READ_ONLY_BASE):
        if (there.exception, there.pc, there.address) == (here.exception, here.pc, here.address):
            return "Q-03" if _same_but_last_bytes(here, there) else None
        inside_page = here.address == HOLE or (here.address == READ_ONLY_BASE and mode & READ_ONLY)
        return "Q-01" if inside_page else None
    return None
