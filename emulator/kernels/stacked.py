"""The context that a kernel saved beside an exception frame, as ThreadX, RTX5 and Zephyr do. No state."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import EXC_RETURN_BASIC
from emulator.armv7m.thread_context import is_thread_frame, unstack, unstack_fp
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData


def context(
    data: GuestData, callee_saved: Sequence[int], exc_return: int, frame: int, high: Sequence[int], *,
    privileged: bool = True,
) -> Registers | None:  # fmt: skip
    """Return R4-R11 ``callee_saved`` with what the exception frame at ``frame`` holds, and S16-S31 ``high``.

    The FP registers are taken where ``exc_return`` says that the frame is an extended one. None where that makes no
    sense, or memory is missing.
    """
    has_fp = not exc_return & EXC_RETURN_BASIC
    try:
        if not is_thread_frame(frame, data.bytes):
            return None
        registers = Registers()
        registers.r[4:12] = callee_saved
        unstack(registers, frame, data.bytes, has_fp=has_fp, privileged=privileged)
        if has_fp:
            unstack_fp(registers, frame, data.bytes, high)
    except GuestAccessError:
        return None
    return registers
