"""Where a program called a name whose stub is behind a C wrapper of the guest side: the first frame outside of it.

For observers and reports: memory is read as the debugger reads it. State: what was on the stack at calls that changed
shares.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import shown_source
from emulator.errors import GuestAccessError

if TYPE_CHECKING:
    from emulator.image.image import Image
    from rtems_shim.port import Port

FRAME_POINTER, SP, LR = 7, 13, 14
GUEST_SIDE = "rtems_shim/guest/"
LIBRARIES = (GUEST_SIDE, "newlib/")
"""How the paths of lines begin that are not the program's own: fopen() calls what the program has not called."""
MOST_FRAMES = 6
MOST_KEPT = 4096
STACK_KEPT = 256
"""Bytes of the stack; rtems_share_stack() and what it calls need fewer."""


class KeptCalls:
    """Calls whose callers are to be found later: what was on the stack at each, of the last MOST_KEPT."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[int, int], tuple[int, int, bytes]] = {}

    def note(self, port: Port) -> int:
        """Return where the caller of the current trap's stub goes on, and keep what leads further out.

        Where somebody observes it is the program's own call at once.
        """
        pc, sp = port.registers.lr & ~1, port.registers.sp
        if port.observed:
            return call_site(port, pc)
        if len(self._stacks) >= MOST_KEPT:
            del self._stacks[next(iter(self._stacks))]
        with suppress(GuestAccessError):
            self._stacks[port.clock.now, pc] = sp, port.registers.r[FRAME_POINTER], port.memory.peek(sp, STACK_KEPT)
        return pc

    def outer(self, image: Image, time: int, pc: int) -> int:
        """Return the program's own call that led to the one which was noted at ``time`` with ``pc``."""
        sp, frame, stack = self._stacks.get((time, pc), (0, 0, b""))
        registers = Registers()
        registers.sp, registers.r[FRAME_POINTER] = sp, frame

        def peek(address: int, size: int) -> bytes:
            if not sp <= address <= sp + len(stack) - size:
                raise GuestAccessError("no longer known")
            return stack[address - sp : address - sp + size]

        return outer_call(image, pc, registers, peek) if stack else pc


def call_site(port: Port, pc: int, wrapper: str = "") -> int:
    """Return where the first caller outside the guest side goes on; ``pc``, where the stub's does, if unknown.

    That of the function ``wrapper``, where it is met on the way: its caller may be another function of the guest side.
    """
    return outer_call(port.image, pc, port.registers, port.memory.peek, wrapper)


def outer_call(
    image: Image, pc: int, registers: Registers, peek: Callable[[int, int], bytes], wrapper: str = ""
) -> int:
    """Return the same of the call that was made with these ``registers``; ``peek`` reads the stack as it was then."""
    at, values = pc, [*registers.r, registers.sp]
    for _ in range(MOST_FRAMES):
        line = image.source_line(at - 2)
        if line is None or not shown_source(line.path).startswith(LIBRARIES):
            return at
        row = image.unwind(at - 2)
        if row is None or LR not in row.saved or row.cfa_register > SP:
            return pc
        frame = values[row.cfa_register] + row.cfa_offset & WORD_MASK
        try:
            saved = {
                register: int.from_bytes(peek(frame + offset & WORD_MASK, 4), "little")
                for register, offset in row.saved.items()
                if register < SP or register == LR
            }
        except GuestAccessError:
            return pc
        if not saved[LR] & 1:
            return pc
        function = image.symbols.find_code(at - 2)
        at = saved.pop(LR) & ~1
        if function is not None and function.name == wrapper:
            return at
        for register, value in saved.items():
            values[register] = value
        values[SP] = frame
    return pc
