"""What a program asks of another image, which was not loaded: the one in front of it in flash, by a supervisor call.

An nRF52's program calls its SoftDevice so, whose vectors are the part's; it comes as a file of its own.
"""

from __future__ import annotations

from emulator.machine.machine import Machine
from emulator.trace.backtrace import Backtrace

SVC = 0xDF
"""The upper byte of the instruction. [A7.7.175]"""


def missing_image(machine: Machine, frames: Backtrace) -> list[str]:
    """Return a line on a supervisor call that nothing has answered, where flash in front of the program is empty."""
    call = next((frame for frame in frames.frames if frame.exception == "SVCall"), None)
    instruction = None if call is None else machine.bus.read(call.pc - 2, 2)
    gap = _gap(machine)
    if call is None or instruction is None or instruction >> 8 != SVC or gap is None:
        return []
    where = machine.image.symbols.describe(call.pc - 2)
    return [
        f"Nothing is loaded at 0x{gap[0]:08x}..0x{gap[1] - 1:08x}, in front of the program's vectors: what answers "
        f"svc #{instruction & 0xFF} of {where} may belong there. v7m run takes several files."
    ]


def _gap(machine: Machine) -> tuple[int, int] | None:
    """Return (start, end) of the memory for code in front of the vector table of the start, if nothing is there."""
    table = machine.vector_table
    for start, size in machine.flash:
        if start < table < start + size and not any(start <= each.address < table for each in machine.image.segments):
            return start, table
    return None
