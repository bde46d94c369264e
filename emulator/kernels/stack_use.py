"""How deep a thread has used its stack: down to where the bytes are still what the kernel filled it with.

At least so deep, for a store of the fill itself is not seen; and down to the stack pointer, where that is known. A
stack that was not filled says nothing. No state.
"""

from __future__ import annotations

from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import GuestKernel, KernelThread

LEAST_FILL = 16
"""Bytes of the fill that a stack must have at its lowest end to count as filled."""
LARGEST = 1 << 20
"""Bytes of one stack that are looked at."""
_MARK = 4
"""Bytes at the lowest end that may be a mark of the kernel's own."""


def used(kernel: GuestKernel, thread: KernelThread, data: GuestData, live_sp: int | None = None) -> int | None:
    """Return how many bytes of its stack a thread has used, at least; None where nothing says it.

    ``live_sp`` is the stack pointer of the running thread.
    """
    stack = thread.stack
    if stack is None:
        return None
    saved = None if thread.registers is None else thread.registers.sp
    sp = next((place for place in (thread.lowest, saved, live_sp) if place is not None), None)
    deep = [stack.end - sp] if sp is not None and stack.base <= sp <= stack.end else []
    try:
        content = data.bytes(stack.base, min(stack.size, LARGEST))
    except GuestAccessError:
        return max(deep, default=None)
    for start in (0, _MARK):
        unused = _leading(content[start:], kernel.stack_fill)
        if unused >= LEAST_FILL:
            deep.append(stack.size - start - unused)
            break
    return max(deep, default=None)


def _leading(content: bytes, fill: int) -> int:
    return len(content) - len(content.lstrip(bytes([fill])))
