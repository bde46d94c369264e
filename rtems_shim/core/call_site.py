"""Where a program called a name whose stub is behind a C wrapper of the guest side: one frame out of the wrapper.

For observers only: memory is read as the debugger reads it. No state.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.errors import GuestAccessError

if TYPE_CHECKING:
    from rtems_shim.port import Port

SP, LR = 13, 14


def call_site(port: Port, wrapper: int) -> int:
    """Return where the caller of the wrapper goes on; ``wrapper`` itself, where the stub's caller does, if unknown."""
    row = port.image.unwind(wrapper - 2)
    if row is None or LR not in row.saved:
        return wrapper
    registers = port.registers
    frame = registers.sp if row.cfa_register == SP else registers.r[row.cfa_register] if row.cfa_register < SP else 0
    try:
        word = int.from_bytes(port.memory.peek(frame + row.cfa_offset + row.saved[LR] & 0xFFFF_FFFF, 4), "little")
    except GuestAccessError:
        return wrapper
    return word & ~1 if word & 1 else wrapper
