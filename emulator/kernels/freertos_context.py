"""The contexts that FreeRTOS's ports for ARMv7-M save, and which of them an image has.

| port | what ``pxTopOfStack`` leads to |
|---|---|
| ARM_CM3 | R4-R11, the exception frame |
| ARM_CM4F, ARM_CM7 | R4-R11, EXC_RETURN, S16-S31 where that has FType clear, the frame |
| ARM_CM3_MPU, ARM_CM4_MPU of version 10 | the same behind CONTROL |
| both of version 11 | the end of a copy in its block: S16-S31, S0-S15, FPSCR, CONTROL, R4-R11, EXC_RETURN, PSP, frame |

The image does not say which port it is; the first that makes sense for every thread counts. [D-140]
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.annotations import NamedTuple
from emulator.armv7m.core import CONTROL_NPRIV, Registers
from emulator.armv7m.exception_entry import EXC_RETURN_BASIC
from emulator.armv7m.thread_context import FP_REGISTERS, is_thread_frame, unstack, unstack_fp
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData

EXC_RETURNS = (0xFFFF_FFFD, 0xFFFF_FFED)
"""To Thread mode and the process stack, with a basic and with an extended frame."""
_COPY = 19
"""Words of the copy in the control block without FP registers."""


class Port(NamedTuple):
    """What a port saves in front of the frame: CONTROL, EXC_RETURN; R4-R11 all do."""

    control: bool
    exc_return: bool


PORTS = (Port(False, True), Port(True, True), Port(False, False), Port(True, False))


def port_of(data: GuestData, tops: Sequence[int]) -> Port | None:
    """Return the port whose contexts are at all of ``tops``, None where there is none, or no thread to judge by."""
    return next((port for port in PORTS if tops and all(_fits(data, top, port) for top in tops)), None)


def _fits(data: GuestData, top: int, port: Port) -> bool:
    try:
        control, _, exc_return, frame = _parts(data, top, port)
        return exc_return in EXC_RETURNS and control < 8 and is_thread_frame(frame, data.bytes)
    except GuestAccessError:
        return False


def _parts(data: GuestData, top: int, port: Port) -> tuple[int, tuple[int, ...], int, int]:
    """Return CONTROL, R4-R11, EXC_RETURN and where the frame is."""
    count = port.control + 8 + port.exc_return
    words = data.words(top, count)
    exc_return = words[-1] if port.exc_return else EXC_RETURNS[0]
    high = 0 if exc_return & EXC_RETURN_BASIC else FP_REGISTERS
    first = int(port.control)
    return words[0] if port.control else 0, words[first : first + 8], exc_return, top + 4 * (count + high)


def saved_on_stack(data: GuestData, top: int, port: Port) -> Registers | None:
    """Return the context at ``top``, None where that makes no sense."""
    if not _fits(data, top, port):
        return None
    control, callee_saved, exc_return, frame = _parts(data, top, port)
    has_fp = not exc_return & EXC_RETURN_BASIC
    registers = Registers()
    registers.r[4:12] = callee_saved
    try:
        unstack(registers, frame, data.bytes, has_fp=has_fp, privileged=not control & CONTROL_NPRIV)
        if has_fp:
            unstack_fp(registers, frame, data.bytes, data.words(frame - 4 * FP_REGISTERS, FP_REGISTERS))
    except GuestAccessError:
        return None
    return registers


def saved_in_block(data: GuestData, end: int) -> Registers | None:
    """Return the context whose copy ends at ``end``, in the control block; None where that makes no sense."""
    try:
        start = end - 4 * _COPY
        words = data.words(start, _COPY)
        exc_return, frame_copy = words[9], end - 4 * 8
        if exc_return not in EXC_RETURNS or words[0] >= 8 or not is_thread_frame(frame_copy, data.bytes):
            return None
        has_fp = not exc_return & EXC_RETURN_BASIC
        registers = Registers()
        registers.r[4:12] = words[1:9]
        unstack(registers, frame_copy, data.bytes, has_fp=has_fp, privileged=not words[0] & CONTROL_NPRIV)
        registers.sp += words[10] - frame_copy  # the frame itself is where PSP was
        if has_fp:
            low = data.words(start - 4 * (FP_REGISTERS + 1), FP_REGISTERS + 1)
            high = data.words(start - 4 * (2 * FP_REGISTERS + 1), FP_REGISTERS)
            registers.s, registers.fpscr = [*low[:FP_REGISTERS], *high], low[FP_REGISTERS]
    except GuestAccessError:
        return None
    return registers
