"""A thread's registers from the exception frame that is on its stack, as a kernel's switch left them there. [B1.5.7]

The frame has R0-R3, R12, LR, the PC and xPSR, and an extended one S0-S15 and FPSCR; the kernel saved the others where
it wanted to. Plain functions over bytes; no state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from emulator.armv7m.core import CONTROL_FPCA, CONTROL_NPRIV, CONTROL_SPSEL, XPSR_ALIGN, XPSR_T, Registers
from emulator.armv7m.exception_entry import BASIC_FRAME, EXC_RETURN_BASIC, sp_before

FP_REGISTERS = 16
"""Words of S0-S15, and of S16-S31."""
Peek = Callable[[int, int], bytes]
"""Returns bytes of memory, by address and size; raises GuestAccessError where there is none."""


def unstack(registers: Registers, frame: int, peek: Peek, *, has_fp: bool, privileged: bool = True) -> None:
    """Let ``registers`` be those of the thread whose exception frame is at ``frame``, with the others as they are.

    ``has_fp``: the frame is an extended one; its FP registers are taken by ``unstack_fp``.
    """
    words = struct.unpack("<8I", peek(frame, BASIC_FRAME))
    registers.r[:4], registers.r[12] = words[:4], words[4]
    registers.lr, registers.pc, registers.xpsr = words[5], words[6] & ~1, words[7] & ~(0x1FF | XPSR_ALIGN)
    registers.control = CONTROL_SPSEL | CONTROL_FPCA * has_fp | CONTROL_NPRIV * (not privileged)
    registers.primask = registers.basepri = registers.faultmask = 0
    registers.sp = sp_before(frame, 0 if has_fp else EXC_RETURN_BASIC, words[7])


def unstack_fp(registers: Registers, frame: int, peek: Peek, high: Sequence[int]) -> None:
    """Take S0-S15 and FPSCR from the extended frame at ``frame``, and S16-S31 from ``high``."""
    low = struct.unpack(f"<{FP_REGISTERS + 1}I", peek(frame + BASIC_FRAME, 4 * (FP_REGISTERS + 1)))
    registers.s, registers.fpscr = [*low[:FP_REGISTERS], *high], low[FP_REGISTERS]


def is_thread_frame(frame: int, peek: Peek) -> bool:
    """Whether the words at ``frame`` may be an exception frame of Thread mode: Thumb state, and no exception active."""
    xpsr = int.from_bytes(peek(frame + BASIC_FRAME - 4, 4), "little")
    return frame % 4 == 0 and bool(xpsr & XPSR_T) and not xpsr & 0x1FF
